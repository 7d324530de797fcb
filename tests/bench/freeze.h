/*
 * freeze: an instance that was frozen so long that its connections are dead
 * when it wakes.
 */
#ifndef BOUNCER_BENCH_FREEZE_H
#define BOUNCER_BENCH_FREEZE_H

#include <stdbool.h>

#include "base/error.h"
#include "subject.h"

struct freeze_result {
    int times;
    int sold;         /* one sale each time, if it was answered with 201 */
    long connections; /* opened for them */
    long resumed;     /* TLS sessions */
    long requests;    /* seen by both doors */
};

/*
 * Do this TIMES times: stop SUBJECT, end its connections to both stores (ss -K,
 * which needs root), let it go on, and buy PRODUCT.  One sale comes before and
 * does not count.  False with the reason in ERR, also if a connection survived.
 */
bool freeze_measure(struct subject *subject, const char *control, long product,
                    int times, struct freeze_result *result, struct error *err);

#endif
