/*
 * runtime_api: the AWS Lambda Runtime API, as far as a custom runtime needs it
 * (docs.aws.amazon.com, "Using the Lambda runtime API for custom runtimes").
 *
 *     GET  /2018-06-01/runtime/invocation/next
 *     POST /2018-06-01/runtime/invocation/<request id>/response
 *     POST /2018-06-01/runtime/invocation/<request id>/error
 *     POST /2018-06-01/runtime/init/error
 *
 * Which instance calls is told by the loopback address it called (instance.h).
 */
#ifndef BOUNCER_LOCAL_RUNTIME_API_H
#define BOUNCER_LOCAL_RUNTIME_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct event_base;
struct evhttp_request;
struct invocation;
struct pool;

/* What the platform takes for an answer: 6 MB and a little. */
#define RUNTIME_API_ANSWER_MAX 6291556
#define RUNTIME_API_TOO_LARGE                                                  \
    "Exceeded maximum allowed payload size (6291556 bytes)."

struct runtime_api;

/* Serve POOL at the listening socket FD.  NULL with the reason in ERR. */
__attribute__((warn_unused_result)) struct runtime_api *
runtime_api_new(struct event_base *base, struct pool *pool, int fd,
                struct error *err);

/* Close all connections; nothing on NULL.  The pool is gone already. */
void runtime_api_free(struct runtime_api *api);

/* For the pool (pool.h). */
void runtime_api_deliver(struct evhttp_request *parked,
                         const struct invocation *invocation,
                         int64_t deadline_ms);
void runtime_api_hang_up(struct evhttp_request *parked);

#endif
