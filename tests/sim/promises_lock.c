/*
 * What is promised of locks and of calls of the database.  Where the network or
 * the store took a lock away from its holder, or let a question arrive late,
 * nothing is promised of exclusion: the fence is for that.
 */
#include "promises.h"

#include <stdlib.h>
#include <string.h>

#include "network.h"
#include "world.h"

static int64_t now_us(const struct facts *f)
{
    return f->world->timeline.now_us;
}

static bool lease_runs(const struct facts *f, struct attempt *attempt)
{
    return world_lock(attempt)->until_us > now_us(f);
}

/* ---- the lock ---- */

bool promise_lock_has_an_end(const struct facts *f)
{
    return f->expires_us != 0;
}

/* Only what nobody disturbed: a later store cannot know an earlier lock. */
bool promise_release_is_of_ones_own(const struct facts *f)
{
    const struct attempt *owner = world_owner(f->world, f->text);

    return !owner || owner == f->attempt;
}

bool promise_call_is_over_at_release(const struct facts *f)
{
    const struct exchange *x = f->world->exchanges;

    if (strcmp(f->text, world_lock(f->attempt)->token) != 0)
        return true; /* the call is under another one */
    for (; x; x = x->next) {
        if (x->attempt == f->attempt && x->pending && x->fate.sends == 1 &&
            x->server == SERVER_DATABASE)
            return false;
    }
    return true;
}

bool promise_lease_covers_call(const struct facts *f)
{
    const struct asked_lock *lock = world_lock(f->attempt);

    return !lock->name[0] || f->attempt->disturbed ||
           f->exchange->frozen_before ||
           lock->until_us >= now_us(f) + f->exchange->timeout_us;
}

bool promise_call_has_time(const struct facts *f)
{
    const int64_t limit_ms = f->world->plan.climate.limit_ms;

    return !limit_ms || f->exchange->frozen_before ||
           now_us(f) + f->exchange->timeout_us <=
               f->attempt->began_us + limit_ms * 1000;
}

/*
 * How many other calls are at work under a lock whose name has the same first
 * LEN bytes, as long as leases hold.
 */
static int count_others(const struct facts *f, size_t len)
{
    const struct exchange *x = f->world->exchanges;
    struct attempt *a = f->attempt;
    int others = 0;

    for (; x; x = x->next) {
        struct attempt *b = x->attempt;

        others += b != a && x->working && !b->disturbed && !a->disturbed &&
                  strncmp(world_lock(a)->name, world_lock(b)->name, len) == 0 &&
                  lease_runs(f, a) && lease_runs(f, b);
    }
    return others;
}

bool promise_works_alone(const struct facts *f)
{
    return count_others(f, sizeof(f->attempt->locks[0].name)) == 0;
}

/* The names of two products never begin alike here. */
bool promise_permits_are_kept(const struct facts *f)
{
    const char *name = world_lock(f->attempt)->name;

    return f->attempt->buyer->wish == WISH_NAME || f->attempt->replays ||
           count_others(f, strcspn(name, "#")) < f->world->plan.climate.permits;
}

/* Its own lock was there before it asked for the last time, and still is. */
static bool has_the_lock(const struct facts *f, const struct asked_lock *lock)
{
    return lock->until_us > now_us(f) && lock->set_us < lock->asked_us;
}

/* An unfenced lock's store need not say who has it. */
bool promise_busy_means_somebody_else(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    const bool by_key = a->replays && a->database_calls == 0;
    const bool unfenced = by_key || a->buyer->wish == WISH_NAME;
    const struct asked_lock *lock =
        &a->locks[by_key ? LOCK_OF_KEY : LOCK_OF_NAME];

    return strcmp(a->type, "busy") != 0 || a->disturbed ||
           ((unfenced || lock->shown[0] || f->world->weather.forgot) &&
            world_owner(f->world, lock->shown) != a && !has_the_lock(f, lock));
}

bool promise_leaves_no_lock(const struct facts *f)
{
    const struct attempt *attempt = f->attempt;

    return attempt->troubled || attempt->frozen || attempt->disturbed ||
           f->world->weather.forgot ||
           (attempt->locks[LOCK_OF_NAME].until_us == 0 &&
            attempt->locks[LOCK_OF_KEY].until_us == 0);
}

/*
 * A store that lost its counter is healed by the first who notices.  (A counter
 * below zero with no fence accepted yet counts up by itself.)
 */
bool promise_counter_is_raised(const struct facts *f)
{
    struct world *world = f->world;
    const struct attempt *a = f->attempt;
    char name[sizeof(a->locks[0].name) + 8];
    const struct stand_in_kv_key *counter;

    (void)snprintf(name, sizeof(name), "fence:%s", a->locks[LOCK_OF_NAME].name);
    counter = stand_in_kv_find(world->kv, 0, name);
    return strcmp(a->type, "stale-fence") != 0 || a->troubled || a->frozen ||
           a->disturbed || world->weather.split || a->told_fence == 0 ||
           (counter && strtoll(counter->value, NULL, 10) >= a->told_fence);
}

/* ---- the database ---- */

/* The place of what was accepted so far for the lock that the call names. */
static size_t accepted(const struct facts *f)
{
    struct auditor *auditor = &f->world->auditor;
    size_t i = 0;

    while (auditor->accepted[i].name[0] &&
           strcmp(auditor->accepted[i].name, f->world->sql.lock) != 0) {
        if (++i == AUDITOR_LOCKS)
            abort();
    }
    memcpy(auditor->accepted[i].name, f->world->sql.lock,
           sizeof(f->world->sql.lock));
    return i;
}

static bool came_to(const struct facts *f, const char *outcome)
{
    return strcmp(f->world->sql.outcome, outcome) == 0;
}

bool promise_replay_sells_nothing(const struct facts *f)
{
    return !f->attempt->replays || !f->world->sql.accepted;
}

bool promise_fences_grow(const struct facts *f)
{
    const int64_t fence = f->world->sql.fence;
    int64_t *highest;
    bool grown;

    if (!f->world->sql.accepted)
        return true;
    highest = &f->world->auditor.accepted[accepted(f)].fence;
    grown = fence > *highest;
    if (grown)
        *highest = fence;
    return grown;
}

/* A call that is late, or was repeated, is beyond what is promised. */
bool promise_holder_is_not_stale(const struct facts *f)
{
    return !came_to(f, "stale") || f->attempt->replays ||
           f->world->weather.forgot || f->attempt->disturbed ||
           f->attempt->frozen || !lease_runs(f, f->attempt) ||
           f->exchange->settled || f->exchange->fate.again_us ||
           f->world->auditor.accepted[accepted(f)].lost_counter;
}

static bool has_tickets(const struct stand_in_sql_order *order)
{
    return order->state == STAND_IN_SQL_HELD ||
           order->state == STAND_IN_SQL_SOLD;
}

bool promise_stock_adds_up(const struct facts *f)
{
    const struct stand_in_sql *sql = &f->world->sql;

    for (size_t i = 0; i < sql->product_count; i++) {
        const struct stand_in_sql_product *product = &sql->products[i];
        int64_t gone = 0;

        for (size_t j = 0; j < sql->order_count; j++)
            gone += sql->orders[j].product == product->id &&
                            has_tickets(&sql->orders[j])
                        ? sql->orders[j].quantity
                        : 0;
        if (product->stock < 0 || product->stock + gone != product->delivered)
            return false;
    }
    return true;
}

bool promise_key_buys_once(const struct facts *f)
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
