/*
 * request: one request on its way, down to the stores and back.
 *
 * It belongs to the front, which fills it in anew for each request and hands
 * the same one to bouncer_handle and bouncer_finish:
 *
 *     struct request request;
 *
 *     request_init(&request, &instance);
 *     for each request:
 *         request_begin(&request, invocation, message, response);
 *         bouncer_handle(&request);
 *         post the response
 *         bouncer_finish(&request);
 *     request_release(&request);
 *
 * All that is known of the request is in here.  A crash loses it; what the
 * stores keep then is in guard/lock.h.
 */
#ifndef BOUNCER_REQUEST_H
#define BOUNCER_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "guard/fields.h"
#include "guard/instance.h"
#include "guard/lock.h"
#include "guard/operation.h"
#include "platform/message.h"
#include "platform/runtime.h"
#include "platform/trace.h"

/* Characters of an Idempotency-Key. */
#define REQUEST_KEY_MAX 128

struct request {
    struct instance *instance;

    /* From the front; they live until the request is finished. */
    const struct runtime_invocation *invocation;
    const struct message_request *message;
    struct message_response *response;

    /* In clock_boottime_ms's terms; INT64_MAX: no deadline. */
    int64_t answer_by_ms; /* in time to be posted before the deadline */
    int64_t finish_by_ms; /* the same, for the work after the answer */
    bool time_is_short;   /* less is left than both stores may take */
    struct trace trace;

    /* What it asks for. */
    const char *route; /* the path as operations.json has it; NULL: unknown */
    const struct operation *operation; /* NULL: none, or a route of our own */
    struct fields fields;
    /* The client's, or one of ours; "" where the operation has none. */
    char idempotency_key[REQUEST_KEY_MAX + 1];
    bool key_is_the_clients;

    /* The lock. */
    struct buffer lock_name; /* empty: none was asked for */
    struct lock lock;
    /*
     * The lock under which the database may be called, this one or, for a
     * replay, the key's own; NULL: none is held.
     */
    const struct lock *held;
    struct lock key_lock;
    /* Why what is held is kept: the work may still be running; NULL: it is not.
     */
    const char *lock_kept;
    int64_t raise_fence_to; /* the store lost its counter; 0: it did not */

    /* How it went. */
    const char *outcome; /* a word for the log */
    struct database_answer answer;
    const struct json *row; /* the answer's, if it is believed; else NULL */
    int64_t lock_us;        /* -1: no lock was asked for */
    int64_t database_us;    /* -1: the database was not called */
};

void request_init(struct request *request, struct instance *instance);
void request_release(struct request *request);

/* Forget the request before, and start the next. */
void request_begin(struct request *request,
                   const struct runtime_invocation *invocation,
                   const struct message_request *message,
                   struct message_response *response);

/* Free the client's input and the database's answer. */
void request_clear(struct request *request);

/* Milliseconds until the answer must be ready; 0 or less: none are left. */
int64_t request_left_ms(const struct request *request);

/* Write an event about REQUEST to the log: see log_event. */
void request_tell(const struct request *request, const char *level,
                  const char *event, const char *detail);

#endif
