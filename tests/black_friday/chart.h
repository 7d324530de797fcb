/*
 * chart: both halves as one picture, black-friday.svg.
 */
#ifndef BOUNCER_BLACK_FRIDAY_CHART_H
#define BOUNCER_BLACK_FRIDAY_CHART_H

#include <stdbool.h>

#include "half.h"

/*
 * Write DIR/black-friday.svg: answers over time by outcome, and how latencies
 * are distributed, without and with the bouncer.  It is readable on a light
 * and on a dark page.  False, with a line on standard error and no picture,
 * where it cannot be written.
 */
__attribute__((warn_unused_result)) bool chart_write(const struct half *without,
                                                     const struct half *with,
                                                     const char *dir);

#endif
