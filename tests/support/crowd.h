/*
 * crowd: the buyers of one process.  Only buyers.c calls it.
 */
#ifndef BOUNCER_CROWD_H
#define BOUNCER_CROWD_H

#include <stdatomic.h>

#include "buyers.h"

/* What all processes see. */
struct crowd_board {
    atomic_int connected;
    atomic_int settled;          /* buyers who will ask no more */
    atomic_llong released_us;    /* on CLOCK_BOOTTIME; set before the release */
    struct purchase purchases[]; /* of all buyers */
};

/* Which buyers, and how many connections for them. */
struct crowd_part {
    int index; /* of the process */
    int first; /* the number of its first buyer */
    int count;
    int connections;
};

/*
 * Longest time for connecting.  The front of the local cloud closes a
 * connection that is silent for 60 s (KEEP_ALIVE_S in its front.c), and the
 * first one must still be open when all are released.
 */
#define CROWD_CONNECT_MS 45000

/* Longest time for answers when nobody comes back any more. */
#define CROWD_ANSWER_MS 120000

/* The exit status of a process whose connections were not all opened. */
#define CROWD_NOT_CONNECTED 1

/*
 * Be the buyers of PART: connect, wait until GATE_FD says end of file, buy.
 * Returns the process's exit status: 0, or CROWD_NOT_CONNECTED with the reason
 * on standard error.
 */
int crowd_run(const struct buyers_options *options,
              const struct crowd_part *part, int gate_fd,
              struct crowd_board *board);

#endif
