/*
 * warm_report: what bench has measured, as Markdown.
 */
#ifndef BOUNCER_BENCH_WARM_REPORT_H
#define BOUNCER_BENCH_WARM_REPORT_H

#include "load.h"
#include "warm.h"

/* Counted for each request; 0: not counted. */
struct counted {
    double instructions[ROWS][OUTCOMES];
    double allocations[OUTCOMES]; /* ours */
};

void warm_report_print(struct warm_results *warm,
                       const struct counted *counted);

/* The same for load; sorts the series. */
void load_report_print(struct load_results *load);

/* Met or missed by how much.  LOAD may be NULL: it was not measured. */
void targets_print(struct warm_results *warm, const struct counted *counted,
                   const struct load_results *load);

#endif
