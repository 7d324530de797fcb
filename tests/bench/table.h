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
 * The row of one target: MEASURED, which was not where it is below 0, may not
 * be above LIMIT, or with AT_LEAST not below it.
 */
void table_target(const char *what, double limit, double measured,
                  bool at_least);

#endif
