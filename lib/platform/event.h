/*
 * event: reads an HTTP request from a platform's JSON, and writes the answer
 * in the same dialect.
 *
 * Sources: AWS Lambda Developer Guide, "Using AWS Lambda with Amazon API
 * Gateway" (payload formats 1.0 and 2.0), "Lambda function URLs" (format 2.0)
 * and "Using AWS Lambda with an Application Load Balancer"; Vercel's builders
 * for its invocation event.  Each event is recognized by its shape, the first
 * that fits:
 *
 *   API Gateway v2, Function URL   requestContext.http, version "2.0" or none
 *   ALB                            requestContext.elb
 *   Vercel                         Action "Invoke", the request in `body`
 *   API Gateway v1                 httpMethod
 *
 *     struct event event;
 *
 *     event_init(&event);
 *     switch (event_read(&event, &text, &request, &err)) ...
 *     case EVENT_REQUEST:
 *         handle request, which borrows from event and text
 *         if (!event_write(&event, &response, &answer)) ...
 *     event_clear(&event);
 *     event_release(&event);
 *
 * The same struct reads one event after the other and keeps its memory.
 *
 * Nothing that a client sends makes an event unreadable: the platform would
 * count that as a failure of the function.  The request notes what is wrong
 * with it, and is answered as HTTP.
 */
#ifndef BOUNCER_EVENT_H
#define BOUNCER_EVENT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "platform/message.h"

/* The largest event of any platform: 6 MB (AWS Lambda quotas), and a margin. */
#define EVENT_MAX_BYTES (6UL * 1024 * 1024 + 64UL * 1024)

enum event_kind {
    EVENT_UNREADABLE = 0,
    EVENT_REQUEST, /* an HTTP request */
    /*
     * Only keeps an instance warm: {}, a schedule, a warmer, a ping.  There is
     * nothing to do; the answer has a dialect of its own.
     */
    EVENT_PING,
};

struct event_dialect;

struct event {
    const struct event_dialect *dialect; /* NULL until an event was read */
    struct json_document document;
    struct json_document inner; /* Vercel: the request inside the event */
    struct buffer body;         /* decoded, if it came as base64 */
    struct buffer query;        /* joined, if it came as parameters */
    struct buffer cookie;       /* joined, if it came as an array */
    struct buffer inner_text;   /* Vercel: what `inner` was read from */
    bool multi_value;           /* ALB: the answer takes multiValueHeaders */
};

void event_init(struct event *event);
void event_release(struct event *event);

/* Forget what was read, and keep the memory as buffer_clear does. */
void event_clear(struct event *event);

/*
 * Read the event in TEXT (which it may alter in place) into REQUEST.
 * EVENT_UNREADABLE, with the reason in ERR, if TEXT is not JSON, or is neither
 * a ping nor an HTTP request in a known dialect.
 */
__attribute__((warn_unused_result)) enum event_kind
event_read(struct event *event, struct buffer *text,
           struct message_request *request, struct error *err);

/*
 * Append the answer in the dialect of the event that was read last.  False if
 * none was recognized, memory ran out or ANSWER is full.
 */
__attribute__((warn_unused_result)) bool
event_write(const struct event *event, const struct message_response *response,
            struct buffer *answer);

/* The dialect's name for a log line: "api-gateway-v2"; "none" before a read. */
const char *event_dialect_name(const struct event *event);

#endif
