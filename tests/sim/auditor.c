/*
 * Each promise is a row: when it is looked at, what it says, and a function
 * that is true while it holds.  A new promise is a new row.  The first one that
 * is broken ends the history.
 */
#include "auditor.h"

#include <stdlib.h>
#include <string.h>

#include "network.h"
#include "world.h"

/* For rounding, and for clocks that run a little differently. */
#define SLACK_US 60000

static int64_t now_us(const struct facts *f)
{
    return f->world->timeline.now_us;
}

static bool lease_runs(const struct facts *f, const struct attempt *attempt)
{
    return attempt->lease_until_us > now_us(f);
}

/* ---- the lock ---- */

static bool lock_has_an_end(const struct facts *f)
{
    return f->expires_us != 0;
}

/* Only what nobody disturbed: a later store cannot know an earlier lock. */
static bool release_is_of_ones_own(const struct facts *f)
{
    const struct attempt *owner = world_owner(f->world, f->text);

    return !owner || owner == f->attempt;
}

static bool call_is_over_at_release(const struct facts *f)
{
    const struct exchange *x = f->world->exchanges;

    for (; x; x = x->next) {
        if (x->attempt == f->attempt && x->pending && x->fate.sends == 1 &&
            x->server == SERVER_DATABASE)
            return false;
    }
    return true;
}

static bool lease_covers_call(const struct facts *f)
{
    const struct attempt *attempt = f->attempt;

    return !attempt->lock_name[0] || attempt->disturbed ||
           f->exchange->frozen_before ||
           attempt->lease_until_us >= now_us(f) + f->exchange->timeout_us;
}

static bool call_has_time(const struct facts *f)
{
    const int64_t limit_ms = f->world->plan.climate.limit_ms;

    return !limit_ms || f->exchange->frozen_before ||
           now_us(f) + f->exchange->timeout_us <=
               f->attempt->began_us + limit_ms * 1000;
}

/* At most one at once, as long as leases hold. */
static bool works_alone(const struct facts *f)
{
    const struct exchange *x = f->world->exchanges;
    const struct attempt *a = f->attempt;

    for (; x; x = x->next) {
        const struct attempt *b = x->attempt;

        if (b != a && x->working && !b->disturbed && !a->disturbed &&
            strcmp(a->lock_name, b->lock_name) == 0 && lease_runs(f, a) &&
            lease_runs(f, b))
            return false;
    }
    return true;
}

/* Its own lock was there before it asked for the last time, and still is. */
static bool has_the_lock(const struct facts *f)
{
    return lease_runs(f, f->attempt) &&
           f->attempt->lock_set_us < f->attempt->asked_us;
}

/* An unfenced lock's store need not say who has it. */
static bool busy_means_somebody_else(const struct facts *f)
{
    const struct attempt *a = f->attempt;

    return strcmp(a->type, "busy") != 0 || a->disturbed ||
           ((a->buyer->wants_name || a->shown[0] || f->world->weather.forgot) &&
            world_owner(f->world, a->shown) != a && !has_the_lock(f));
}

static bool leaves_no_lock(const struct facts *f)
{
    const struct attempt *attempt = f->attempt;

    return attempt->troubled || attempt->frozen || attempt->disturbed ||
           f->world->weather.forgot || attempt->lease_until_us == 0;
}

/*
 * A store that lost its counter is healed by the first who notices.  (A counter
 * below zero with no fence accepted yet counts up by itself.)
 */
static bool counter_is_raised(const struct facts *f)
{
    struct world *world = f->world;
    const struct attempt *a = f->attempt;
    char name[sizeof(a->lock_name) + 8];
    const struct stand_in_kv_key *counter;

    (void)snprintf(name, sizeof(name), "fence:%s", a->lock_name);
    counter = stand_in_kv_find(world->kv, 0, name);
    return strcmp(a->type, "stale-fence") != 0 || a->troubled || a->frozen ||
           a->disturbed || world->weather.split || a->told_fence == 0 ||
           (counter && strtoll(counter->value, NULL, 10) >= a->told_fence);
}

static bool every_lock_has_ended(const struct facts *f)
{
    for (size_t i = 0; i < STAND_IN_KV_KEYS; i++) {
        const struct stand_in_kv_key *key = &f->world->kv[0].keys[i];

        if (strncmp(key->name, "lock:", 5) == 0 && !key->expires_us)
            return false;
    }
    return true;
}

/* ---- the database ---- */

