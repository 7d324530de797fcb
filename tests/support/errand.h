/*
 * errand: what a buyer who wants to hold a ticket does, step by step, with the
 * shop that tells of its payment.
 *
 * A habit is a word, with a letter for each step:
 *   h  hold a ticket
 *   p  pay
 *   l  pay late, after the hold has lapsed
 *   q  pay for the same order by another payment
 *   c  cancel
 * A capital letter: the answer is lost, and the next step follows at once.  So
 * "Hhpp" holds, hears nothing, asks again with the same key, and pays; the shop
 * tells of that payment twice, as payment providers do.
 */
#ifndef BOUNCER_ERRAND_H
#define BOUNCER_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "buyer.h"

#define ERRAND_STEPS_MAX 6

/* How far a buyer is. */
struct errand {
    int step;                    /* an index into its habit */
    long order;                  /* 0: it has not heard of any */
    int heard[ERRAND_STEPS_MAX]; /* by step, the last status; 0: none came */
};

/* The habit of buyer NUMBER: of twenty in a row six never pay. */
const char *errand_habit(int number);

/*
 * Send the request of the step that buyer NUMBER is at on FD, which is
 * connected.  The payments of order 7 are "p-7" and "q-7".
 */
bool errand_ask(int fd, const struct buyer_wish *wish, int number,
                const struct errand *errand);

/* Whether the answer to this step is lost. */
bool errand_loses(const struct errand *errand, int number);

/*
 * The last word on this step is ANSWER, with STATUS; "" and 0 where it is lost.
 * After how many milliseconds the next step follows; -1: none does.  SEED is
 * that of erand48(3).
 */
int64_t errand_go_on(struct errand *errand, int number, const char *answer,
                     int status, unsigned short seed[3]);

#endif
