/*
 * health tries out what a sale needs, and remembers the result for a second.
 * Its lock has a client's key, and it puts up a sign and forgets the counter,
 * so that the store carries out every kind of command on every kind of key, and
 * nothing that lasts stays behind.  A lock or a marker of another instance is
 * fine too: that one is checking now.
 */
#include "guard/health.h"

#include <stdio.h>
#include <string.h>

#include "guard/answer.h"

#define HEALTH_PATH "/api/health"
#define LIVE_PATH "/api/live"

#define HEALTH_VALID_MS 1000

/* No lock or SQL function of an operation has this name. */
#define HEALTH_NAME "bouncer-health"
#define HEALTH_LEASE_S 5

/* The SQL function, of schema.sql. */
#define HEALTH_CALL "bouncer_health"

/* The longest name of an SQL function, and what separates it from the next. */
#define CALL_BYTES 64

static const char fine[] = "ok";

const char *health_route(struct slice method, struct slice path, char *allow,
                         size_t allow_size)
{
    const char *route = NULL;

    if (slice_is(path, HEALTH_PATH))
        route = HEALTH_PATH;
    else if (slice_is(path, LIVE_PATH))
        route = LIVE_PATH;
    if (!route || slice_is(method, "GET") || slice_is(method, "HEAD"))
        return route;
    (void)snprintf(allow, allow_size, "GET, HEAD");
    return NULL;
}

static int64_t bounded_ms(const struct request *request, int64_t timeout_ms)
{
    const int64_t left_ms = request_left_ms(request);

    return left_ms < timeout_ms ? left_ms : timeout_ms;
}

/* Take a lock and settle it.  Returns "ok", or what is wrong, in a word. */
static const char *try_lock(const struct request *request, struct error *err)
{
    const struct instance_options *options = &request->instance->options;
    struct lock_client *locks = options->locks;
    const struct lock_request wish = {
        .name = HEALTH_NAME,
        .lease_s = HEALTH_LEASE_S,
        .fenced = true,
        .idempotency_key = "health",
        .call = HEALTH_NAME,
        .budget_ms = bounded_ms(request, options->kv_timeout_ms),
    };
    const struct lock_news news = {
        .sign = fine, .sign_s = 1, .forget = true, .refused = true};
    struct lock lock;

    switch (lock_acquire(locks, &wish, &lock, err)) {
    case LOCK_HELD:
        if (!lock_settle(locks, &lock, true, &news, request->answer_by_ms, err))
            return "not_released";
        return err->text[0] ? "refused" : fine;
    case LOCK_BUSY:
    case LOCK_REPLAY:
        return fine;
    case LOCK_REFUSED:
        return "refused";
    case LOCK_UNKNOWN:
    case LOCK_CLOSED:
        break;
    }
    return "unavailable";
}

static const char *ask_kv(const struct request *request)
{
    struct error err = {0};
    const char *word = try_lock(request, &err);

    if (word != fine)
        request_tell(request, "error", "health_kv", err.text);
    return word;
}

/* The SQL function's verdict: "ok", or its reason, cleaned; for the log in
 * ERR, with the function that it is about. */
static void read_outcome(const struct json *row, struct error *word,
                         struct error *err)
{
    const struct slice about = json_string(json_get(row, "operation"));
    const struct slice outcome = json_string(json_get(row, "outcome"));
    const struct slice reason = json_string(json_get(row, "reason"));

    if (slice_is(outcome, "healthy"))
        error_set(word, fine);
    else if (reason.len)
        error_set(word, "%.*s", (int)reason.len, reason.at);
    else
        error_set(word, "unhealthy");
    error_set(err, "%s %.*s", word->text, (int)about.len, about.at);
}

/* The SQL functions of the operations, a space between two. */
static void list_calls(const struct operations *operations,
                       char list[OPERATIONS_MAX * CALL_BYTES])
{
    char *at = list;

    *at = '\0';
    for (size_t i = 0; i < operations->count; i++)
        at += snprintf(at, CALL_BYTES + 1, i ? " %s" : "%s",
                       operations->list[i].call);
}

/* What a failure of our own function means, in a word; what to do, in ERR. */
static const char *word_for(enum database_result result, struct error *err)
{
    if (result == DATABASE_NO_FUNCTION) {
        error_prefix(err, "no_function " HEALTH_CALL ": apply schema.sql");
        return "no_function";
    }
    if (result == DATABASE_NO_RIGHTS) {
        error_prefix(err, "no_rights " HEALTH_CALL ": apply role.sql for your "
                          "role (schema.sql does it for service_role)");
        return "no_rights";
    }
    return result == DATABASE_SQL_ERROR ? "refused" : "unavailable";
}

static void ask_database(const struct request *request,
                         char word[HEALTH_WORD_MAX])
{
    const struct instance_options *options = &request->instance->options;
    char operations[OPERATIONS_MAX * CALL_BYTES];
    struct database_call call = {
        .function = HEALTH_CALL,
        .argument_count = 1,
        .arguments = {{"operations", DATABASE_TEXT, operations, 0}},
        .timeout_ms = bounded_ms(request, options->database_timeout_ms),
    };
    struct database_answer answer = {0};
    enum database_result result = DATABASE_UNREACHED;
    struct error said = {0};
    struct error err;

    list_calls(options->operations, operations);
    error_set(&err, "no time is left before the platform's deadline");
    if (call.timeout_ms > 0)
        result = database_call(options->database, &call, &answer, &err);
    if (result == DATABASE_ANSWERED) {
        read_outcome(answer.row, &said, &err);
    } else {
        error_set(&said, "%s", word_for(result, &err));
    }
    (void)snprintf(word, HEALTH_WORD_MAX, "%.*s", HEALTH_WORD_MAX - 1,
                   said.text);
    if (strcmp(word, fine) != 0)
        request_tell(request, "error", "health_database", err.text);
    database_answer_release(&answer);
}

static void check(const struct request *request, struct health_report *report)
{
    const struct clock *clock = request->instance->options.clock;

    if (clock_boottime_ms(clock) >= report->valid_until_ms) {
        report->kv = ask_kv(request);
        ask_database(request, report->database);
        report->valid_until_ms = clock_boottime_ms(clock) + HEALTH_VALID_MS;
    }
    report->time_limit = request->time_is_short ? "too_short" : fine;
    report->healthy = report->kv == fine &&
                      strcmp(report->database, fine) == 0 &&
                      report->time_limit == fine;
}

void health_answer(struct request *request)
{
    if (strcmp(request->route, LIVE_PATH) == 0) {
        answer_live(request);
        return;
    }
    check(request, &request->instance->health);
    answer_health(request);
}