/* What was accepted so far for the attempt's lock. */
static int64_t *accepted(const struct facts *f)
{
    struct auditor *auditor = &f->world->auditor;
    size_t i = 0;

    while (auditor->accepted[i].name[0] &&
           strcmp(auditor->accepted[i].name, f->attempt->lock_name) != 0) {
        if (++i == AUDITOR_LOCKS)
            abort();
    }
    memcpy(auditor->accepted[i].name, f->attempt->lock_name,
           sizeof(f->attempt->lock_name));
    return &auditor->accepted[i].fence;
}

static bool came_to(const struct facts *f, const char *outcome)
{
    return strcmp(f->world->sql.outcome, outcome) == 0;
}

static bool fences_grow(const struct facts *f)
{
    int64_t *highest = accepted(f);
    const int64_t fence = f->world->sql.fence;
    const bool grown = fence > *highest;

    if (!came_to(f, "sold") && !came_to(f, "sold_out"))
        return true;
    if (grown)
        *highest = fence;
    return grown;
}

/* A call that is late, or was repeated, is beyond what is promised. */
static bool holder_is_not_stale(const struct facts *f)
{
    return !came_to(f, "stale") || f->world->weather.forgot ||
           f->attempt->disturbed || f->attempt->frozen ||
           !lease_runs(f, f->attempt) || f->exchange->settled ||
           f->exchange->fate.again_us;
}

static bool stock_adds_up(const struct facts *f)
{
    const struct stand_in_sql *sql = &f->world->sql;

    for (size_t i = 0; i < sql->product_count; i++) {
        int64_t sold = 0;

        for (size_t j = 0; j < sql->order_count; j++)
            sold += sql->orders[j].product == sql->products[i].id
                        ? sql->orders[j].quantity
                        : 0;
        if (sql->products[i].stock < 0 ||
            sql->products[i].stock + sold != sql->products[i].stock_at_start)
            return false;
    }
    return true;
}

static bool key_buys_once(const struct facts *f)
{
    const struct stand_in_sql *sql = &f->world->sql;

    for (size_t i = 0; i < sql->order_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(sql->orders[i].key, sql->orders[j].key) == 0)
                return false;
        }
    }
    return true;
}

/* ---- answers ---- */

static bool is_sale(const struct attempt *attempt)
{
    return !attempt->buyer->wants_name &&
           (attempt->status == 200 || attempt->status == 201);
}

static bool sale_is_an_order(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    const struct stand_in_sql_order *order =
        stand_in_sql_order(&f->world->sql, a->key);

    return !is_sale(a) || (order && order->id == a->order &&
                           order->product == a->buyer->product &&
                           order->quantity == a->buyer->quantity &&
                           a->replayed == (a->status == 200));
}

/*
 * An answer to an earlier attempt with the same key and, after a split, the
 * same fence cannot be told from a new one, and is as true.
 */
static bool order_is_sold_once(const struct facts *f)
{
    const struct attempt *a = f->attempt;

    for (int i = 0; a->status == 201 && i < f->world->attempt_count; i++) {
        const struct attempt *b = &f->world->attempts[i];

        if (b != a && is_sale(a) && is_sale(b) && b->status == 201 &&
            b->order == a->order &&
            !(a->disturbed && strcmp(a->key, b->key) == 0))
            return false;
    }
    return true;
}

static bool sold_out_is_true(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    const struct stand_in_sql_product *product =
        stand_in_sql_product(&f->world->sql, a->buyer->product);

    return a->status != 410 ||
           (product && product->stock < a->buyer->quantity &&
            !stand_in_sql_order(&f->world->sql, a->key));
}

static bool taken_is_true(const struct facts *f)
{
    const struct stand_in_sql *sql = &f->world->sql;
    const struct attempt *a = f->attempt;
    bool mine = false;

    if (!a->buyer->wants_name)
        return true;
    for (size_t i = 0; i < sql->name_count; i++)
        mine |= strstr(a->buyer->body, sql->names[i].name) &&
                strstr(a->buyer->body, sql->names[i].user);
    return (a->status != 200 && a->status != 201) || mine;
}

static bool refused_without_call(const struct facts *f)
{
    const struct attempt *a = f->attempt;

    return (strcmp(a->type, "busy") != 0 &&
            strcmp(a->type, "lock-unavailable") != 0) ||
           a->database_calls == 0;
}

static bool one_call_for_each(const struct facts *f)
{
    return f->attempt->database_calls <= 1;
}

static bool answer_is_in_time(const struct facts *f)
{
    const struct climate *climate = &f->world->plan.climate;
    const struct attempt *a = f->attempt;
    const int64_t took_us = a->answered_us - a->began_us;
    const int64_t budget_us = (climate->kv_tries * climate->kv_timeout_ms +
                               climate->database_timeout_ms) *
                              1000;

    return a->frozen || took_us <= budget_us + SLACK_US;
}

