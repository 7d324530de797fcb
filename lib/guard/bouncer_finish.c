/*
 * bouncer_finish: what is left to do when the client has its answer.  The order
 * matters: the counter is raised before the lock is released, so that the next
 * holder gets a fence that the database accepts.
 */
#include "guard/bouncer.h"

/* Reserved before the platform's deadline, for the log line and the return. */
#define FINISH_RESERVE_MS 20

/* Characters of a client's method and path in the log. */
#define LOGGED_METHOD_MAX 16
#define LOGGED_PATH_MAX 100

/* When the work must be done, in clock_boottime_ms's terms. */
static int64_t finish_deadline_ms(const struct bouncer *bouncer)
{
    return bouncer->request.invocation->deadline_ms - FINISH_RESERVE_MS;
}

/* Raise the counter of a store that lost it. */
static void raise_fence(const struct bouncer *bouncer)
{
    const struct bouncer_request *request = &bouncer->request;
    struct error err = {0};

    if (lock_raise_fence(bouncer->options.locks, &request->lock,
                         request->raise_fence_to, finish_deadline_ms(bouncer),
                         &err)) {
        log_event(bouncer->options.log, "warn", "fence_raised",
                  "the store had lost its counter");
        return;
    }
    error_prefix(&err, "%s", request->lock.key);
    log_event(bouncer->options.log, "error", "fence_not_raised", err.text);
}

/* Release the lock.  Returns its fate for the log; NULL: none to mention. */
static const char *give_back(const struct bouncer *bouncer)
{
    const struct bouncer_request *request = &bouncer->request;
    struct error err = {0};

    if (request->lock_kept)
        return "kept";
    if (!request->lock.to_release)
        return NULL;
    if (lock_release(bouncer->options.locks, &request->lock,
                     finish_deadline_ms(bouncer), &err))
        return "released";
    log_event(bouncer->options.log, "warn", "not_released", err.text);
    return "not_released";
}

/* A key under `lock:` that holds no lock keeps its name busy for ever. */
static void tell_foreign_value(struct bouncer *bouncer)
{
    struct bouncer_request *request = &bouncer->request;
    struct error text;

    if (request->lock.worth_a_look)
        lock_look(bouncer->options.locks, &request->lock,
                  finish_deadline_ms(bouncer));
    if (!request->lock.foreign)
        return;
    error_set(&text,
              "%s holds a value that is no lock, or one that outlasts its "
              "lease: its name is busy until somebody deletes the key",
              request->lock.key);
    log_event(bouncer->options.log, "warn", "foreign_value", text.text);
}

/* Add up to MAX characters of a client's text; harmful ones become '?'. */
static void add_cleaned(struct json_document *line, const char *name,
                        struct slice text, size_t max)
{
    struct error clean;

    error_set(&clean, "%.*s", (int)(text.len < max ? text.len : max),
              text.at ? text.at : "");
    json_add_string(line, line->root, name, clean.text);
}

/* Who asked for what. */
static void add_request(struct json_document *line,
                        const struct bouncer_request *request)
{
    json_add_string(line, line->root, "level",
                    request->status < 500 ? "info" : "error");
    json_add_string(line, line->root, "event", "request");
    json_add_string(line, line->root, "request_id",
                    request->invocation->request_id);
    json_add_string(line, line->root, "trace_id", request->trace.id);
    json_add_string(line, line->root, "dialect", request->invocation->dialect);
    add_cleaned(line, "method", request->message->method, LOGGED_METHOD_MAX);
    json_add_string(line, line->root, "route",
                    request->route ? request->route->path : "-");
    if (!request->route)
        add_cleaned(line, "path", request->message->path, LOGGED_PATH_MAX);
}

/* How it ended: the row's own outcome, unless there is a word of ours. */
static void add_outcome(struct json_document *line,
                        const struct bouncer_request *request)
{
    const struct json *order = json_get(request->row, "order_id");

    json_add_integer(line, line->root, "status", request->status);
    if (request->outcome)
        json_add_string(line, line->root, "outcome", request->outcome);
    else
        json_add_copy(line, line->root, "outcome",
                      json_get(request->row, "outcome"));
    if (order)
        json_add_copy(line, line->root, "order_id", order);
    json_add_integer(line, line->root, "duration_us",
                     request->invocation->answered_us -
                         request->invocation->received_us);
    if (request->lock_us >= 0)
        json_add_integer(line, line->root, "lock_us", request->lock_us);
    if (request->database_calls)
        json_add_integer(line, line->root, "database_us", request->database_us);
}

/* Write the request's log line, without its body, its key and the token. */
static void log_request(const struct bouncer *bouncer, const char *lock_fate)
{
    const struct bouncer_request *request = &bouncer->request;
    struct json_document line;

    (void)json_new_object(&line);
    add_request(&line, request);
    add_outcome(&line, request);
    if (bouncer->lock_name.len)
        json_add_string(&line, line.root, "lock_name", bouncer->lock_name.data);
    if (request->lock_held && request->lock.fenced)
        json_add_integer(&line, line.root, "fence", request->lock.fence);
    if (lock_fate)
        json_add_string(&line, line.root, "lock", lock_fate);
    log_write(bouncer->options.log, &line);
}

void bouncer_finish(void *state)
{
    struct bouncer *bouncer = state;
    struct bouncer_request *request = &bouncer->request;
    const char *lock_fate;

    if (request->raise_fence_to)
        raise_fence(bouncer);
    lock_fate = give_back(bouncer);
    tell_foreign_value(bouncer);
    log_request(bouncer, lock_fate);
    fields_release(&request->fields);
}
