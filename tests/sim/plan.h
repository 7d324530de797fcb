/*
 * plan: what kind of world a seed makes, and what goes wrong in it.
 *
 * Everything that may happen has a key (dice.h).  plan_lets decides whether it
 * does, by the dice of that key alone, and notes it; a plan with suppressed
 * keys is the same world without those events.
 */
#ifndef BOUNCER_SIM_PLAN_H
#define BOUNCER_SIM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dice.h"

enum chance {
    CHANCE_CLIMATE = 1,
    CHANCE_BUYER,   /* buyer: comes at all */
    CHANCE_RETRY,   /* buyer, attempt: asks again after an answer */
    CHANCE_UNHEARD, /* buyer, attempt: the answer is lost on its way */
    CHANCE_HASTE,   /* buyer, attempt: asks again before the answer */
    CHANCE_FAULT,   /* buyer, attempt, exchange: see fate.h */
    CHANCE_FREEZE,  /* likewise: the instance freezes around it */
    CHANCE_KILL,    /* likewise: the instance is killed around it */
    CHANCE_WEATHER, /* number: a store's own trouble, see weather.h */
    /* What is never suppressed. */
    CHANCE_TRAVEL,  /* buyer, attempt, exchange: how long it takes */
    CHANCE_MACHINE, /* instance */
    CHANCE_PLACE,   /* buyer, attempt: where it lands, and its random bytes */
    CHANCE_STREAM,
    CHANCE_PAYER, /* buyer: what it does about its order */
};

/* The settings of a world, and how rough it is: chances in a thousand. */
struct climate {
    int machines, products, permits, buyers, usernames, restocks, weathers;
    int fault, freeze, kill, unheard, haste;
    int holds;        /* ... that a ticket is held, not bought at once */
    uint64_t faults;  /* a bit for each kind of fault that there is */
    int64_t calm_us;  /* when all trouble ends */
    int64_t crowd_us; /* the buyers come within this time */
    int64_t limit_ms; /* the platform's time limit; 0: none */
    int lease_s, kv_tries;
    int64_t kv_timeout_ms, database_timeout_ms;
    int hold_s;    /* how long a hold lasts */
    int closed_s;  /* that a row's sign hangs; 0: it does not say */
    int store_ppm; /* how much too fast the store's clock runs */
    bool no_delex;
};

/* An event by plan; KIND is a fault's, an index of fate.c's table. */
struct planned {
    uint64_t key;
    int kind;
};

struct plan_options {
    uint64_t seed;
    const uint64_t *suppressed; /* keys of events that do not happen */
    size_t suppressed_count;
    /* Of all faults, freezes and kills only these happen; NULL: by chance. */
    const struct planned *planned;
    size_t planned_count;
};

struct plan {
    struct plan_options options;
    struct climate climate;
    uint64_t *happened; /* keys, in order */
    size_t happened_count, happened_capacity;
};

/* OPTIONS is copied; what it points to outlives the plan. */
void plan_init(struct plan *plan, const struct plan_options *options);
void plan_release(struct plan *plan);

/* The dice of KEY. */
struct dice plan_dice(const struct plan *plan, uint64_t key);

/* Whether the event of KEY, with a chance of PER_MILLE, happens; noted then. */
bool plan_lets(struct plan *plan, uint64_t key, int per_mille);

/* What is planned for KEY; NULL: nothing. */
const struct planned *plan_find(const struct plan *plan, uint64_t key);

#endif
