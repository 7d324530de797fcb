/*
 * plot: what was measured, drawn as SVG.
 */
#ifndef BOUNCER_BENCH_PLOT_H
#define BOUNCER_BENCH_PLOT_H

#include <stdbool.h>

#include "load.h"
#include "warm.h"

/* Write bench-warm.svg, bench-growth.svg and bench-hot.svg into DIR. */
bool plot_all(const char *dir, struct warm_results *warm,
              const struct load_results *load);

#endif
