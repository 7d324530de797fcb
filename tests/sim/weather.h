/*
 * weather: the troubles of a store itself: down, silent, slow, restarted,
 * flushed, failing over, evicting, and keys that somebody's mistake spoils.
 */
#ifndef BOUNCER_SIM_WEATHER_H
#define BOUNCER_SIM_WEATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "fate.h"

struct world;

struct weather {
    int down[SERVERS];   /* so many reasons to refuse connections */
    int silent[SERVERS]; /* ... not to answer */
    int slow[SERVERS];
    int split;         /* two stores, each for half of the instances */
    unsigned restarts; /* of the database */
    bool forgot;       /* the store lost something, or may have */
    int64_t slowness_us[SERVERS];
};

/* Note what the plan has in store. */
void weather_forecast(struct world *world);

#endif
