/*
 * soak: one instance that serves for long: how its memory grows, and whether it
 * opens connections.
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
    /* Before, and after each of ten equal parts. */
    struct soak_mark marks[SOAK_MARKS];
    long requests;
    long connections; /* opened by them, at both doors */
};

/*
 * Have the function answer REQUESTS requests, one sale to nine refusals, in
 * batches of 1,000; at least 10,000.  Ends the program if it cannot.
 */
void soak_measure(struct soak_result *result, long requests);

/* How much its anonymous memory has grown since the warm-up.  Pages of its file
 * do not count: they come in when they are first used. */
int64_t soak_growth_bytes(const struct soak_result *result);

/* The marks, as a table in Markdown. */
void soak_print(const struct soak_result *result);

#endif
