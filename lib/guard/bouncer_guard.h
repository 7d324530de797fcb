/*
 * bouncer_guard: what the parts of the bouncer share.  For bouncer*.c alone.
 */
#ifndef BOUNCER_BOUNCER_GUARD_H
#define BOUNCER_BOUNCER_GUARD_H

#include "guard/bouncer.h"

/* Answer that asking again soon may help: a problem and Retry-After. */
void bouncer_refuse(struct message_response *res, int status, const char *type,
                    const char *title, const char *detail);

#endif
