/*
 * invocation: one event on its way through the platform.
 *
 * Who has an event fills in the upper part and submits it to the pool
 * (pool.h), which owns it from then on until it calls `done`, exactly once.
 */
#ifndef BOUNCER_LOCAL_INVOCATION_H
#define BOUNCER_LOCAL_INVOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* A UUID (RFC 9562) and its end. */
#define INVOCATION_ID_MAX 37

/* Root, parent and sampling decision of a trace id, and its end. */
#define INVOCATION_TRACE_MAX 128

enum invocation_outcome {
    INVOCATION_UNKNOWN = 0,
    INVOCATION_ANSWERED,  /* the function posted an answer */
    INVOCATION_FAILED,    /* the function posted an error */
    INVOCATION_TOO_LARGE, /* the function's answer is over the limit */
    INVOCATION_CRASHED,   /* its process ended, or could not be started */
    INVOCATION_TIMED_OUT, /* its process was killed at the time limit */
    INVOCATION_THROTTLED, /* no instance was free for too long */
};

struct invocation {
    char request_id[INVOCATION_ID_MAX];
    char trace_id[INVOCATION_TRACE_MAX];
    struct buffer event; /* JSON */
    /*
     * Take the outcome, with the posted BODY where there is one, and free
     * the invocation.
     */
    void (*done)(struct invocation *invocation, enum invocation_outcome outcome,
                 struct slice body);
    void *state; /* for `done` */

    /* The pool's. */
    int64_t queued_us;
    struct invocation *next;
};

/*
 * Give INVOCATION an empty event of at most MAX_EVENT_BYTES, a random UUID
 * (version 4) and an X-Ray trace id,
 * "Root=1-<time>-<random>;Parent=<random>;Sampled=0", with the root of TRACE,
 * the client's own header, where that is well-formed; NULL: none.  False where
 * the kernel gives no random bytes.
 */
__attribute__((warn_unused_result)) bool
invocation_init(struct invocation *invocation, size_t max_event_bytes,
                const char *trace);

#endif
