/*
 * One row of the table for each answer.  A row's members are copied one by one,
 * so that what the SQL function adds reaches the client without a change here.
 */
#include "guard/answer.h"

#include <string.h>

#include "base/random.h"

/*
 * A busy lock is free again after a sale's round trips, well under a second.
 * Retry-After has whole seconds only: clients that obey it come back at the
 * same point of a second, but spread over three, which halves their requests.
 */
#define RETRY_AFTER_MIN_MS 200
#define RETRY_AFTER_MAX_MS 1200
#define RETRY_AFTER_MAX_S 3

/* The longest word of an outcome, as a problem's type. */
#define TYPE_MAX 64

#define REJECTED "rejected"
#define NOT_TAKEN "The lock cannot be taken"
#define AGAIN                                                                  \
    "This request did nothing. Try again, with the same Idempotency-Key if "   \
    "it has one."

static const struct {
    const char *outcome; /* for the log */
    const char *type, *title, *detail;
    int status; /* 0: the configured denied_status */
    bool retry;
} answers[] = {
    [ANSWER_TOO_MANY_HEADERS] = {REJECTED, "too-many-headers",
                                 "The request has too many header fields", NULL,
                                 431, false},
    [ANSWER_URI_TOO_LONG] = {REJECTED, "uri-too-long",
                             "The path and the query are too long",
                             "They may have 8000 bytes at most.", 414, false},
    [ANSWER_NOT_FOUND] = {REJECTED, "not-found",
                          "There is nothing at this path", NULL, 404, false},
    [ANSWER_METHOD_NOT_ALLOWED] = {REJECTED, "method-not-allowed",
                                   "This path does not serve that method", NULL,
                                   405, false},
    [ANSWER_UNAUTHORIZED] = {REJECTED, "unauthorized",
                             "This is for callers with the secret",
                             "Send it as Authorization: Bearer, once.", 401,
                             false},
    [ANSWER_BODY_NO_TEXT] = {REJECTED, "malformed-body", "The body is not text",
                             "The event's body must be a string that holds "
                             "JSON.",
                             400, false},
    [ANSWER_BODY_ENCODED] = {REJECTED, "unsupported-media-type",
                             "The body must not be compressed",
                             "Send it without a Content-Encoding.", 415, false},
    [ANSWER_BODY_NOT_JSON] = {REJECTED, "unsupported-media-type",
                              "The body must be JSON",
                              "Send it with Content-Type: application/json.",
                              415, false},
    [ANSWER_BODY_TOO_LARGE] = {REJECTED, "body-too-large",
                               "The body is too large",
                               "It may have 65536 bytes at most.", 413, false},
    [ANSWER_BODY_MALFORMED] = {REJECTED, "malformed-body",
                               "The body is not valid JSON", NULL, 400, false},
    [ANSWER_BODY_NO_OBJECT] = {REJECTED, "malformed-body",
                               "The body is not a JSON object", NULL, 400,
                               false},
    [ANSWER_INVALID_INPUT] = {REJECTED, "invalid-fields",
                              "The request has missing or invalid fields", NULL,
                              400, false},
    [ANSWER_INVALID_KEY] = {REJECTED, "invalid-key",
                            "The Idempotency-Key is not valid",
                            "It must be one key of 1 to 128 visible ASCII "
                            "characters without a comma.",
                            400, false},
    [ANSWER_INTERNAL] = {REJECTED, "internal",
                         "The request could not be completed", NULL, 500,
                         false},
    [ANSWER_BUSY] = {"busy", "busy", "Somebody else is being served", AGAIN, 0,
                     true},
    [ANSWER_LOCK_NAME] = {"lock_name", "lock-unavailable", NOT_TAKEN, AGAIN,
                          503, true},
    [ANSWER_LOCK_REFUSED] = {"lock_refused", "lock-unavailable", NOT_TAKEN,
                             AGAIN, 503, true},
    [ANSWER_LOCK_UNKNOWN] = {"lock_unknown", "lock-unavailable", NOT_TAKEN,
                             AGAIN, 503, true},
    [ANSWER_NO_TIME] = {"no_time", "no-time",
                        "Too little time is left for the database", AGAIN, 503,
                        true},
    [ANSWER_DATABASE_UNAVAILABLE] = {"database_unavailable",
                                     "database-unavailable",
                                     "The database cannot be reached", AGAIN,
                                     503, true},
    [ANSWER_STALE] = {"stale", "stale-fence",
                      "The lock was not the newest any more", AGAIN, 503, true},
    [ANSWER_DATABASE_ERROR] = {"database_error", "database-error",
                               "The database rejected the request",
                               "This request did nothing.", 500, false},
    [ANSWER_KEY_REUSED] = {"key_reused", "key-reused",
                           "The Idempotency-Key was used for another request",
                           "This request did nothing. Use a new key for a new "
                           "request.",
                           422, false},
    [ANSWER_MAYBE_DONE] = {"database_unknown", "database-unknown",
                           "The database gave no clear answer in time",
                           "It may have been done. Try again with the same "
                           "Idempotency-Key to find out.",
                           504, false},
};

