/*
 * freeze: an instance that was frozen for so long that its connections are
 * dead when it wakes.
 */
#ifndef BOUNCER_BENCH_FREEZE_H
#define BOUNCER_BENCH_FREEZE_H

#include <stdbool.h>

#include "base/error.h"
#include "subject.h"

struct freeze_result {
    int times;
    int sold;         /* sales that were answered with 201, one each time */
    long connections; /* opened for them */
    long resumed;     /* TLS sessions */
    long requests;    /* that both doors have seen */
};

/*
 * TIMES over: stop SUBJECT, end its connections to both stores (ss -K, which
 * needs root), let it go on, and buy PRODUCT.  The first sale comes before all
 * that and is not counted.  False with the reason in ERR,
 * also where the connections outlived it.
 */
bool freeze_measure(struct subject *subject, const char *control, long product,
                    int times, struct freeze_result *result, struct error *err);

#endif
