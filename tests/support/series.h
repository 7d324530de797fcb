/*
 * series: measured values of one kind, and what a table tells of them.
 *
 *     struct series series = {.count = 0};
 *
 *     series_add(&series, value);
 *     series_summary(&series).median
 *     series_release(&series);
 *
 * To begin anew set count to 0; the memory is used again.
 */
#ifndef BOUNCER_SERIES_H
#define BOUNCER_SERIES_H

#include <stddef.h>
#include <stdint.h>

struct series {
    int64_t *values;
    size_t count; /* 0: not measured */
    size_t capacity;
};

/* Ends the program where memory runs out. */
void series_add(struct series *series, int64_t value);

void series_release(struct series *series);

/* Fill RATIOS with A's values in thousandths of B's, none of which is sorted.
 */
void series_ratio(struct series *ratios, const struct series *a,
                  const struct series *b);

struct series_summary {
    int64_t median; /* of two in the middle, their mean */
    int64_t min;
    int64_t max;
};

/* Sorts SERIES, which holds a value at least. */
struct series_summary series_summary(struct series *series);

/* Sorts SERIES; the value that PERCENT of all are not above, 0 of none. */
int64_t series_percentile(struct series *series, double percent);

#endif
