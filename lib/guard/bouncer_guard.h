/*
 * bouncer_guard: what the parts of the bouncer share.  For bouncer*.c alone.
 */
#ifndef BOUNCER_BOUNCER_GUARD_H
#define BOUNCER_BOUNCER_GUARD_H

#include "guard/bouncer.h"

/* Answer that asking again soon may help: a problem and Retry-After. */
void bouncer_refuse(struct message_response *res, int status, const char *type,
                    const char *title, const char *detail);

/*
 * Find the route, read the body's fields and the Idempotency-Key into the
 * request under way.  False where RES is answered: the request is not served.
 */
__attribute__((warn_unused_result)) bool
bouncer_read_request(struct bouncer *bouncer, struct message_response *res);

#endif
