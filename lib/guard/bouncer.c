/*
 * bouncer_handle runs the steps in order; the first that fails has answered the
 * request, and the common headers follow whatever the answer is.  Time is
 * shared out backwards from the platform's deadline: first posting, then the
 * database's timeout, and the lock gets the rest, up to its budget.
 */
#include "guard/bouncer.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "guard/bouncer_guard.h"
#include "guard/cors.h"

/*
 * A busy lock is free again after a sale's round trips, well under a second.
 * Retry-After has whole seconds only: clients that obey it come back at the
 * same point of a second, but spread over three, which halves their requests.
 */
#define RETRY_AFTER_MIN_MS 200
#define RETRY_AFTER_MAX_MS 1200
#define RETRY_AFTER_MAX_S 3

/* Reserved before the platform's deadline for posting the answer. */
#define ANSWER_RESERVE_MS 100

void bouncer_init(struct bouncer *bouncer,
                  const struct bouncer_options *options)
{
    *bouncer = (struct bouncer){.options = *options};
    buffer_init(&bouncer->lock_name, LOCK_NAME_MAX - 1);
}

void bouncer_release(struct bouncer *bouncer)
{
    buffer_release(&bouncer->lock_name);
    fields_release(&bouncer->request.fields);
}

const struct field_value *bouncer_field(const struct bouncer *bouncer,
                                        const char *name)
{
    const struct fields *fields = &bouncer->request.fields;

    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->list[i].name, name) == 0)
            return &fields->values[i];
    }
    return NULL;
}

void bouncer_refuse(struct message_response *res, int status, const char *type,
                    const char *title, const char *detail)
{
    struct json_document doc;
    struct json *problem = json_new_object(&doc);

    json_add_integer(&doc, problem, "retry_after_ms",
                     random_between(RETRY_AFTER_MIN_MS, RETRY_AFTER_MAX_MS));
    message_problem_with(res, status, type, title, detail, &doc);
    message_set_header(res, "retry-after", "%d",
                       random_between(1, RETRY_AFTER_MAX_S));
}

int64_t bouncer_deadline_ms(const struct bouncer *bouncer)
{
    const int64_t deadline_ms = bouncer->request.invocation->deadline_ms;

    if (deadline_ms == RUNTIME_NO_DEADLINE)
        return INT64_MAX;
    return deadline_ms - ANSWER_RESERVE_MS;
}

int64_t bouncer_left_ms(const struct bouncer *bouncer)
{
    return bouncer_deadline_ms(bouncer) -
           clock_boottime_ms(bouncer->options.clock);
}

/* ---- the lock ---- */

static void answer_busy(struct bouncer *bouncer, struct message_response *res)
{
    int status = bouncer->request.route->denied_status;

    bouncer->request.outcome = "busy";
    bouncer_refuse(res, status ? status : bouncer->options.denied_status,
                   "busy", "Somebody else is being served",
                   "Nothing was done. Try again.");
}

static void answer_no_lock(struct bouncer *bouncer, const char *outcome,
                           const struct error *err,
                           struct message_response *res)
{
    bouncer->request.outcome = outcome;
    log_event(bouncer->options.log, "error", outcome, err->text);
    bouncer_refuse(res, 503, "lock-unavailable", "The lock cannot be taken",
                   "Nothing was done. Try again.");
}

/* Time for the lock: what the database's timeout leaves of the deadline. */
static int64_t lock_budget_ms(const struct bouncer *bouncer)
{
    const int64_t left_ms =
        bouncer_left_ms(bouncer) - bouncer->options.database_timeout_ms;

    return left_ms < bouncer->options.lock_budget_ms
               ? left_ms
               : bouncer->options.lock_budget_ms;
}

