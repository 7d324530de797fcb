/*
 * bouncer_database: a handler's calls to the database, and their results.  An
 * answer belongs to a call if no input that the SQL function gives back
 * differs; only then is it believed.
 */
#include <string.h>

#include "guard/bouncer.h"
#include "guard/bouncer_guard.h"

#define KEY_ARGUMENT "idempotency_key"

void bouncer_answer_no_time(struct bouncer *bouncer,
                            struct message_response *res)
{
    bouncer->request.outcome = "no_time";
    log_event(bouncer->options.log, "warn", "no_time",
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

/* Whether lease and deadline both leave room for the database's timeout. */
static bool has_time(const struct bouncer *bouncer)
{
    const struct bouncer_request *request = &bouncer->request;
    const int64_t needed_ms = bouncer->options.database_timeout_ms;

    if (request->lock_held &&
        lock_left_ms(bouncer->options.locks, &request->lock) < needed_ms)
        return false;
    return bouncer_left_ms(bouncer) >= needed_ms;
}

/* Answer 504; the caller decides whether the lock is kept. */
static void answer_maybe_done(struct bouncer *bouncer,
                              struct message_response *res)
{
    bouncer->request.outcome = "database_unknown";
    message_problem(res, 504, "database-unknown",
                    "The database gave no clear answer in time",
                    "It may have been done. Try again with the same "
                    "Idempotency-Key to find out.");
}

/* Answer the client when there is no row. */
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
        bouncer_answer_no_time(bouncer, res);
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

void bouncer_answer_not_ours(struct bouncer *bouncer, const char *member,
                             struct message_response *res)
{
    struct error err;

    error_set(&err,
              "the answer's \"%s\" is not what the call asks for: it may be "
              "somebody else's answer",
              member);
    log_event(bouncer->options.log, "error", "answer_not_ours", err.text);
    bouncer->request.row = NULL;
    bouncer->request.lock_kept = bouncer->request.lock_held;
    answer_maybe_done(bouncer, res);
}

/* ---- a fence that is not the newest ---- */

/*
 * The database has seen a higher fence.  If our lease still counts, nobody
 * else holds the lock, so the store has lost its counter: it is raised after
 * the answer.  A fence that no counter can have reached is not written to the
 * store, where it would stay.
 */
static void note_lost_counter(struct bouncer *bouncer, int64_t highest)
{
    struct bouncer_request *request = &bouncer->request;
    struct error err = {0};

    if (highest >= LOCK_FENCE_MAX) {
        error_set(&err, "%s: the database's highest fence cannot be true",
                  request->lock.key);
        log_event(bouncer->options.log, "error", "fence_not_raised", err.text);
    } else if (lock_left_ms(bouncer->options.locks, &request->lock) > 0) {
        request->raise_fence_to = highest;
    }
}

static void answer_stale(struct bouncer *bouncer, const struct json *row,
                         struct message_response *res)
{
    struct bouncer_request *request = &bouncer->request;
    const struct json *member = json_get(row, "highest_fence");
    int64_t highest;

    request->outcome = "stale";
    /* A number that is no integer counts as too high. */
    if (!json_integer(member, &highest))
        highest = json_type(member) == JSON_NUMBER ? LOCK_FENCE_MAX : 0;
    /*
     * Our own fence: the call was sent twice, and the first one was carried
     * out.  On a route with keys the first one sold nothing: a sale would come
     * back as a replay.
     */
    if (highest == request->lock.fence && !request->route->keyed) {
        answer_maybe_done(bouncer, res);
        return;
    }
    if (highest > request->lock.fence)
        note_lost_counter(bouncer, highest);
    bouncer_refuse(res, 503, "stale-fence",
                   "The lock was not the newest any more",
                   "Nothing was done. Try again.");
}

/* ---- whose answer it is ---- */

/* The member that gives an argument back: `key`, or the argument's name. */
static const char *member_of(const struct database_argument *argument)
{
    return strcmp(argument->name, KEY_ARGUMENT) == 0 ? "key" : argument->name;
}

static bool is_given_back(const struct json *member,
                          const struct database_argument *argument)
{
    int64_t integer;

    switch (argument->type) {
    case DATABASE_NULL:
        return json_type(member) == JSON_NULL;
    case DATABASE_TEXT:
        return slice_is(json_string(member), argument->text);
    case DATABASE_INTEGER:
        return json_integer(member, &integer) && integer == argument->integer;
    case DATABASE_BOOLEAN:
        return json_type(member) == JSON_BOOL &&
               json_is_true(member) == (argument->integer != 0);
    }
    return false;
}

/*
 * The first member of ROW that cannot be in an answer to CALL; NULL if there is
 * none.  A "key" or a "fence" is foreign if the call had none.
 */
static const char *foreign_member(const struct bouncer_route *route,
                                  const struct database_call *call,
                                  const struct json *row)
{
    for (size_t i = 0; i < call->argument_count; i++) {
        const char *name = member_of(&call->arguments[i]);
        const struct json *member = json_get(row, name);

        if (member && !is_given_back(member, &call->arguments[i]))
            return name;
    }
    if (!route->keyed && json_type(json_get(row, "key")) > JSON_NULL)
        return "key";
    if (!route->fenced && json_type(json_get(row, "fence")) > JSON_NULL)
        return "fence";
    return json_string(json_get(row, "outcome")).at ? NULL : "outcome";
}

/*
 * A function that does not give back its key or fence is believed, so that
 * functions for an older schema work; the log says so once.
 */
static void tell_unproven(struct bouncer *bouncer, const char *function,
                          const struct json *row)
{
    const struct bouncer_route *route = bouncer->request.route;
    struct error err;

    if ((!route->keyed || json_get(row, "key")) &&
        (!route->fenced || json_get(row, "fence")))
        return;
    if (bouncer->unproven_told)
        return;
    bouncer->unproven_told = true;
    error_set(&err,
              "the SQL function %s gives back no \"key\" or no \"fence\": its "
              "answers cannot be told from others; see schema.sql",
              function);
    log_event(bouncer->options.log, "warn", "answer_unproven", err.text);
}

static void add_argument(struct database_call *call, const char *name,
                         const char *text, int64_t integer)
{
    if (call->argument_count < DATABASE_ARGUMENTS_MAX)
        call->arguments[call->argument_count++] = (struct database_argument){
            name, text ? DATABASE_TEXT : DATABASE_INTEGER, text, integer};
}

const struct json *bouncer_run(struct bouncer *bouncer, const char *function,
                               struct slice *outcome,
                               struct message_response *res)
{
    struct bouncer_request *request = &bouncer->request;
    struct database_call call = {.function = function};
    const struct json *row;
    const char *foreign;

    for (size_t i = 0; i < request->fields.count; i++)
        add_argument(&call, request->fields.list[i].name,
                     request->fields.values[i].text,
                     request->fields.values[i].integer);
    if (request->route->keyed)
        add_argument(&call, KEY_ARGUMENT, request->idempotency_key, 0);
    if (request->route->fenced) {
        add_argument(&call, "fence", NULL, request->lock.fence);
        add_argument(&call, "lock", bouncer->lock_name.data, 0);
    }
    *outcome = (struct slice){0};
    row = bouncer_call_database(bouncer, &call, res);
    if (!row)
        return NULL;
    foreign = foreign_member(request->route, &call, row);
    if (foreign) {
        bouncer_answer_not_ours(bouncer, foreign, res);
        return NULL;
    }
    tell_unproven(bouncer, function, row);
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
    if (outcome->at)
        request->outcome = NULL;
    request->row = row;
    return row;
}