void answer_with(struct request *request, enum answer which, const char *detail,
                 const struct json *errors)
{
    struct message_response *res = request->response;
    const int status = answers[which].status;
    struct json_writer body = message_begin(res);

    request->outcome = answers[which].outcome;
    if (errors)
        json_write_copy(&body, "errors", errors);
    if (answers[which].retry)
        json_write_integer(
            &body, "retry_after_ms",
            random_between(RETRY_AFTER_MIN_MS, RETRY_AFTER_MAX_MS));
    message_problem(res,
                    status ? status : request->instance->options.denied_status,
                    answers[which].type, answers[which].title,
                    detail ? detail : answers[which].detail, &body);
    if (answers[which].retry)
        message_set_header(res, "retry-after", "%d",
                           random_between(1, RETRY_AFTER_MAX_S));
}

void answer(struct request *request, enum answer which)
{
    answer_with(request, which, NULL, NULL);
}

void answer_no_time(struct request *request)
{
    request_tell(
        request, "warn", "no_time",
        "what is left of the lease or of the platform's deadline is less "
        "than the database's timeout");
    answer(request, ANSWER_NO_TIME);
}

/* ---- rows ---- */

static bool is_among(const char *const names[], size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* Whether a row's member NAME is for the bouncer. */
static bool is_ours(const char *name)
{
    static const char *const names[] = {"outcome", "key",    "fence",
                                        "lock",    "closed", "closed_s",
                                        "opened",  "forget", "highest_fence"};

    return is_among(names, sizeof(names) / sizeof(names[0]), name);
}

/* Whether a problem document has another meaning for MEMBER of a row. */
static bool is_problems(const struct json *member)
{
    static const char *const names[] = {"type", "title", "status", "instance"};
    const char *name = json_key(member);

    return is_among(names, sizeof(names) / sizeof(names[0]), name) ||
           (strcmp(name, "detail") == 0 && json_type(member) != JSON_STRING);
}

static void add_members(struct json_writer *body, const struct json *row,
                        bool problem)
{
    const struct json *member;

    for (member = json_first(row); member; member = json_next(member)) {
        if (!is_ours(json_key(member)) && !(problem && is_problems(member)))
            json_write_copy(body, json_key(member), member);
    }
}

/* An outcome's word as the type of a problem: "sold_out" is "sold-out". */
static void write_type(char type[TYPE_MAX], const char *word)
{
    size_t len = 0;

    for (; word[len] && len < TYPE_MAX - 1; len++)
        type[len] = word[len];
    type[len] = '\0';
    for (char *at = type; *at; at++) {
        if (*at == '_')
            *at = '-';
    }
}

static void answer_problem(struct request *request,
                           const struct operation_outcome *outcome,
                           struct json_writer *body)
{
    const bool has_detail =
        json_type(json_get(request->row, "detail")) == JSON_STRING;
    char type[TYPE_MAX];

    write_type(type, outcome->word);
    message_problem(request->response, outcome->status, type,
                    outcome->title ? outcome->title
                                   : message_reason(outcome->status),
                    has_detail ? NULL : outcome->detail, body);
}

void answer_row(struct request *request,
                const struct operation_outcome *outcome)
{
    const bool success = outcome->status < 400;
    struct json_writer body = message_begin(request->response);

    add_members(&body, request->row, !success);
    request->outcome = outcome->word;
    if (success)
        message_json(request->response, outcome->status, &body);
    else
        answer_problem(request, outcome, &body);
    if (strcmp(outcome->word, "replayed") == 0)
        message_set_header(request->response, "idempotent-replayed", "true");
}

void answer_sign(struct request *request)
{
    answer_row(request, operation_outcome(request->operation,
                                          slice_of(request->lock.sign)));
}

/* ---- our own routes ---- */

void answer_health(struct request *request)
{
    const struct health_report *found = &request->instance->health;
    struct json_writer report = message_begin(request->response);

    request->outcome = found->healthy ? "healthy" : "unhealthy";
    json_write_string(&report, "status", found->healthy ? "ok" : "unavailable");
    /* A function whose configuration is not complete does not start. */
    json_write_string(&report, "configuration", "complete");
    json_write_string(&report, "kv", found->kv);
    json_write_string(&report, "database", found->database);
    json_write_string(&report, "time_limit", found->time_limit);
    message_json(request->response, found->healthy ? 200 : 503, &report);
    if (!found->healthy)
        message_set_header(request->response, "retry-after", "1");
}

void answer_live(struct request *request)
{
    struct json_writer report = message_begin(request->response);

    request->outcome = "done";
    json_write_string(&report, "status", "ok");
    message_json(request->response, 200, &report);
}
