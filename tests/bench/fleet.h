/*
 * fleet: many instances of one function, all busy all the time: each gets the
 * next event as soon as it asks, and a refused buyer tries again at once.
 */
#ifndef BOUNCER_BENCH_FLEET_H
#define BOUNCER_BENCH_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Each instance answers so many before the time begins. */
#define FLEET_WARM_UP_EVENTS 10

struct fleet_plan {
    const char *program;
    int instances;
    long product; /* the first */
    int products; /* instance i asks for product + i % products */
    int64_t duration_ms;
};

struct fleet_result {
    double seconds;
    long sold;
    long refused;
    long other; /* answered with neither 201 nor 409 */
    int64_t cpu_ns;
    int64_t private_bytes; /* of all instances */
};

/* False with the reason in ERR.  Either way no instance is left. */
bool fleet_run(const struct fleet_plan *plan, struct fleet_result *result,
               struct error *err);

#endif
