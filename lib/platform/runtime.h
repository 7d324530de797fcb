/*
 * runtime: the loop of the AWS Lambda Runtime API: ask for an event, hand it to
 * a handler, post the answer, let the handler finish, ask again.
 *
 * Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom
 * runtimes".  Vercel, @vercel/fun and cargo-lambda speak it too, with
 * deviations that are accepted here: an address with a scheme, an IPv6 host or
 * a path; deadlines that are not wall-clock times; 204 for "nothing yet".
 *
 *     struct runtime runtime;
 *
 *     runtime_init(&runtime, &options, &err)
 *     runtime_run(&runtime, &handler, &err);     returns only when it must end
 *     runtime_release(&runtime);
 *
 * An instance serves one request at a time.  The client gets its answer when it
 * is posted; the platform freezes the instance when it asks for the next event.
 * What the handler does in between, in `finish`, delays no client.
 *
 * No request ends the process: an event that is unreadable or too large is
 * reported to the platform, a ping is answered without the handler, an answer
 * that is too large becomes an error, and the loop goes on.  The loop ends when
 * the API answers a post with 500, or the question for an event with anything
 * but 200 or 204, or when that question fails three times in a row.
 */
#ifndef BOUNCER_RUNTIME_H
#define BOUNCER_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "platform/event.h"
#include "platform/message.h"
#include "wire/transport.h"

/* Longer ids than any platform's; one that is longer is cut. */
#define RUNTIME_ID_MAX 128

/* The deadline of an invocation whose own is missing or implausible. */
#define RUNTIME_NO_DEADLINE INT64_MAX

struct runtime_invocation {
    char request_id[RUNTIME_ID_MAX];
    char trace_id[RUNTIME_ID_MAX]; /* X-Ray's trace header; "" if none */
    /* When the platform ends the instance, in clock_boottime_ms's terms. */
    int64_t deadline_ms;
    const char *dialect; /* of the event, for the log */
    /*
     * When the event arrived, and (for finish) when its answer was ready to be
     * posted, in clock_boottime_us's terms.
     */
    int64_t received_us;
    int64_t answered_us;
};

struct runtime_handler {
    /* Answer REQUEST: fill RESPONSE, which is empty. */
    void (*handle)(void *state, const struct runtime_invocation *invocation,
                   const struct message_request *request,
                   struct message_response *response);
    /* The answer was posted or lost; no client waits any longer. */
    void (*finish)(void *state);
    void *state;
};

struct runtime_options {
    struct transport *transport; /* required; plain http must be allowed */
    const char *api;             /* required; AWS_LAMBDA_RUNTIME_API, copied */
    const struct clock *clock;   /* required */
    struct log *log;             /* required */
};

struct runtime {
    struct transport *transport;
    const struct clock *clock;
    struct log *log;
    struct buffer url;
    size_t base_len;
    struct buffer body;
    struct event event;
    struct transport_response received;
    struct transport_response posted;
    struct runtime_invocation invocation;
    /* Both end in large tables, which a start does not touch. */
    struct message_response response;
    struct message_request request;
};

/*
 * False with the reason in ERR if `api` is not an address, or memory ran out;
 * RUNTIME is released then.
 */
__attribute__((warn_unused_result)) bool
runtime_init(struct runtime *runtime, const struct runtime_options *options,
             struct error *err);

void runtime_release(struct runtime *runtime);

/*
 * Serve until the loop ends; ERR then says why.  The process should exit with
 * a status other than zero.
 */
void runtime_run(struct runtime *runtime, const struct runtime_handler *handler,
                 struct error *err);

/*
 * Report that the instance cannot start: TYPE as "Category.Reason", MESSAGE
 * for people.  The process must exit with a status other than zero at once.
 */
void runtime_init_error(struct runtime *runtime, const char *type,
                        const char *message);

#endif
