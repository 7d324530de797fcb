/*
 * crowd: the buyers of one process.  Only buyers.c calls it.
 */
#ifndef BOUNCER_BLACK_FRIDAY_CROWD_H
#define BOUNCER_BLACK_FRIDAY_CROWD_H

#include <stdatomic.h>

#include "buyers.h"

/* What all processes see. */
struct crowd_board {
    atomic_int connected;
    atomic_int answered;
    atomic_int unanswered;       /* and will get no answer any more */
    atomic_llong released_us;    /* on CLOCK_BOOTTIME; set before the release */
    struct purchase purchases[]; /* of all buyers */
};

/*
 * Longest time for connecting.  The front of the local cloud closes a
 * connection that is silent for 60 s (KEEP_ALIVE_S in its front.c), and the
 * first buyer must still be connected when all are released.
 */
#define CROWD_CONNECT_MS 45000

/* Longest time for all answers. */
#define CROWD_ANSWER_MS 120000

/* The exit status of a process whose buyers could not all connect. */
#define CROWD_NOT_CONNECTED 1

/*
 * Be buyers FIRST to END - 1, of process INDEX: connect, wait until GATE_FD
 * says end of file, buy.  Returns the process's exit status: 0, or
 * CROWD_NOT_CONNECTED with the reason on standard error.
 */
int crowd_run(const struct buyers_options *options, int index, int first,
              int end, int gate_fd, struct crowd_board *board);

#endif
