/*
 * bouncer_finish: what is left to do when the client has its answer.  The order
 * matters: the counter is raised before the lock is released, so that the next
 * holder gets a fence that the database accepts.
 */
#include <string.h>

#include "guard/bouncer.h"

/* How long a sign hangs, in seconds: if the row does not say, and at most. */
#define SIGN_S 10
#define SIGN_MAX_S 86400

/* Characters of a client's method and path in the log. */
#define LOGGED_METHOD_MAX 16
#define LOGGED_PATH_MAX 100

/* Raise the counter of a store that lost it. */
static void raise_fence(const struct request *request)
{
    struct error err = {0};

    if (lock_raise_fence(request->instance->options.locks, &request->lock,
                         request->raise_fence_to, request->finish_by_ms,
                         &err)) {
        request_tell(request, "warn", "fence_raised",
                     "the store had lost its counter");
        return;
    }
    error_prefix(&err, "%s", request->lock.key);
    request_tell(request, "error", "fence_not_raised", err.text);
}

/*
 * The word of a sign that the row asks for, if the operation knows it; else
 * NULL, and the log says once why.
 */
static const char *read_sign(const struct request *request)
{
    struct instance *instance = request->instance;
    const struct json *member = json_get(request->row, "closed");
    const struct slice word = json_string(member);

    if (json_type(member) <= JSON_NULL)
        return NULL;
    if (word.len < LOCK_SIGN_MAX &&
        operation_heeds(request->operation, word.at))
        return word.at;
    if (instance->undeclared_told)
        return NULL;
    instance->undeclared_told = true;
    request_tell(request, "warn", "sign_not_declared",
                 "the row's \"closed\" is no failure that operations.json "
                 "declares: no sign is put up");
    return NULL;
}

/* What the row says about the name, if it says that well. */
static void read_news(const struct request *request, struct lock_news *news)
{
    const struct json *row = request->row;
    int64_t sign_s = 0;

    *news = (struct lock_news){
        .sign = read_sign(request),
        .sign_s = SIGN_S,
        .opened = json_is_true(json_get(row, "opened")),
        .forget = json_is_true(json_get(row, "forget")),
        .refused =
            row && operation_heeds(request->operation,
                                   json_string(json_get(row, "outcome")).at),
    };
    if (json_integer(json_get(row, "closed_s"), &sign_s) && sign_s >= 1 &&
        sign_s <= SIGN_MAX_S)
        news->sign_s = (int)sign_s;
}

/* Give the key's lock back, of a replay. */
static void settle_key(struct request *request)
{
    struct error err = {0};

    if (!lock_settle(request->instance->options.locks, &request->key_lock,
                     !request->lock_kept, NULL, request->finish_by_ms, &err))
        request_tell(request, "warn", "not_released", err.text);
}

/*
 * Release the lock, and tell the store the news.  Returns the lock's fate for
 * the log; NULL: none to mention.
 */
static const char *settle(struct request *request)
{
    const bool releases =
        request->lock.to_release &&
        !(request->lock_kept && request->held == &request->lock);
    struct lock_news news;
    struct error err = {0};
    bool settled;

    read_news(request, &news);
    settled = lock_settle(request->instance->options.locks, &request->lock,
                          releases, &news, request->finish_by_ms, &err);
    if (err.text[0])
        request_tell(request, "warn",
                     releases && !settled ? "not_released" : "not_settled",
                     err.text);
    if (request->lock_kept)
        return "kept";
    if (!request->lock.to_release)
        return NULL;
    return settled ? "released" : "not_released";
}

/* A key under `lock:` that holds no lock keeps its name busy for ever. */
static void tell_foreign_value(struct request *request)
{
    struct error text;

    if (request->lock.worth_a_look)
        lock_look(request->instance->options.locks, &request->lock,
                  request->finish_by_ms);
    if (!request->lock.foreign)
        return;
    error_set(&text,
              "%s holds a value that is no lock, or one that outlasts its "
              "lease: its name is busy until somebody deletes the key",
              request->lock.key);
    request_tell(request, "warn", "foreign_value", text.text);
}

/* Add up to MAX characters of a client's text; harmful ones become '?'. */
static void add_cleaned(struct json_writer *line, const char *name,
                        struct slice text, size_t max)
{
    struct error clean;

