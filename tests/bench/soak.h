/*
 * soak: one instance that serves for long: what it holds in memory on the way,
 * and whether it opens connections.
 */
#ifndef BOUNCER_BENCH_SOAK_H
#define BOUNCER_BENCH_SOAK_H

#include <stdint.h>

#include "memory.h"

#define SOAK_MARKS 11

struct soak_mark {
    long requests; /* since the warm-up */
    struct memory memory;
};

struct soak_result {
    /* Ten equal parts; the first mark is behind the warm-up. */
    struct soak_mark marks[SOAK_MARKS];
    long requests;
    long connections; /* that they opened at both doors */
};

/*
 * Have the function answer REQUESTS requests, one sale to nine refusals, in
 * batches of 1,000; fewer than 10,000 count as 10,000.  Ends the program where
 * it cannot.
 */
void soak_measure(struct soak_result *result, long requests);

/* Bytes of anonymous memory that the instance has taken since the warm-up:
 * those of its file come in as they are first used, and are nobody's own. */
int64_t soak_growth_bytes(const struct soak_result *result);

/* The marks, as a table in Markdown. */
void soak_print(const struct soak_result *result);

#endif
