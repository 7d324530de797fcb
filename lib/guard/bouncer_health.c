/*
 * bouncer_health: tries out what a sale needs, and remembers the result for a
 * second.  It takes and releases a lock as a sale does, under a name of its
 * own.  A lock that another instance holds is fine too: the store has carried
 * out the same commands.  A lock that is left behind ends with its lease.
 */
#include <stdio.h>
#include <string.h>

#include "guard/bouncer.h"
#include "guard/bouncer_guard.h"

#define HEALTH_VALID_MS 1000

/* No route's lock has this name: theirs hold a colon. */
#define HEALTH_LOCK "bouncer-health"
#define HEALTH_LEASE_S 5

static const char fine[] = "ok";

static int64_t bounded_ms(const struct bouncer *bouncer, int64_t timeout_ms)
{
    const int64_t left_ms = bouncer_left_ms(bouncer);

    return left_ms < timeout_ms ? left_ms : timeout_ms;
}

/* Take a lock and release it.  Returns "ok", or what is wrong, in a word. */
static const char *try_lock(const struct bouncer *bouncer, struct error *err)
{
    struct lock_client *locks = bouncer->options.locks;
    const struct lock_request wish = {
        .name = HEALTH_LOCK,
        .lease_s = HEALTH_LEASE_S,
        .fenced = true,
        .budget_ms = bounded_ms(bouncer, bouncer->options.kv_timeout_ms),
    };
    struct lock lock;

    switch (lock_acquire(locks, &wish, &lock, err)) {
    case LOCK_HELD:
        if (lock_release(locks, &lock, bouncer_deadline_ms(bouncer), err))
            return fine;
        return "not_released";
    case LOCK_BUSY:
        return fine;
    case LOCK_REFUSED:
        return "refused";
    case LOCK_UNKNOWN:
        return "unavailable";
    }
    return "unavailable";
}

static const char *ask_kv(const struct bouncer *bouncer)
{
    struct error err = {0};
    const char *word = try_lock(bouncer, &err);

    if (word != fine)
        log_event(bouncer->options.log, "error", "health_kv", err.text);
    return word;
}

/* The SQL function's verdict: "ok", or its reason, cleaned. */
static void read_outcome(const struct json *row, struct error *word)
{
    const struct slice outcome = json_string(json_get(row, "outcome"));
    const struct slice reason = json_string(json_get(row, "reason"));

    if (slice_is(outcome, "healthy"))
        error_set(word, fine);
    else if (reason.len)
        error_set(word, "%.*s", (int)reason.len, reason.at);
    else
        error_set(word, "unhealthy");
}

static const char *word_for(enum database_result result)
{
    return result == DATABASE_SQL_ERROR ? "refused" : "unavailable";
}

static void ask_database(const struct bouncer *bouncer,
                         char word[BOUNCER_WORD_MAX])
{
    struct database_call call = {
        .function = "bouncer_health",
        .timeout_ms = bounded_ms(bouncer, bouncer->options.database_timeout_ms),
    };
    struct database_answer answer;
    enum database_result result = DATABASE_UNREACHED;
    struct error said = {0};
    struct error err;

    error_set(&err, "no time is left before the platform's deadline");
    if (call.timeout_ms > 0)
        result = database_call(bouncer->options.database, &call, &answer, &err);
    if (result == DATABASE_ANSWERED) {
        read_outcome(answer.row, &said);
        err = said;
    } else {
        error_set(&said, "%s", word_for(result));
    }
    (void)snprintf(word, BOUNCER_WORD_MAX, "%.*s", BOUNCER_WORD_MAX - 1,
                   said.text);
    if (strcmp(word, fine) != 0)
        log_event(bouncer->options.log, "error", "health_database", err.text);
}

const struct bouncer_health *bouncer_check_health(struct bouncer *bouncer)
{
    struct bouncer_health *health = &bouncer->health;
    const struct clock *clock = bouncer->options.clock;

    if (clock_boottime_ms(clock) >= health->valid_until_ms) {
        health->kv = ask_kv(bouncer);
        ask_database(bouncer, health->database);
        health->valid_until_ms = clock_boottime_ms(clock) + HEALTH_VALID_MS;
    }
    health->time_limit = bouncer->request.time_is_short ? "too_short" : fine;
    health->healthy = health->kv == fine &&
                      strcmp(health->database, fine) == 0 &&
                      health->time_limit == fine;
    bouncer->request.outcome = health->healthy ? "healthy" : "unhealthy";
    return health;
}
