/*
 * buyers: everybody presses "Buy" at one moment.
 *
 * Each buyer has a connection of its own, which is opened first.  When all are
 * open they are released together, and every latency counts from that moment:
 * it includes all waiting in queues.
 *
 * The buyers are spread over processes, one for each few thousand, and over
 * source addresses 127.0.1.x, because a process may open only so many files and
 * an address has only so many ports.
 */
#ifndef BOUNCER_BLACK_FRIDAY_BUYERS_H
#define BOUNCER_BLACK_FRIDAY_BUYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* What one buyer heard. */
struct purchase {
    int status;         /* of the HTTP answer; 0: none came */
    int64_t latency_us; /* from the release to the answer's last byte, if any */
};

struct buyers_options {
    const char *front; /* its address */
    const char *path;  /* to POST to */
    int count;         /* at least 1 */
    /* Called about once a second, first while they connect. */
    void (*progress)(const char *what, int done, int count);
};

/*
 * Whether COUNT buyers fit this machine.  False with the reason in ERR if they
 * are too many, or a process may open fewer files than its buyers need.
 */
__attribute__((warn_unused_result)) bool buyers_fit(int count,
                                                    struct error *err);

/*
 * Let all buy one of product 1, and write what buyer I heard to PURCHASES[I];
 * they fit.  False with the reason in ERR if not all could connect (nobody is
 * released then), or if a process of buyers died (what its buyers heard is
 * lost).  Takes at most a minute until the release, and two until the last
 * answer.
 */
__attribute__((warn_unused_result)) bool
buyers_rush(const struct buyers_options *options, struct purchase purchases[],
            struct error *err);

#endif