    error_set(&clean, "%.*s", (int)(text.len < max ? text.len : max),
              text.at ? text.at : "");
    json_write_string(line, name, clean.text);
}

/* Who asked for what. */
static void add_request(struct json_writer *line, const struct request *request)
{
    json_write_string(line, "request_id", request->invocation->request_id);
    json_write_string(line, "trace_id", request->trace.id);
    json_write_string(line, "dialect", request->invocation->dialect);
    add_cleaned(line, "method", request->message->method, LOGGED_METHOD_MAX);
    json_write_string(line, "route", request->route ? request->route : "-");
    if (!request->route)
        add_cleaned(line, "path", request->message->path, LOGGED_PATH_MAX);
}

/* Add the input called NAME, if it was given. */
static void add_input(struct json_writer *line, const char *name,
                      const struct fields *fields)
{
    size_t i = 0;

    while (i < fields->count && strcmp(fields->list[i].name, name) != 0)
        i++;
    if (i == fields->count || !fields->values[i].given)
        return;
    switch (fields->list[i].type) {
    case FIELD_STRING:
        add_cleaned(line, name, slice_of(fields->values[i].text),
                    OPERATION_LOGGED_MAX);
        break;
    case FIELD_INTEGER:
        json_write_integer(line, name, fields->values[i].integer);
        break;
    case FIELD_BOOLEAN:
        json_write_bool(line, name, fields->values[i].integer);
        break;
    case FIELD_UNKNOWN:
        break;
    }
}

/* Add the row's MEMBER called NAME; other types are left out. */
static void add_row_member(struct json_writer *line, const char *name,
                           const struct json *member)
{
    int64_t integer;

    if (json_type(member) == JSON_STRING)
        add_cleaned(line, name, json_string(member), OPERATION_LOGGED_MAX);
    else if (json_type(member) == JSON_BOOL)
        json_write_bool(line, name, json_is_true(member));
    else if (json_integer(member, &integer))
        json_write_integer(line, name, integer);
}

/* What it was about, as far as the operation lets the log know. */
static void add_about(struct json_writer *line, const struct request *request)
{
    const struct json *list =
        request->operation ? request->operation->logged : NULL;

    if (!list || (!request->fields.count && !request->row))
        return;
    json_write_object(line, "about");
    for (const struct json *one = json_first(list); one; one = json_next(one)) {
        const char *name = json_string(one).at;
        const struct json *member = json_get(request->row, name);

        if (member)
            add_row_member(line, name, member);
        else
            add_input(line, name, &request->fields);
    }
    json_write_end(line);
}

static void add_outcome(struct json_writer *line, const struct request *request)
{
    json_write_integer(line, "status", request->response->status);
    json_write_string(line, "outcome", request->outcome);
    add_about(line, request);
    json_write_integer(line, "duration_us",
                       request->invocation->answered_us -
                           request->invocation->received_us);
    if (request->lock_us >= 0)
        json_write_integer(line, "lock_us", request->lock_us);
    if (request->database_us >= 0)
        json_write_integer(line, "database_us", request->database_us);
}

/*
 * Write the request's log line, without its key and the token, and of its body
 * only what the operation names.
 */
static void log_request(const struct request *request, const char *lock_fate)
{
    struct log *log = request->instance->options.log;
    struct json_writer line = log_begin(
        log, request->response->status < 500 ? "info" : "error", "request");

    add_request(&line, request);
    add_outcome(&line, request);
    if (request->lock.name[0])
        json_write_string(&line, "lock_name", request->lock.name);
    if (request->lock.held && request->lock.fenced)
        json_write_integer(&line, "fence", request->lock.fence);
    if (lock_fate)
        json_write_string(&line, "lock", lock_fate);
    if (request->lock_kept)
        json_write_string(&line, "kept_for", request->lock_kept);
    log_end(log, &line);
}

void bouncer_finish(struct request *request)
{
    const char *lock_fate;

    if (request->raise_fence_to)
        raise_fence(request);
    lock_fate = settle(request);
    settle_key(request);
    tell_foreign_value(request);
    log_request(request, lock_fate);
    request_clear(request);
}