/* Take the route's lock.  False if it is not ours; RES is answered then. */
static bool take_lock(struct bouncer *bouncer, struct message_response *res)
{
    struct bouncer_request *request = &bouncer->request;
    const struct bouncer_route *route = request->route;
    const int64_t start_us = clock_boottime_us(bouncer->options.clock);
    struct lock_request wish = {
        .lease_s = route->lease_s ? route->lease_s : bouncer->options.lease_s,
        .fenced = route->fenced,
        .budget_ms = lock_budget_ms(bouncer),
    };
    struct error err = {0};
    enum lock_result result;

    if (wish.budget_ms <= 0) {
        bouncer_answer_no_time(bouncer, res);
        return false;
    }
    if (!fields_expand(&request->fields, route->lock_name,
                       &bouncer->lock_name)) {
        error_set(&err, "the lock's name cannot be built");
        answer_no_lock(bouncer, "lock_name", &err, res);
        return false;
    }
    wish.name = bouncer->lock_name.data;
    result = lock_acquire(bouncer->options.locks, &wish, &request->lock, &err);
    request->lock_us = clock_boottime_us(bouncer->options.clock) - start_us;
    switch (result) {
    case LOCK_HELD:
        request->lock_held = true;
        return true;
    case LOCK_BUSY:
        answer_busy(bouncer, res);
        return false;
    case LOCK_REFUSED:
        answer_no_lock(bouncer, "lock_refused", &err, res);
        return false;
    case LOCK_UNKNOWN:
        answer_no_lock(bouncer, "lock_unknown", &err, res);
        return false;
    }
    return false;
}

/* ---- for the runtime ---- */

static void add_common_headers(const struct bouncer *bouncer,
                               struct message_response *res)
{
    const struct bouncer_request *request = &bouncer->request;
    char timing[96] = "";
    int len = 0;

    message_set_header(res, "cache-control", "no-store");
    message_set_header(res, "x-request-id", "%s",
                       request->invocation->request_id);
    if (request->idempotency_key[0])
        message_set_header(res, "idempotency-key", "%s",
                           request->idempotency_key);
    if (request->lock_us >= 0)
        len = snprintf(timing, sizeof(timing), "lock;dur=%.3f",
                       (double)request->lock_us / 1000);
    if (request->database_calls)
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
static void check_time_limit(struct bouncer *bouncer)
{
    const struct bouncer_options *options = &bouncer->options;
    const int64_t left_ms = bouncer_left_ms(bouncer);
    struct error text;

    bouncer->request.time_is_short =
        left_ms < options->kv_timeout_ms + options->database_timeout_ms;
    if (!bouncer->request.time_is_short || bouncer->time_limit_told)
        return;
    bouncer->time_limit_told = true;
    error_set(&text,
              "the platform's time limit leaves %lld ms for a request: too "
              "short for BOUNCER_KV_TIMEOUT_MS (%lld) and "
              "BOUNCER_DB_TIMEOUT_MS (%lld); raise the function's time limit "
              "or lower these",
              (long long)left_ms, (long long)options->kv_timeout_ms,
              (long long)options->database_timeout_ms);
    log_event(options->log, "error", "time_limit", text.text);
}

void bouncer_handle(void *state, const struct runtime_invocation *invocation,
                    const struct message_request *message,
                    struct message_response *res)
{
    struct bouncer *bouncer = state;
    struct bouncer_request *request = &bouncer->request;

    *request = (struct bouncer_request){
        .invocation = invocation,
        .message = message,
        .lock_us = -1,
    };
    buffer_clear(&bouncer->lock_name);
    trace_read(&request->trace, message);
    check_time_limit(bouncer);
    if (bouncer_read_request(bouncer, res) &&
        (!request->route->lock_name || take_lock(bouncer, res))) {
        request->outcome = "done";
        request->route->handle(bouncer, res);
        if (!res->status)
            bouncer_unexpected_outcome(bouncer, res);
    }
    if (cors_answer(bouncer->options.cors_origins, message, res))
        request->outcome = "preflight";
    add_common_headers(bouncer, res);
    if (slice_is(message->method, "HEAD")) {
        message_set_header(res, "content-length", "%zu", res->body.len);
        buffer_clear(&res->body);
    }
    request->status = res->status;
}
