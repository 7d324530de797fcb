/*
 * series: measured values of one kind, and what a table tells of them.
 */
#ifndef BOUNCER_BENCH_SERIES_H
#define BOUNCER_BENCH_SERIES_H

#include <stddef.h>
#include <stdint.h>

#define SERIES_MAX 1000

struct series {
    int64_t values[SERIES_MAX];
    size_t count; /* 0: not measured */
};

/* Values past SERIES_MAX are dropped. */
void series_add(struct series *series, int64_t value);

/* Fill RATIOS with A's values in thousandths of B's, none of which is sorted.
 */
void series_ratio(struct series *ratios, const struct series *a,
                  const struct series *b);

struct series_summary {
    int64_t median;
    int64_t min;
    int64_t max;
};

/* Sorts SERIES, which holds a value at least. */
struct series_summary series_summary(struct series *series);

#endif
