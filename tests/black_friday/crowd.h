/*
 * crowd: the buyers of one process.  See buyers.h, which is its only caller.
 */
#ifndef BOUNCER_BLACK_FRIDAY_CROWD_H
#define BOUNCER_BLACK_FRIDAY_CROWD_H

#include <stdatomic.h>

#include "buyers.h"

/* What all processes see. */
struct crowd_board {
    atomic_int connected;
    atomic_int answered;
    atomic_int failed;           /* a process that gave up */
    atomic_llong released_us;    /* on CLOCK_BOOTTIME; set before the release */
    struct purchase purchases[]; /* of all buyers */
};

/* Longest time for connecting, and for all answers. */
#define CROWD_LIMIT_MS 120000

/*
 * Be buyers FIRST to END - 1, of process INDEX: connect, wait until GATE_FD
 * says end of file, buy.  Returns the process's exit status.
 */
int crowd_run(const struct buyers_options *options, int index, int first,
              int end, int gate_fd, struct crowd_board *board);

#endif
