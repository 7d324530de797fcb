/*
 * digest: what a person sees of the local cloud's log.
 *
 *     digest_init(&digest, clock_system());
 *     for each line of the log:   digest_line(&digest, line, &out)
 *     a few times a second:       digest_tick(&digest, &out)
 *     when no line will come:     digest_end(&digest, &out)
 *
 * after each of which OUT is printed and cleared.  These come out:
 *
 *     19:02:11 sold     product:1  order 7  fence 12  3 ms
 *     19:02:12 refused  product:1  41 busy, 12 sold_out
 *     19:02:12 error    product:1  503 unavailable
 *     19:02:12 error    product:1  503 unavailable, 7 more times
 *
 * - a line for each request that changed something (a 2xx of a method that is
 *   not safe, RFC 9110 section 9.2.1): the outcome, the lock's name (else the
 *   route), the members of "about" which that name does not say, the fence;
 * - one line for all refusals (3xx, 4xx) of a second, when it is over;
 * - a line for each failure: a status of 500 or more, a warning or an error of
 *   the function (lib/base/log.h), a REPORT with a status;
 * - whatever is neither JSON nor a line of report.h, as it is: somebody's words
 *   to a person, such as the block that says "ready".
 *
 * Of failures and words that are equal within one second the first comes out at
 * once, and their number when the second is over.
 */
#ifndef BOUNCER_LOCAL_DIGEST_H
#define BOUNCER_LOCAL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

/* How many different things of one second are told apart. */
#define DIGEST_KINDS_MAX 32

/* Things of one second that are alike. */
struct digest_kind {
    bool refusal;
    struct error subject; /* of a refusal: what was not given */
    struct error text;    /* a refusal's outcome; or the failure's line */
    long count;
};

struct digest {
    const struct clock *clock; /* borrowed */
    int64_t second;            /* since 1970; the one that KINDS is about */
    struct digest_kind kinds[DIGEST_KINDS_MAX];
    size_t count;
    long refusals_left; /* those past DIGEST_KINDS_MAX */
    long failures_left;
};

void digest_init(struct digest *digest, const struct clock *clock);

/*
 * Read LINE of the log, without its end, and append what is to be printed now
 * to OUT.  False where OUT has no room for it or memory runs out: LINE is lost
 * then, and OUT may hold a part of it.
 */
__attribute__((warn_unused_result)) bool
digest_line(struct digest *digest, struct slice line, struct buffer *out);

/* Append the sums of the second before, if it is over.  False as above. */
__attribute__((warn_unused_result)) bool digest_tick(struct digest *digest,
                                                     struct buffer *out);

/* Append what digest_tick would, whether the second is over or not. */
__attribute__((warn_unused_result)) bool digest_end(struct digest *digest,
                                                    struct buffer *out);

#endif
