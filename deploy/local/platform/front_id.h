/*
 * front_id: the ids that a gateway gives a request.
 */
#ifndef BOUNCER_LOCAL_FRONT_ID_H
#define BOUNCER_LOCAL_FRONT_ID_H

#include <stdbool.h>

#include "platform/invocation.h"

/* A random UUID (RFC 9562, version 4); false where there is no randomness. */
__attribute__((warn_unused_result)) bool
front_id_uuid(char id[static INVOCATION_ID_MAX]);

/*
 * An X-Ray trace header, "Root=1-<time>-<random>;Parent=<random>;Sampled=0",
 * with the root of the CLIENT's header where it sent a well-formed one (NULL:
 * none).  False where there is no randomness.
 */
__attribute__((warn_unused_result)) bool
front_id_trace(char trace[static INVOCATION_TRACE_MAX], const char *client);

#endif
