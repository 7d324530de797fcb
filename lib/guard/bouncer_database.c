/* bouncer_database: the calls that a handler makes, and what they come to. */
#include "guard/bouncer.h"
#include "guard/bouncer_guard.h"

/* Left over of the platform's deadline for posting the answer. */
#define ANSWER_RESERVE_MS 100

static void answer_no_time(struct bouncer *bouncer,
                           struct message_response *res)
{
    bouncer->request.outcome = "no_time";
    log_event(bouncer->options.log, "warning", "no_time",
              "what is left of the lease or of the platform's deadline is less "
              "than the database's timeout");
    bouncer_refuse(res, 503, "no-time",
                   "Too little time is left for the database",
                   "Nothing was done. Try again.");
}

void bouncer_unexpected_outcome(struct bouncer *bouncer,
                                struct message_response *res)
{
    bouncer->request.outcome = "unexpected";
    log_event(bouncer->options.log, "error", "unexpected_outcome",
              "the SQL function's outcome is not known to its handler");
    message_problem(res, 500, "internal", "The request could not be completed",
                    NULL);
}

static int64_t elapsed_us(const struct bouncer *bouncer, int64_t since_us)
{
    return clock_boottime_us(bouncer->options.clock) - since_us;
}

/* Whether the database's timeout fits into what is left of lease and life. */
static bool has_time(const struct bouncer *bouncer)
{
    const struct bouncer_request *request = &bouncer->request;
    const int64_t needed_ms = bouncer->options.database_timeout_ms;
    const int64_t now_ms = clock_boottime_ms(bouncer->options.clock);

    if (request->lock_held &&
        lock_left_ms(bouncer->options.locks, &request->lock) < needed_ms)
        return false;
    return request->invocation->deadline_ms == RUNTIME_NO_DEADLINE ||
           request->invocation->deadline_ms - now_ms - ANSWER_RESERVE_MS >=
               needed_ms;
}

static void answer_maybe_done(struct bouncer *bouncer,
                              struct message_response *res)
{
    bouncer->request.outcome = "database_unknown";
    message_problem(res, 504, "database-unknown",
                    "The database gave no clear answer in time",
                    "It may have been done. Try again with the same "
                    "Idempotency-Key to find out.");
}

/* What the client is told when there is no row. */
static void answer_failure(struct bouncer *bouncer, enum database_result result,
                           const struct error *err,
                           struct message_response *res)
{
    struct bouncer_request *request = &bouncer->request;

    log_event(bouncer->options.log, "error", "database", err->text);
    switch (result) {
    case DATABASE_UNREACHED:
    case DATABASE_UNAVAILABLE:
        request->outcome = "database_unavailable";
        bouncer_refuse(res, 503, "database-unavailable",
                       "The database cannot be reached",
                       "Nothing was done. Try again.");
        break;
    case DATABASE_SQL_ERROR:
        request->outcome = "database_error";
        message_problem(res, 500, "database-error",
                        "The database refused the request",
                        "Nothing was done.");
        break;
    case DATABASE_UNKNOWN:
    case DATABASE_ANSWERED:
        request->lock_kept = request->lock_held;
        answer_maybe_done(bouncer, res);
        break;
    }
}

const struct json *bouncer_call_database(struct bouncer *bouncer,
                                         struct database_call *call,
                                         struct message_response *res)
{
    struct bouncer_request *request = &bouncer->request;
    const int64_t start_us = clock_boottime_us(bouncer->options.clock);
    struct database_answer answer;
    enum database_result result;
    struct error err = {0};

    if (!has_time(bouncer)) {
        answer_no_time(bouncer, res);
        return NULL;
    }
    call->timeout_ms = bouncer->options.database_timeout_ms;
    call->traceparent = request->trace.parent[0] ? request->trace.parent : NULL;
    call->tracestate = request->trace.state[0] ? request->trace.state : NULL;
    result = database_call(bouncer->options.database, call, &answer, &err);
    request->database_us += elapsed_us(bouncer, start_us);
    request->database_calls++;
    if (result == DATABASE_ANSWERED)
        return answer.row;
    error_prefix(&err, "%s: %s", call->function, database_result_name(result));
    answer_failure(bouncer, result, &err, res);
    return NULL;
}

/*
 * The database has seen a higher fence.  If our lease still counts, nobody
 * else holds the lock, so the store has lost its counter: bring it back.
 */
static void raise_fence(struct bouncer *bouncer, int64_t highest)
{
    struct bouncer_request *request = &bouncer->request;
    struct error err = {0};

    if (lock_left_ms(bouncer->options.locks, &request->lock) <= 0)
        return;
    if (lock_raise_fence(bouncer->options.locks, &request->lock, highest, &err))
        log_event(bouncer->options.log, "warning", "fence_raised",
                  "the store had lost its counter");
    else
        log_event(bouncer->options.log, "error", "fence_not_raised", err.text);
}

static void answer_stale(struct bouncer *bouncer, const struct json *row,
                         struct message_response *res)
{
    struct bouncer_request *request = &bouncer->request;
    int64_t highest;

    request->outcome = "stale";
    if (json_integer(json_get(row, "highest_fence"), &highest)) {
        /* Our own fence: the call was sent twice, and done the first time. */
        if (highest == request->lock.fence) {
            answer_maybe_done(bouncer, res);
            return;
        }
        raise_fence(bouncer, highest);
    }
    bouncer_refuse(res, 503, "stale-fence",
                   "The lock was not the newest any more",
                   "Nothing was done. Try again.");
}

static void add_argument(struct database_call *call, const char *name,
                         const char *text, int64_t integer)
{
    if (call->argument_count < DATABASE_ARGUMENTS_MAX)
        call->arguments[call->argument_count++] =
            (struct database_argument){name, text, integer};
}

const struct json *bouncer_run(struct bouncer *bouncer, const char *function,
                               struct slice *outcome,
                               struct message_response *res)
{
    struct bouncer_request *request = &bouncer->request;
    struct database_call call = {.function = function};
    const struct json *row;

    for (size_t i = 0; i < request->fields.count; i++)
        add_argument(&call, request->fields.list[i].name,
                     request->fields.values[i].text,
                     request->fields.values[i].integer);
    if (request->route->keyed)
        add_argument(&call, "idempotency_key", request->idempotency_key, 0);
    if (request->route->fenced)
        add_argument(&call, "fence", NULL, request->lock.fence);
    row = bouncer_call_database(bouncer, &call, res);
    *outcome = json_string(json_get(row, "outcome"));
    if (slice_is(*outcome, "stale")) {
        answer_stale(bouncer, row, res);
        return NULL;
    }
    if (slice_is(*outcome, "key_reused")) {
        request->outcome = "key_reused";
        message_problem(res, 422, "key-reused",
                        "The Idempotency-Key was used for another request",
                        "Nothing was done. Use a new key for a new request.");
        return NULL;
    }
    return row;
}
