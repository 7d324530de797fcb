/*
 * bouncer_guard: what the parts of the bouncer share.  For bouncer*.c alone.
 */
#ifndef BOUNCER_BOUNCER_GUARD_H
#define BOUNCER_BOUNCER_GUARD_H

#include "guard/bouncer.h"

/*
 * When the answer must be ready, in time to be posted before the platform's
 * deadline, in clock_boottime_ms's terms; INT64_MAX: there is no deadline.
 */
int64_t bouncer_deadline_ms(const struct bouncer *bouncer);

/* Milliseconds until then; 0 or less: none are left. */
int64_t bouncer_left_ms(const struct bouncer *bouncer);

/* Answer that the time left is too short for the database. */
void bouncer_answer_no_time(struct bouncer *bouncer,
                            struct message_response *res);

/*
 * Answer with a problem that trying again soon may solve.  Retry-After, 1 to 3
 * seconds, and the member retry_after_ms, 200 to 1,200, are random, so that
 * clients refused together do not come back together.
 */
void bouncer_refuse(struct message_response *res, int status, const char *type,
                    const char *title, const char *detail);

/*
 * Find the route, and read the body's fields and the Idempotency-Key into the
 * current request.  False if the request is refused; RES is answered then.
 */
__attribute__((warn_unused_result)) bool
bouncer_read_request(struct bouncer *bouncer, struct message_response *res);

#endif
