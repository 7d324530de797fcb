/*
 * buyers: everybody presses "Buy" at one moment, and comes back when told to.
 *
 * Connections are opened first.  When all are open the buyers are released
 * together, and every latency counts from that moment: it includes all waiting
 * in queues and between tries.
 *
 * The buyers are spread over processes, one for each few thousand, and over
 * source addresses 127.0.1.x, because a process may open only so many files and
 * an address has only so many ports.
 */
#ifndef BOUNCER_BUYERS_H
#define BOUNCER_BUYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "buyer.h"
#include "errand.h"

/* Nobody asks more often. */
#define BUYERS_TRIES_MAX 1000

/* What one buyer heard. */
struct purchase {
    int status;   /* of the last answer; 0: none came */
    bool gave_up; /* it was told to come back, and its patience was over */
    int64_t latency_us; /* from the release to the last byte of that answer */
    int tries;          /* requests that it sent */
    int failures;       /* of them answered by 5xx, the last included */
    struct errand errand;
};

struct buyers_options {
    struct buyer_wish wish;
    int count;           /* at least 1 */
    int connections;     /* that they share; 0: one for each */
    int64_t patience_ms; /* from the release: later nobody comes back */
    /* Called every few seconds, first while they connect; or NULL. */
    void (*progress)(const char *what, int done, int count);
    /* Called with STATE every 20 ms or so until all is over; or NULL. */
    void (*look)(void *state);
    void *state;
};

/*
 * Whether COUNT buyers with connections of their own fit this machine.  False
 * with the reason in ERR if they are too many, or a process may open fewer
 * files than its buyers need.
 */
__attribute__((warn_unused_result)) bool buyers_fit(int count,
                                                    struct error *err);

/*
 * Let all buy, and write what buyer I heard to PURCHASES[I]; they fit.  False
 * with the reason in ERR if not all could connect (nobody is released then), or
 * if a process of buyers died (what its buyers heard is lost).  Takes at most a
 * minute until the release, and two minutes longer than their patience after
 * it.
 */
__attribute__((warn_unused_result)) bool
buyers_rush(const struct buyers_options *options, struct purchase purchases[],
            struct error *err);

#endif
