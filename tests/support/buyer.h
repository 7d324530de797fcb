/*
 * buyer: what one buyer says, and what an answer tells it to do.
 *
 * A buyer obeys: where an answer says that asking again helps, it comes back
 * when it was told to, with the same Idempotency-Key.
 */
#ifndef BOUNCER_BUYER_H
#define BOUNCER_BUYER_H

#include <stdbool.h>
#include <stdint.h>

/* Whom all buyers ask, and for what. */
struct buyer_wish {
    const char *url; /* on this machine, without TLS */
    /* NULL: URL is the function's.  Else it is a SQL door's /sql, and buyers
     * call the SQL function `purchase` themselves, without a fence. */
    const char *connection_string;
    long product;
    /* NULL: buyers buy at once.  Else they run errands: URL is the function's
     * own address, and this is what the shop shows it. */
    const char *secret;
};

/* Send the request of buyer NUMBER on FD, which is connected. */
bool buyer_ask(int fd, const struct buyer_wish *wish, int number);

/*
 * The status of ANSWER, head and body; 0 where it has none.  An answer of the
 * SQL door counts as the function's would: 201 for a sale, 410 for "sold out".
 */
int buyer_status(const struct buyer_wish *wish, const char *answer);

/* The number behind NAME in ANSWER, in any case; -1: there is none. */
int64_t buyer_number(const char *answer, const char *name);

/*
 * How long after its Date the time behind NAME in ANSWER is, in milliseconds,
 * rounded up to the next second; -1: there is none.
 */
int64_t buyer_until_ms(const char *answer, const char *name);

/*
 * After how many milliseconds to come back: retry_after_ms of the body, else
 * one of these and a random part of a second: until next_lapse_at, Retry-After,
 * or, after 429, 502, 503, 504 and "held out", one second.  -1: this answer is
 * the last word.  SEED is that of erand48(3).
 */
int64_t buyer_wait_ms(const char *answer, int status, unsigned short seed[3]);

#endif
