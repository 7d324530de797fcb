/*
 * A table of troubles: each has what happens when it begins and when it ends.
 * What takes something out of the store, or may, disturbs all attempts whose
 * lock may be concerned: no promise about exclusion holds for these.
 */
#include <stdio.h>
#include <string.h>

#include "world.h"

struct trouble {
    struct world *world;
    struct dice *dice;
    bool ends;
};

static void disturb(struct world *world)
{
    world->weather.forgot = true;
    for (int i = 0; i < world->attempt_count; i++)
        world->attempts[i].disturbed |=
            !world->attempts[i].over ||
            world->attempts[i].locks[LOCK_OF_NAME].until_us ||
            world->attempts[i].locks[LOCK_OF_KEY].until_us;
}

static void count(int *reasons, const struct trouble *trouble)
{
    *reasons += trouble->ends ? -1 : 1;
}

static void store_down(struct trouble *t)
{
    count(&t->world->weather.down[SERVER_STORE], t);
}

static void store_silent(struct trouble *t)
{
    count(&t->world->weather.silent[SERVER_STORE], t);
}

static void store_slow(struct trouble *t)
{
    count(&t->world->weather.slow[SERVER_STORE], t);
    t->world->weather.slowness_us[SERVER_STORE] =
        dice_between(t->dice, 50000, 1000000);
}

static void database_down(struct trouble *t)
{
    count(&t->world->weather.down[SERVER_DATABASE], t);
}

static void database_silent(struct trouble *t)
{
    count(&t->world->weather.silent[SERVER_DATABASE], t);
}

static void database_slow(struct trouble *t)
{
    count(&t->world->weather.slow[SERVER_DATABASE], t);
    t->world->weather.slowness_us[SERVER_DATABASE] =
        dice_between(t->dice, 50000, 2000000);
}

/* What it is at is rolled back, and whoever waits is cut off. */
static void database_restarts(struct trouble *t)
{
    count(&t->world->weather.down[SERVER_DATABASE], t);
    if (!t->ends)
        t->world->weather.restarts++;
}

static void store_is_flushed(struct trouble *t)
{
    if (t->ends)
        return;
    disturb(t->world);
    memset(&t->world->kv[0].keys, 0, sizeof(t->world->kv[0].keys));
}

/* A replica takes over that has not seen the last writes. */
static void store_is_rolled_back(struct trouble *t)
{
    struct world *world = t->world;

    if (t->ends) {
        disturb(world);
        world->kv[0].keys = world->remembered.keys;
    } else {
        world->remembered = world->kv[0];
    }
}

/* Two stores take writes, and one of the two is given up in the end. */
static void store_splits(struct trouble *t)
{
    struct world *world = t->world;

    disturb(world);
    if (!t->ends && !world->weather.split)
        world->kv[1].keys = world->kv[0].keys;
    count(&world->weather.split, t);
}

static void store_evicts(struct trouble *t)
{
    struct stand_in_kv_keys *keys = &t->world->kv[0].keys;
    const size_t index = (size_t)dice_between(t->dice, 0, (int64_t)keys->used);

    if (t->ends || index == keys->used || !keys->list[index].name[0])
        return;
    disturb(t->world);
    memset(&keys->list[index], 0, sizeof(keys->list[index]));
}

static void counter_is_spoiled(struct trouble *t)
{
    static const char *const values[] = {"abc", "", "9223372036854775807", "-5",
                                         "1000000000000000"};

    disturb(t->world);
    if (!t->ends)
        stand_in_kv_spoil(t->world->kv, "fence:product:1",
                          values[dice_between(t->dice, 0, 4)],
                          dice_chance(t->dice, 200));
}

static void lock_is_spoiled(struct trouble *t)
{
    disturb(t->world);
    if (!t->ends)
        stand_in_kv_spoil(t->world->kv, "lock:product:1", "by hand",
                          dice_chance(t->dice, 300));
}

/* A word that no failure is declared with, so it means nothing. */
static void sign_is_spoiled(struct trouble *t)
{
    if (!t->ends)
        stand_in_kv_spoil(t->world->kv, "closed:product:1",
                          dice_chance(t->dice, 500) ? "sold" : "gone_fishing",
                          false);
}

/*
 * Somebody reads the log and deletes what no instance can mend: a lock that has
 * no end, and a counter that is a list.
 */
static void mend(void *subject, uint64_t detail)
{
    struct world *world = subject;

    (void)detail;
    for (size_t i = 0; i < world->kv[0].keys.used; i++) {
        struct stand_in_kv_key *key = &world->kv[0].keys.list[i];

        if (key->is_list ||
            (strncmp(key->name, "lock:", 5) == 0 && !key->expires_us))
            memset(key, 0, sizeof(*key));
    }
    world_tell(world, "all trouble is over");
}

static const struct {
    const char *words;
    void (*change)(struct trouble *trouble);
} troubles[] = {
    {"the store refuses connections", store_down},
    {"the store does not answer", store_silent},
    {"the store is slow", store_slow},
    {"the database refuses connections", database_down},
    {"the database does not answer", database_silent},
    {"the database is slow", database_slow},
    {"the database restarts", database_restarts},
    {"the store is flushed", store_is_flushed},
    {"the store fails over and forgets the last writes", store_is_rolled_back},
    {"the store splits in two", store_splits},
    {"the store evicts a key", store_evicts},
    {"somebody spoils the counter of product 1", counter_is_spoiled},
    {"somebody sets the lock of product 1 by hand", lock_is_spoiled},
    {"somebody hangs a sign on product 1 that nobody knows", sign_is_spoiled},
};

/* NUMBER's trouble begins or, with the bit above it, ends. */
static void change(void *subject, uint64_t detail)
{
    struct world *world = subject;
    struct dice dice =
        plan_dice(&world->plan, DICE_KEY(CHANCE_WEATHER, detail & 0xff, 1, 0));
    struct trouble trouble = {world, &dice, detail >> 8};
    const int64_t kind =
        dice_between(&dice, 0, sizeof(troubles) / sizeof(troubles[0]) - 1);

    world_tell(world, "%s: %s", trouble.ends ? "over" : "trouble",
               troubles[kind].words);
    troubles[kind].change(&trouble);
}

void weather_forecast(struct world *world)
{
    const struct climate *climate = &world->plan.climate;

    for (int i = 0; i < climate->weathers; i++) {
        const uint64_t key = DICE_KEY(CHANCE_WEATHER, i, 0, 0);
        struct dice dice = plan_dice(&world->plan, key);
        const int64_t begin_us = dice_between(&dice, 0, climate->calm_us);
        const int64_t end_us = begin_us + dice_between(&dice, 1000, 4000000);

        if (!plan_lets(&world->plan, key, 1000))
            continue;
        timeline_at(&world->timeline, begin_us, change, world, (uint64_t)i);
        timeline_at(&world->timeline,
                    end_us < climate->calm_us ? end_us : climate->calm_us,
                    change, world, (uint64_t)i | 0x100);
    }
    timeline_at(&world->timeline, climate->calm_us, mend, world, 0);
}
