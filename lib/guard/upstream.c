/*
 * The call's arguments are the input in its order, then the key, the fence and
 * the lock's name.  The row is held against the same list.
 */
#include "guard/upstream.h"

#include <string.h>

#include "guard/answer.h"

#define KEY_ARGUMENT "idempotency_key"

/* Whether lease and deadline both leave room for the database's timeout. */
static bool has_time(const struct request *request)
{
    const struct instance_options *options = &request->instance->options;
    const int64_t needed_ms = options->database_timeout_ms;

    if (request->held &&
        lock_left_ms(options->locks, request->held) < needed_ms)
        return false;
    return request_left_ms(request) >= needed_ms;
}

/*
 * A replay is called with fence 0, which is always stale: it can give back what
 * an earlier attempt has done, and cannot do it.
 */
static bool is_replay(const struct request *request)
{
    return request->held == &request->key_lock;
}

/* ---- the call ---- */

static void add_argument(struct database_call *call, const char *name,
                         enum database_type type, const char *text,
                         int64_t integer)
{
    if (call->argument_count < DATABASE_ARGUMENTS_MAX)
        call->arguments[call->argument_count++] =
            (struct database_argument){name, type, text, integer};
}

static enum database_type type_of(const struct field *field,
                                  const struct field_value *value)
{
    if (!value->given)
        return DATABASE_NULL;
    switch (field->type) {
    case FIELD_STRING:
        return DATABASE_TEXT;
    case FIELD_INTEGER:
        return DATABASE_INTEGER;
    case FIELD_BOOLEAN:
        return DATABASE_BOOLEAN;
    case FIELD_UNKNOWN:
        break;
    }
    return DATABASE_NULL;
}

static void write_call(const struct request *request,
                       struct database_call *call)
{
    const struct operation *operation = request->operation;
    const struct fields *fields = &request->fields;

    *call = (struct database_call){
        .function = operation->call,
        .timeout_ms = request->instance->options.database_timeout_ms,
        .traceparent = request->trace.parent[0] ? request->trace.parent : NULL,
        .tracestate = request->trace.state[0] ? request->trace.state : NULL,
    };
    for (size_t i = 0; i < fields->count; i++)
        add_argument(call, fields->list[i].name,
                     type_of(&fields->list[i], &fields->values[i]),
                     fields->values[i].text, fields->values[i].integer);
    if (operation->idempotent)
        add_argument(call, KEY_ARGUMENT, DATABASE_TEXT,
                     request->idempotency_key, 0);
    if (operation->fenced) {
        add_argument(call, "fence", DATABASE_INTEGER, NULL,
                     is_replay(request) ? 0 : request->lock.fence);
        add_argument(call, "lock", DATABASE_TEXT, request->lock.name, 0);
    }
}

/*
 * The client is told to ask again with a key of ours: whoever comes with it
 * later, when a sign hangs, must find a marker.
 */
static void mark_our_key(struct request *request)
{
    struct error err = {0};

    if (request->operation->idempotent && request->operation->fenced &&
        request->held == &request->lock &&
        !lock_mark(request->instance->options.locks, &request->lock,
                   request->operation->call, request->idempotency_key,
                   request->answer_by_ms, &err))
        request_tell(request, "warn", "not_marked", err.text);
}

/* Say that it may have been done, and keep the lock for the reason WHY. */
static void answer_maybe_done(struct request *request, const char *why)
{
    mark_our_key(request);
    request->row = NULL;
    if (request->held)
        request->lock_kept = why;
    answer(request, ANSWER_MAYBE_DONE);
}

