/*
 * client: somebody who buys through the front of a local cloud, on a connection
 * that stays open.
 */
#ifndef BOUNCER_BENCH_CLIENT_H
#define BOUNCER_BENCH_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct client_plan {
    long product;
    bool each_its_own; /* the next product for each: a lock is not waited for */
    int count;
    int status; /* that each must be answered with */
};

/*
 * Ask at URL.  *MEDIAN_NS is the time from sending a request to the end of its
 * answer.
 */
bool client_batch(const char *url, const struct client_plan *plan,
                  int64_t *median_ns, struct error *err);

#endif
