/*
 * Each history has a climate of its own: many are calm in most ways and rough
 * in a few, since troubles that never come alone hide each other ("swarm
 * testing": Groce and others, 2012).
 */
#include "plan.h"

#include <stdlib.h>

#include "guard/lock.h"

#define SECOND_US 1000000

/* A rate that is often zero, often low and now and then high. */
static int rate(struct dice *dice, int low, int high)
{
    switch (dice_between(dice, 0, 3)) {
    case 0:
        return 0;
    case 1:
        return high;
    default:
        return low;
    }
}

/* About three quarters of them. */
static uint64_t draw_faults(struct dice *dice)
{
    const uint64_t half = dice_next(dice);

    return half | dice_next(dice);
}

static int draw_permits(struct dice *dice)
{
    static const int permits[] = {1, 2, 2, 8};

    return permits[dice_between(dice, 0, 3)];
}

static void draw_climate(struct climate *climate, struct dice *dice)
{
    *climate = (struct climate){
        .machines = (int)dice_between(dice, 2, 8),
        .products = (int)dice_between(dice, 1, 2),
        .permits = draw_permits(dice),
        .buyers = (int)dice_between(dice, 2, 16),
        .usernames = (int)dice_between(dice, 0, 4),
        .restocks = (int)(dice_between(dice, 0, 1) * dice_between(dice, 0, 2)),
        .weathers =
            (int)dice_between(dice, 0, 1) * (int)dice_between(dice, 1, 5),
        .fault = rate(dice, 60, 250),
        .freeze = rate(dice, 20, 100),
        .kill = rate(dice, 5, 40),
        .unheard = rate(dice, 20, 150),
        .haste = rate(dice, 50, 300),
        .closed_s = (int)(dice_between(dice, 0, 1) * dice_between(dice, 1, 3)),
        .faults = draw_faults(dice),
        .calm_us = dice_between(dice, 4, 16) * SECOND_US,
        .crowd_us = dice_between(dice, 1, 6000) * 1000,
        .lease_s = (int)dice_between(dice, 3, 4),
        .kv_tries = (int)dice_between(dice, 2, 3),
        .kv_timeout_ms = dice_between(dice, 300, 1000),
        .store_ppm = (int)dice_between(dice, -8500, 8500),
        .no_delex = dice_chance(dice, 300),
    };
    climate->database_timeout_ms = lock_lease_ms(climate->lease_s) -
                                   climate->kv_timeout_ms -
                                   dice_between(dice, 0, 300);
    if (dice_chance(dice, 700))
        climate->limit_ms =
            climate->kv_timeout_ms + climate->database_timeout_ms +
            dice_between(dice, 150, dice_chance(dice, 500) ? 600 : 5000);
    climate->holds = rate(dice, 300, 900);
    climate->hold_s = (int)dice_between(dice, 1, 4);
}

/* Few buyers at one moment, so that each event by plan matters. */
static void calm_down(struct climate *climate)
{
    climate->machines = 3;
    climate->products = 1;
    climate->buyers = 3;
    climate->usernames = 0;
    climate->restocks = 0;
    climate->haste = 0;
    climate->weathers = 0;
    climate->unheard = 0;
    climate->holds = 600;
    climate->crowd_us = 300000;
}

void plan_init(struct plan *plan, const struct plan_options *options)
{
    struct dice dice =
        dice_for(options->seed, DICE_KEY(CHANCE_CLIMATE, 0, 0, 0));

    *plan = (struct plan){.options = *options};
    draw_climate(&plan->climate, &dice);
    if (options->planned)
        calm_down(&plan->climate);
}

void plan_release(struct plan *plan)
{
    free(plan->happened);
    plan->happened = NULL;
}

struct dice plan_dice(const struct plan *plan, uint64_t key)
{
    return dice_for(plan->options.seed, key);
}

static bool is_suppressed(const struct plan *plan, uint64_t key)
{
    for (size_t i = 0; i < plan->options.suppressed_count; i++) {
        if (plan->options.suppressed[i] == key)
            return true;
    }
    return false;
}

static void note(struct plan *plan, uint64_t key)
{
    if (plan->happened_count == plan->happened_capacity) {
        plan->happened_capacity =
            plan->happened_capacity ? 2 * plan->happened_capacity : 256;
        plan->happened =
            realloc(plan->happened, plan->happened_capacity * sizeof(key));
        if (!plan->happened)
            abort();
    }
    plan->happened[plan->happened_count++] = key;
}

const struct planned *plan_find(const struct plan *plan, uint64_t key)
{
    for (size_t i = 0; i < plan->options.planned_count; i++) {
        if (plan->options.planned[i].key == key)
            return &plan->options.planned[i];
    }
    return NULL;
}

/* Whether KEY's kind of event happens by plan, where there is one. */
static bool is_by_plan(const struct plan *plan, uint64_t key)
{
    const uint64_t kind = key >> 48;

    return plan->options.planned &&
           (kind == CHANCE_FAULT || kind == CHANCE_FREEZE ||
            kind == CHANCE_KILL);
}

bool plan_lets(struct plan *plan, uint64_t key, int per_mille)
{
    /* Its own dice tell the details: what decides must not be the same. */
    struct dice dice = dice_for(~plan->options.seed, key);
    const bool happens = is_by_plan(plan, key) ? plan_find(plan, key) != NULL
                                               : dice_chance(&dice, per_mille);

    if (!happens || is_suppressed(plan, key))
        return false;
    note(plan, key);
    return true;
}
