/*
 * sale: the first sale of a cold instance, as a client sees it.
 */
#ifndef BOUNCER_BENCH_SALE_H
#define BOUNCER_BENCH_SALE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* The addresses of a running local cloud, "http://127.0.0.1:port". */
struct sale_cloud {
    const char *front;
    const char *control;
};

/*
 * End all instances of CLOUD, buy one ticket, and measure the time from
 * connecting to the last byte of the answer.  False with the reason in ERR if
 * nothing was sold, or not by exactly one new instance.
 */
bool sale_cold(const struct sale_cloud *cloud, int64_t *elapsed_ns,
               struct error *err);

#endif
