/*
 * load: what one warm request does not show: many instances, hot locks behind
 * slow stores, large events, many requests.
 */
#ifndef BOUNCER_BENCH_LOAD_H
#define BOUNCER_BENCH_LOAD_H

#include "fleet.h"
#include "freeze.h"
#include "series.h"
#include "soak.h"
#include "warm.h"

#define GROWTH_STEPS 4
extern const int growth_instances[GROWTH_STEPS];

#define HOT_DELAYS 3
#define HOT_STEPS 4
#define HOT_INSTANCES 32
extern const int hot_delays_ms[HOT_DELAYS];
extern const int hot_locks[HOT_STEPS];

#define EVENT_SIZES 6
extern const size_t event_sizes[EVENT_SIZES];

struct load_results {
    /* on one lock, and on a lock for each instance */
    struct fleet_result growth[WARM_SUBJECTS][GROWTH_STEPS][2];
    struct fleet_result hot[HOT_STEPS][HOT_DELAYS];
    struct fleet_result few[HOT_STEPS][HOT_DELAYS]; /* one lock */
    struct series event_ns[EVENT_SIZES];
    int event_status[EVENT_SIZES];
    struct soak_result soak;
    struct freeze_result freeze;
};

/* The numbers of instances in few[]. */
extern const int few_instances[HOT_STEPS];

/* Measure all of it; ends the program if it cannot. */
void load_measure(struct load_results *results);

#endif
