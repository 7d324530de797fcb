/*
 * client: buys through the front of a local cloud, on one connection that stays
 * open.
 */
#ifndef BOUNCER_BENCH_CLIENT_H
#define BOUNCER_BENCH_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct client_plan {
    long product;
    bool each_its_own; /* the next product each time: no lock is waited for */
    int count;
    int status; /* that each answer must have */
};

/*
 * Buy at URL.  *MEDIAN_NS is the median time from sending a request to the end
 * of its answer.  False with the reason in ERR.
 */
bool client_batch(const char *url, const struct client_plan *plan,
                  int64_t *median_ns, struct error *err);

#endif
