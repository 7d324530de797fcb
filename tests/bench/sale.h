/*
 * sale: the first sale of a cold instance, as a client of the local cloud sees
 * it.
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
 * End all instances of CLOUD, buy one ticket of the big sale, and take the
 * time from connecting to the last byte of the answer.  False where nothing
 * was sold, or where not exactly one new instance was started for it.
 */
bool sale_cold(const struct sale_cloud *cloud, int64_t *elapsed_ns,
               struct error *err);

#endif
