/*
 * bouncer_guard: what the parts of the bouncer share.  For bouncer*.c alone.
 */
#ifndef BOUNCER_BOUNCER_GUARD_H
#define BOUNCER_BOUNCER_GUARD_H

#include "guard/bouncer.h"

/*
 * When the answer has to be ready, so that it can be posted before the
 * platform's deadline, in clock_boottime_ms's terms; INT64_MAX: whenever.
 */
int64_t bouncer_deadline_ms(const struct bouncer *bouncer);

/* Milliseconds until then; 0 or less: none. */
int64_t bouncer_left_ms(const struct bouncer *bouncer);

/* Answer that the time left is too short for the database. */
void bouncer_answer_no_time(struct bouncer *bouncer,
                            struct message_response *res);

/*
 * Answer that asking again soon may help: a problem, a Retry-After of 1 to 3
 * seconds and a member retry_after_ms of 200 to 1,200, both at random, so that
 * clients that were refused together do not come back together.
 */
void bouncer_refuse(struct message_response *res, int status, const char *type,
                    const char *title, const char *detail);

/*
 * Find the route, read the body's fields and the Idempotency-Key into the
 * request under way.  False where RES is answered: the request is not served.
 */
__attribute__((warn_unused_result)) bool
bouncer_read_request(struct bouncer *bouncer, struct message_response *res);

#endif
