/*
 * Each promise is a row: when it is looked at, what it says, and a function
 * that is true while it holds.  A new promise is a new row.  The first one that
 * is broken ends the history.
 */
#include "auditor.h"

#include <string.h>

#include "network.h"
#include "promises.h"
#include "world.h"

static const struct {
    enum moment moments;
    const char *promise;
    bool (*holds)(const struct facts *f);
} promises[] = {
    {MOMENT_LOCK, "a lock ends by itself", promise_lock_has_an_end},
    {MOMENT_RELEASE, "nobody releases a lock that is another's",
     promise_release_is_of_ones_own},
    {MOMENT_RELEASE, "no lock is released while its call may be running",
     promise_call_is_over_at_release},
    {MOMENT_CALL, "a call fits into what is left of its lease",
     promise_lease_covers_call},
    {MOMENT_CALL, "a call fits into what is left of the platform's time",
     promise_call_has_time},
    {MOMENT_WORK, "one call of a name at once", promise_works_alone},
    {MOMENT_DONE, "fences only grow", promise_fences_grow},
    {MOMENT_DONE, "whoever holds an undisturbed lock is not stale",
     promise_holder_is_not_stale},
    {MOMENT_DONE, "stock and sold add up", promise_stock_adds_up},
    {MOMENT_DONE, "a key buys once", promise_key_buys_once},
    {MOMENT_ANSWER, "a sale is an order", promise_sale_is_an_order},
    {MOMENT_ANSWER, "an order is sold once", promise_order_is_sold_once},
    {MOMENT_ANSWER, "\"sold out\" is true", promise_sold_out_is_true},
    {MOMENT_ANSWER, "busy means that somebody else has the lock",
     promise_busy_means_somebody_else},
    {MOMENT_ANSWER, "who is refused has not called the database",
     promise_refused_without_call},
    {MOMENT_ANSWER, "a request calls the database once",
     promise_one_call_for_each},
    {MOMENT_ANSWER, "an answer comes within its budget",
     promise_answer_is_in_time},
    {MOMENT_ANSWER, "who is to come back is told when",
     promise_says_when_to_return},
    {MOMENT_FINISH, "a lock is released when all went well",
     promise_leaves_no_lock},
    {MOMENT_FINISH, "who is stale raises the counter",
     promise_counter_is_raised},
    {MOMENT_DEADLINE, "an instance is done before its deadline",
     promise_deadline_is_met},
    {MOMENT_END, "\"nothing was done\" is true", promise_nothing_done_is_true},
    {MOMENT_END, "a name that was given is kept", promise_name_is_kept},
    {MOMENT_END, "in the end everybody is told", promise_everybody_is_told},
    {MOMENT_END, "what a buyer was told is true", promise_told_what_is_true},
};

void auditor_see(enum moment moment, const struct facts *facts)
{
    struct auditor *auditor = &facts->world->auditor;

    if (moment == MOMENT_CALL)
        facts->attempt->database_calls++;
    if (moment == MOMENT_DONE &&
        strcmp(facts->world->sql.outcome, "stale") == 0)
        facts->attempt->told_fence =
            stand_in_sql_fence(&facts->world->sql, facts->attempt->lock_name);
    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        if (auditor->broken || promises[i].moments != moment ||
            promises[i].holds(facts))
            continue;
        auditor->broken = promises[i].promise;
        world_tell(facts->world, "BROKEN: %s (buyer %d)", auditor->broken,
                   facts->attempt ? facts->attempt->buyer->number : -1);
    }
}

/* ---- reading along ---- */

static void copy(char *to, size_t size, const char *from, size_t len)
{
    if (len >= size)
        len = size - 1;
    memcpy(to, from, len);
    to[len] = '\0';
}

void auditor_read_question(struct attempt *attempt, const char *body)
{
    static const char begin[] = "[\"SET\",\"lock:";
    const char *name = strstr(body, begin);
    const char *token;
    size_t i = 0;

    if (!name)
        return;
    name += strlen(begin);
    token = strchr(name, ',') + 2;
    copy(attempt->lock_name, sizeof(attempt->lock_name), name,
         strcspn(name, "\""));
    while (i < 3 && attempt->tokens[i][0] &&
           strncmp(attempt->tokens[i], token, 32) != 0)
        i++;
    copy(attempt->tokens[i], sizeof(attempt->tokens[i]), token, 32);
}

void auditor_read_answer(struct attempt *attempt, const char *body)
{
    static const char digits[] = "0123456789abcdef";

    for (const char *at = strchr(body, '"'); at; at = strchr(at + 1, '"')) {
        if (strspn(at + 1, digits) == 32 && at[33] == '"')
            copy(attempt->shown, sizeof(attempt->shown), at + 1, 32);
    }
}

static bool is_lock(const char *name)
{
    return strncmp(name, "lock:", 5) == 0;
}

static void lock_is_set(void *state, const struct stand_in_kv_key *key)
{
    struct world *world = state;
    struct attempt *attempt = world->serving->attempt;
    const struct facts facts = {
        .world = world, .attempt = attempt, .expires_us = key->expires_us};
    const int64_t left_ppm = 1000000 - world->plan.climate.store_ppm;

    if (!is_lock(key->name))
        return;
    attempt->lock_set_us = world->timeline.now_us;
    /* The store's seconds are not quite ours. */
    attempt->lease_until_us =
        world->timeline.now_us +
        world->plan.climate.lease_s * 1000000LL * left_ppm / 1000000;
    attempt->disturbed |= world->weather.split != 0;
    auditor_see(MOMENT_LOCK, &facts);
}

static void lock_is_deleted(void *state, const char *name, const char *old)
{
    struct world *world = state;
    struct attempt *owner = world_owner(world, old);
    const struct facts facts = {
        .world = world, .attempt = world->serving->attempt, .text = old};

    if (!is_lock(name))
        return;
    auditor_see(MOMENT_RELEASE, &facts);
    if (owner)
        owner->lease_until_us = 0;
}

struct stand_in_kv_watcher auditor_watcher(struct world *world)
{
    return (struct stand_in_kv_watcher){lock_is_set, lock_is_deleted, world};
}

/* Whether a token of somebody is in LINE. */
static bool shows_token(struct world *world, const char *line)
{
    static const char digits[] = "0123456789abcdef";
    char token[33];

    while (*line) {
        const size_t len = strspn(line, digits);

        copy(token, sizeof(token), line, len);
        if (len == 32 && world_owner(world, token))
            return true;
        line += len + (line[len] != '\0');
    }
    return false;
}

void auditor_read_log(struct world *world, const char *line)
{
    if (!world->auditor.broken &&
        (strstr(line, "secret") || shows_token(world, line)))
        world->auditor.broken = "the log holds no secret";
}
