/*
 * admit: checks a request before the lock is asked for: what it wants, who
 * calls, its input and its Idempotency-Key.  A request that is not admitted has
 * cost the stores nothing.
 */
#ifndef BOUNCER_ADMIT_H
#define BOUNCER_ADMIT_H

#include "guard/request.h"

/*
 * Find the route of REQUEST, check its caller's secret if the operation wants
 * one, and read its input and its Idempotency-Key.  True:
 * its `route` is set, and its `operation` unless the route is our own (see
 * guard/health.h).  False: it is answered.
 */
__attribute__((warn_unused_result)) bool admit_request(struct request *request);

#endif
