#include "guard/bouncer.h"

#include <stdio.h>
#include <string.h>

#include "guard/bouncer_guard.h"
#include "guard/cors.h"

/* A busy lock is free again after a sale's round trips: well under a second. */
#define RETRY_AFTER_S 1

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
    return fields_get(&bouncer->request.fields, name);
}

void bouncer_refuse(struct message_response *res, int status, const char *type,
                    const char *title, const char *detail)
{
    message_problem(res, status, type, title, detail);
    message_set_header(res, "retry-after", "%d", RETRY_AFTER_S);
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

/* What is left for the lock after the database's share of the deadline. */
static int64_t lock_budget_ms(const struct bouncer *bouncer)
{
    const int64_t deadline_ms = bouncer->request.invocation->deadline_ms;
    int64_t left_ms;

    if (deadline_ms == RUNTIME_NO_DEADLINE)
        return bouncer->options.lock_budget_ms;
    left_ms = deadline_ms - clock_boottime_ms(bouncer->options.clock) -
              bouncer->options.database_timeout_ms;
    return left_ms < bouncer->options.lock_budget_ms
               ? left_ms
               : bouncer->options.lock_budget_ms;
}

/* Take the route's lock.  False where RES is answered: the lock is not ours. */
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

    buffer_clear(&bouncer->lock_name);
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
    trace_read(&request->trace, message);
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

/* One line for each request; no part of its body, its key or the lock. */
static void log_request(struct bouncer *bouncer, bool released)
{
    const struct bouncer_request *request = &bouncer->request;
    struct json_document doc;
    struct json *line = json_new_object(&doc);

    json_add_string(&doc, line, "level",
                    request->status < 500 ? "info" : "error");
    json_add_string(&doc, line, "event", "request");
    json_add_string(&doc, line, "request_id", request->invocation->request_id);
    json_add_string(&doc, line, "trace_id", request->trace.id);
    json_add_string(&doc, line, "dialect", request->invocation->dialect);
    json_add_string(&doc, line, "method",
                    request->route ? request->route->method : "-");
    json_add_string(&doc, line, "route",
                    request->route ? request->route->path : "-");
    json_add_integer(&doc, line, "status", request->status);
    json_add_string(&doc, line, "outcome", request->outcome);
    json_add_integer(&doc, line, "duration_us",
                     request->invocation->answered_us -
                         request->invocation->received_us);
    if (request->lock_us >= 0)
        json_add_integer(&doc, line, "lock_us", request->lock_us);
    if (request->database_calls)
        json_add_integer(&doc, line, "database_us", request->database_us);
    if (request->lock_held && request->lock.fenced)
        json_add_integer(&doc, line, "fence", request->lock.fence);
    if (request->lock_held)
        json_add_string(&doc, line, "lock", released ? "released" : "kept");
    log_write(bouncer->options.log, &doc);
}

void bouncer_finish(void *state)
{
    struct bouncer *bouncer = state;
    struct bouncer_request *request = &bouncer->request;
    struct error err = {0};
    bool released = false;

    if (request->lock_held && !request->lock_kept) {
        released = lock_release(bouncer->options.locks, &request->lock, &err);
        if (!released)
            log_event(bouncer->options.log, "warn", "not_released", err.text);
    }
    log_request(bouncer, released);
    fields_release(&request->fields);
}
