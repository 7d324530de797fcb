/*
 * bouncer_handle runs the steps in order; the first that fails has answered the
 * request, and the common headers follow whatever the answer is.  Time is
 * shared out backwards from the platform's deadline: first posting, then the
 * database's timeout, and the lock gets the rest, up to its budget.
 */
#include "guard/bouncer.h"

#include <stdio.h>
#include <string.h>

#include "guard/admit.h"
#include "guard/answer.h"
#include "guard/cors.h"
#include "guard/health.h"
#include "guard/upstream.h"

/* ---- the lock ---- */

static void answer_no_lock(struct request *request, enum answer which,
                           const struct error *err)
{
    answer(request, which);
    request_tell(request, "error", request->outcome, err->text);
}

/* Time for the lock: what the database's timeout leaves of the deadline. */
static int64_t lock_budget_ms(const struct request *request)
{
    const struct instance_options *options = &request->instance->options;
    const int64_t left_ms =
        request_left_ms(request) - options->database_timeout_ms;

    return left_ms < options->lock_budget_ms ? left_ms
                                             : options->lock_budget_ms;
}

static bool heeds_sign(const void *state, const char *word)
{
    return operation_heeds(state, word);
}

/* What REQUEST asks of the lock, without a name. */
static struct lock_request wish_of(const struct request *request)
{
    const struct operation *operation = request->operation;
    const struct instance_options *options = &request->instance->options;

    return (struct lock_request){
        .lease_s = operation->lease_s ? operation->lease_s : options->lease_s,
        .fenced = operation->fenced,
        .permits = operation->permits,
        .idempotency_key =
            request->key_is_the_clients ? request->idempotency_key : NULL,
        .call = operation->call,
        .heeds = heeds_sign,
        .heeds_state = operation,
        .budget_ms = lock_budget_ms(request),
    };
}

/*
 * Answer where the lock is not held; ERR may say why.  True only for
 * LOCK_REPLAY, which is not answered yet.
 */
static bool answer_result(struct request *request, enum lock_result result,
                          const struct error *err)
{
    switch (result) {
    case LOCK_HELD:
    case LOCK_REPLAY:
        return true;
    case LOCK_BUSY:
        answer(request, ANSWER_BUSY);
        break;
    case LOCK_CLOSED:
        answer_sign(request);
        break;
    case LOCK_REFUSED:
        answer_no_lock(request, ANSWER_LOCK_REFUSED, err);
        break;
    case LOCK_UNKNOWN:
        answer_no_lock(request, ANSWER_LOCK_UNKNOWN, err);
        break;
    }
    return false;
}

/*
 * Another attempt with this key may have done it: ask the database, under the
 * key's own lock, so that one key has one call at a time.
 */
static bool take_key_lock(struct request *request)
{
    const struct lock_request wish = wish_of(request);
    struct error err = {0};
    enum lock_result result;

    if (wish.budget_ms <= 0) {
        answer_no_time(request);
        return false;
    }
    result = lock_acquire_key(request->instance->options.locks, &wish,
                              &request->key_lock, &err);
    if (result == LOCK_HELD)
        request->held = &request->key_lock;
    return answer_result(request, result, &err);
}

/* Take the lock that the database is called under.  False: it is answered. */
static bool take_lock(struct request *request)
{
    const struct instance_options *options = &request->instance->options;
    const int64_t start_us = clock_boottime_us(options->clock);
    struct lock_request wish = wish_of(request);
    struct error err = {0};
    enum lock_result result;
    bool held;

    if (wish.budget_ms <= 0) {
        answer_no_time(request);
        return false;
    }
    if (!fields_expand(&request->fields, request->operation->lock_name,
                       &request->lock_name)) {
        error_set(&err, "the lock's name cannot be built");
        answer_no_lock(request, ANSWER_LOCK_NAME, &err);
        return false;
    }
    wish.name = request->lock_name.data;
    result = lock_acquire(options->locks, &wish, &request->lock, &err);
    held = answer_result(request, result, &err);
    if (result == LOCK_HELD)
        request->held = &request->lock;
    if (result == LOCK_REPLAY)
        held = take_key_lock(request);
    request->lock_us = clock_boottime_us(options->clock) - start_us;
    return held;
}

/* ---- around the answer ---- */

/* Whether a cache may store it is the operation's word, of a success alone. */
static const char *cache_control(const struct request *request)
{
    const struct operation *operation = request->operation;

    return operation && operation->cache_control &&
                   request->response->status < 300
               ? operation->cache_control
               : "no-store";
}

static void add_common_headers(const struct request *request)
{
    struct message_response *res = request->response;
    char timing[96] = "";
    int len = 0;

    message_set_header(res, "cache-control", "%s", cache_control(request));
    message_set_header(res, "x-request-id", "%s",
                       request->invocation->request_id);
    if (request->idempotency_key[0])
        message_set_header(res, "idempotency-key", "%s",
                           request->idempotency_key);
    if (request->lock_us >= 0)
        len = snprintf(timing, sizeof(timing), "lock;dur=%.3f",
                       (double)request->lock_us / 1000);
    if (request->database_us >= 0)
        (void)snprintf(timing + len, sizeof(timing) - (size_t)len,
                       "%sdb;dur=%.3f", len ? ", " : "",
                       (double)request->database_us / 1000);
    if (timing[0])
        message_set_header(res, "server-timing", "%s", timing);
}

/*
 * Check that this invocation has time for both stores.  If it has not, no
 * request ever will, and sales fail at once or as soon as a store is slow: the
 * log says so, once.
 */
static void check_time_limit(struct request *request)
{
    struct instance *instance = request->instance;
    const struct instance_options *options = &instance->options;
    const int64_t left_ms = request_left_ms(request);
    struct error text;

    request->time_is_short =
        left_ms < options->kv_timeout_ms + options->database_timeout_ms;
    if (!request->time_is_short || instance->time_limit_told)
        return;
    instance->time_limit_told = true;
    error_set(&text,
              "the platform's time limit leaves %lld ms for a request: too "
              "short for BOUNCER_KV_TIMEOUT_MS (%lld) and "
              "BOUNCER_DB_TIMEOUT_MS (%lld); raise the function's time limit "
              "or lower these",
              (long long)left_ms, (long long)options->kv_timeout_ms,
              (long long)options->database_timeout_ms);
    request_tell(request, "error", "time_limit", text.text);
}

static void serve(struct request *request)
{
    if (!request->operation)
        health_answer(request);
    else if (!request->operation->lock_name || take_lock(request))
        upstream_call(request);
}

void bouncer_handle(struct request *request)
{
    struct message_response *res = request->response;

    check_time_limit(request);
    if (admit_request(request))
        serve(request);
    if (cors_answer(request->instance->options.cors_origins, request->message,
                    res))
        request->outcome = "preflight";
    add_common_headers(request);
    if (slice_is(request->message->method, "HEAD")) {
        message_set_header(res, "content-length", "%zu", res->body.len);
        buffer_clear(&res->body);
    }
}
