/*
 * front: where HTTP requests come from.
 *
 * It answers malformed HTTP by a problem document (guard.h), and serves
 * Lambda's Invoke API (invoke.h) and the page of a deployment (page.h).  Every
 * other path goes to the function, as the event that the vendor's gateway would
 * make of it: that of API Gateway 2.0 and function URLs, or the one that a
 * request asks for by the header `Local-Event` (front_event.h).  What the
 * gateways answer in place of a function that gave no answer:
 *
 *     502  the function crashed, posted an error, or its answer makes no sense
 *     504  it was ended at its time limit
 *     429  no instance was free
 *     413  the event is over the platform's limit
 *     400  the request cannot be written as an event
 *
 * A client that hangs up changes nothing for the function.
 */
#ifndef BOUNCER_LOCAL_FRONT_H
#define BOUNCER_LOCAL_FRONT_H

#include "base/error.h"

struct event_base;
struct pool;
struct settings;

struct front;

/*
 * Send to POOL what comes to the front's socket in SETTINGS, which are
 * borrowed.  NULL with the reason in ERR.
 */
__attribute__((warn_unused_result)) struct front *
front_new(struct event_base *base, struct pool *pool,
          const struct settings *settings, struct error *err);

/* Close all connections; nothing on NULL.  The pool is gone already. */
void front_free(struct front *front);

#endif