static bool deadline_is_met(const struct facts *f)
{
    return f->attempt->frozen;
}

static bool says_when_to_return(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    const bool again = strcmp(a->type, "busy") == 0 || a->status == 503;

    return !again || (a->has_retry_after && a->retry_after_ms >= 200 &&
                      a->retry_after_ms <= 1200);
}

/* ---- in the end ---- */

static bool is_sure_of_nothing(const struct attempt *attempt)
{
    return attempt->status >= 400 && attempt->status != 504;
}

static bool nothing_done_is_true(const struct facts *f)
{
    const struct stand_in_sql *sql = &f->world->sql;

    for (size_t i = 0; i < sql->order_count; i++) {
        const struct attempt *by = sql->orders[i].by;

        if (is_sure_of_nothing(by))
            return false;
    }
    return true;
}

static const struct stand_in_sql_order *order_of(const struct world *world,
                                                 const struct buyer *buyer)
{
    return buyer->key[0] ? stand_in_sql_order(&world->sql, buyer->key) : NULL;
}

static bool everybody_is_told(const struct facts *f)
{
    for (int i = 0; i < f->world->buyer_count; i++) {
        if (!f->world->buyers[i].told && !f->world->buyers[i].gave_up)
            return false;
    }
    return true;
}

static bool told_what_is_true(const struct facts *f)
{
    for (int i = 0; i < f->world->buyer_count; i++) {
        const struct buyer *buyer = &f->world->buyers[i];
        const struct stand_in_sql_order *order = order_of(f->world, buyer);

        if (buyer->told && !buyer->wants_name && buyer->key[0] &&
            buyer->order != (order ? order->id : 0))
            return false;
    }
    return true;
}

static const struct {
    enum moment moments;
    const char *promise;
    bool (*holds)(const struct facts *f);
} promises[] = {
    {MOMENT_LOCK, "a lock ends by itself", lock_has_an_end},
    {MOMENT_END, "every lock ends by itself", every_lock_has_ended},
    {MOMENT_RELEASE, "nobody releases a lock that is another's",
     release_is_of_ones_own},
    {MOMENT_RELEASE, "no lock is released while its call may be running",
     call_is_over_at_release},
    {MOMENT_CALL, "a call fits into what is left of its lease",
     lease_covers_call},
    {MOMENT_CALL, "a call fits into what is left of the platform's time",
     call_has_time},
    {MOMENT_WORK, "one call of a name at once", works_alone},
    {MOMENT_DONE, "fences only grow", fences_grow},
    {MOMENT_DONE, "whoever holds an undisturbed lock is not stale",
     holder_is_not_stale},
    {MOMENT_DONE, "stock and sold add up", stock_adds_up},
    {MOMENT_DONE, "a key buys once", key_buys_once},
    {MOMENT_ANSWER, "a sale is an order", sale_is_an_order},
    {MOMENT_ANSWER, "an order is sold once", order_is_sold_once},
    {MOMENT_ANSWER, "\"sold out\" is true", sold_out_is_true},
    {MOMENT_ANSWER, "a name that is reserved is the user's", taken_is_true},
    {MOMENT_ANSWER, "busy means that somebody else has the lock",
     busy_means_somebody_else},
    {MOMENT_ANSWER, "who is refused has not called the database",
     refused_without_call},
    {MOMENT_ANSWER, "a request calls the database once", one_call_for_each},
    {MOMENT_ANSWER, "an answer comes within its budget", answer_is_in_time},
    {MOMENT_ANSWER, "who is to come back is told when", says_when_to_return},
    {MOMENT_FINISH, "a lock is released when all went well", leaves_no_lock},
    {MOMENT_FINISH, "who is stale raises the counter", counter_is_raised},
    {MOMENT_DEADLINE, "an instance is done before its deadline",
     deadline_is_met},
    {MOMENT_END, "\"nothing was done\" is true", nothing_done_is_true},
    {MOMENT_END, "in the end everybody is told", everybody_is_told},
    {MOMENT_END, "what a buyer was told is true", told_what_is_true},
};

void auditor_see(enum moment moment, const struct facts *facts)
{
    struct auditor *auditor = &facts->world->auditor;

    if (moment == MOMENT_CALL)
        facts->attempt->database_calls++;
    if (moment == MOMENT_DONE && came_to(facts, "stale"))
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

void auditor_read_log(struct world *world, const char *line, size_t len)
{
    const int last = world->attempt_count - 1;

    (void)len;
    if (strstr(line, "secret") ||
        (last >= 0 && world->attempts[last].tokens[0][0] &&
         strstr(line, world->attempts[last].tokens[0])))
        world->auditor.broken = "the log holds no secret";
}