static void answer_failure(struct request *request, enum database_result result,
                           struct error *err)
{
    error_prefix(err, "%s: %s", request->operation->call,
                 database_result_name(result));
    request_tell(request, "error", "database", err->text);
    switch (result) {
    case DATABASE_UNREACHED:
    case DATABASE_UNAVAILABLE:
        answer(request, ANSWER_DATABASE_UNAVAILABLE);
        break;
    case DATABASE_SQL_ERROR:
    case DATABASE_NO_FUNCTION:
    case DATABASE_NO_RIGHTS:
        answer(request, ANSWER_DATABASE_ERROR);
        break;
    case DATABASE_UNKNOWN:
    case DATABASE_ANSWERED:
        answer_maybe_done(request, "no_clear_answer");
        break;
    }
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

/* The first member of ROW that cannot be in an answer to CALL; NULL: none. */
static const char *foreign_member(const struct operation *operation,
                                  const struct database_call *call,
                                  const struct json *row)
{
    for (size_t i = 0; i < call->argument_count; i++) {
        const char *name = member_of(&call->arguments[i]);
        const struct json *member = json_get(row, name);

        if (member && !is_given_back(member, &call->arguments[i]))
            return name;
    }
    if (!operation->idempotent && json_type(json_get(row, "key")) > JSON_NULL)
        return "key";
    if (!operation->fenced && json_type(json_get(row, "fence")) > JSON_NULL)
        return "fence";
    return json_string(json_get(row, "outcome")).at ? NULL : "outcome";
}

static void tell_unproven(const struct request *request, const struct json *row)
{
    const struct operation *operation = request->operation;
    struct instance *instance = request->instance;
    struct error err;

    if ((!operation->idempotent || json_get(row, "key")) &&
        (!operation->fenced || json_get(row, "fence")))
        return;
    if (instance->unproven_told)
        return;
    instance->unproven_told = true;
    error_set(&err,
              "the SQL function %s gives back no \"key\" or no \"fence\": its "
              "answers cannot be told from others; see schema.sql",
              operation->call);
    request_tell(request, "warn", "answer_unproven", err.text);
}

/* ---- a fence that is not the newest ---- */

/*
 * The database has seen a higher fence.  If our lease still counts, nobody
 * else holds the lock, so the store has lost its counter: it is raised after
 * the answer.  A fence that no counter can have reached is not written to the
 * store, where it would stay.
 */
static void note_lost_counter(struct request *request, int64_t highest)
{
    struct error err = {0};

    if (highest >= LOCK_FENCE_MAX) {
        error_set(&err, "%s: the database's highest fence cannot be true",
                  request->lock.key);
        request_tell(request, "error", "fence_not_raised", err.text);
    } else if (lock_left_ms(request->instance->options.locks, &request->lock) >
               0) {
        request->raise_fence_to = highest;
    }
}

/* No attempt has done it; the lock was not to be had. */
static void answer_not_replayed(struct request *request)
{
    request->row = NULL;
    if (request->lock.sign[0])
        answer_sign(request);
    else
        answer(request, ANSWER_BUSY);
}

static void answer_stale(struct request *request)
{
    const struct json *member = json_get(request->row, "highest_fence");
    int64_t highest;

    /* A number that is no integer counts as too high. */
    if (!json_integer(member, &highest))
        highest = json_type(member) == JSON_NUMBER ? LOCK_FENCE_MAX : 0;
    /*
     * Our own fence: the call was sent twice, and the first one was carried
     * out.  With a key the first one sold nothing: a sale would come back as a
     * replay.
     */
    if (highest == request->lock.fence && !request->operation->idempotent) {
        answer(request, ANSWER_MAYBE_DONE);
        return;
    }
    if (highest > request->lock.fence)
        note_lost_counter(request, highest);
    answer(request, ANSWER_STALE);
}

/* ---- the outcome ---- */

static void answer_undeclared(struct request *request, struct slice word)
{
    struct error err;

    error_set(&err,
              "%s: the outcome %.*s is not declared in operations.json; what "
              "was done is not known",
              request->operation->call, (int)word.len, word.at);
    request_tell(request, "error", "undeclared_outcome", err.text);
    answer_maybe_done(request, "undeclared_outcome");
}

static void answer_by_outcome(struct request *request)
{
    const struct slice word = json_string(json_get(request->row, "outcome"));
    const struct operation_outcome *outcome =
        operation_outcome(request->operation, word);

    if (slice_is(word, "stale") && is_replay(request))
        answer_not_replayed(request);
    else if (slice_is(word, "stale"))
        answer_stale(request);
    else if (slice_is(word, "key_reused"))
        answer(request, ANSWER_KEY_REUSED);
    else if (outcome)
        answer_row(request, outcome);
    else
        answer_undeclared(request, word);
}

/* A row came back; it counts only if it answers CALL. */
static void read_row(struct request *request, const struct database_call *call)
{
    const struct json *row = request->answer.row;
    const char *foreign = foreign_member(request->operation, call, row);
    struct error err;

    if (foreign) {
        error_set(&err,
                  "%s: the answer's \"%s\" is not what the call asks for: it "
                  "may be somebody else's answer",
                  call->function, foreign);
        request_tell(request, "error", "answer_not_ours", err.text);
        answer_maybe_done(request, "answer_not_ours");
        return;
    }
    tell_unproven(request, row);
    request->row = row;
    answer_by_outcome(request);
}

void upstream_call(struct request *request)
{
    const struct instance_options *options = &request->instance->options;
    const int64_t start_us = clock_boottime_us(options->clock);
    struct database_call call;
    enum database_result result;
    struct error err = {0};

    if (!has_time(request)) {
        answer_no_time(request);
        return;
    }
    write_call(request, &call);
    result = database_call(options->database, &call, &request->answer, &err);
    request->database_us = clock_boottime_us(options->clock) - start_us;
    if (result == DATABASE_ANSWERED)
        read_row(request, &call);
    else
        answer_failure(request, result, &err);
}
