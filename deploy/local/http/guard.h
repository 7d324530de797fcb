/*
 * guard: puts framing.h on the connections of an evhttp server, and answers
 * what it rejects.
 *
 *     guard_set_limits(&limits);            once in a process
 *     connection = bufferevent_...new(...)  in evhttp's bevcb
 *     guard_watch(connection);
 *     ...
 *     if (guard_reject(request))            first in evhttp's gencb
 *         return;
 */
#ifndef BOUNCER_LOCAL_GUARD_H
#define BOUNCER_LOCAL_GUARD_H

#include <stdbool.h>

#include "http/framing.h"

struct bufferevent;
struct evhttp_request;

/* The limits of all servers of this process. */
void guard_set_limits(const struct framing_limits *limits);

/* Pass what comes to CONNECTION, which has no socket yet, through framing.h. */
void guard_watch(struct bufferevent *connection);

/*
 * Answer REQUEST by a problem document (RFC 9457), and close its connection,
 * if it was rejected; false if it was not.
 */
__attribute__((warn_unused_result)) bool
guard_reject(struct evhttp_request *request);

/* Forget all connections, for the end of the process. */
void guard_release(void);

#endif
