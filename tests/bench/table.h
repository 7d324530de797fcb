/*
 * table: the cells of the benchmarks' tables, in Markdown.
 */
#ifndef BOUNCER_BENCH_TABLE_H
#define BOUNCER_BENCH_TABLE_H

#include <stdbool.h>

#include "series.h"

/* " median (min–max) |", in UNITs; " – |" for what was not measured. */
void table_cell(struct series *series, double unit, int decimals);

/* The median of SERIES; below 0 where nothing was measured. */
double table_median(struct series *series);

/* The head of the rows that table_target() prints. */
void table_targets(const char *what);

/*
 * Print the row of one target: MEASURED is to be at most LIMIT, or with
 * AT_LEAST at least LIMIT.  Below 0 it was not measured.
 */
void table_target(const char *what, double limit, double measured,
                  bool at_least);

#endif
