/*
 * exchange: one HTTP request and its answer, on libevent's evhttp.
 *
 * The server hands an exchange to a door's handler, which answers it exactly
 * once, at once or later, by one of the exchange_reply functions or by a
 * stream; the exchange is gone for the handler with that.
 *
 * The faults of the door (shared.h) are played here: an exchange may be
 * delayed, failed unserved, answered by garbage, or executed and never
 * answered.  Handlers need not know.  An OPTIONS request meets no fault but
 * "down": clients use it to open a connection.
 *
 * A client that goes away while its request is being served is not noticed
 * before the answer is written: what it asked for is carried out.
 */
#ifndef BOUNCER_LOCAL_EXCHANGE_H
#define BOUNCER_LOCAL_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/json.h"
#include "data/shared.h"

struct event_base;
struct evhttp_request;
struct exchange;

/* What all exchanges of a door have in common. */
struct exchange_context {
    struct event_base *base;
    struct door_faults *faults;
    size_t max_body_bytes; /* a larger body is marked too large */
    void (*handle)(struct exchange *exchange, void *state);
    void *state;           /* handed to HANDLE */
    struct exchange *live; /* all that are not answered yet */
};

enum exchange_method {
    METHOD_OTHER = 0,
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_OPTIONS,
};

/*
 * Take a request that evhttp has read: play its faults, then have it handled.
 * CONTEXT must outlive the exchange.
 */
void exchange_begin(struct exchange_context *context,
                    struct evhttp_request *request);

/*
 * Free all exchanges that are not answered, telling those that wait for the
 * end of their stream.  For the end of the server, once evhttp is freed.
 */
void exchange_drop_all(struct exchange_context *context);

/* ---- the request; borrowed, until it is answered ---- */

enum exchange_method exchange_method(const struct exchange *exchange);

/* The path, still percent-encoded, and what follows the '?'. */
struct slice exchange_path(const struct exchange *exchange);
struct slice exchange_query(const struct exchange *exchange);

/* A header's value, {NULL, 0} if it is not there. */
struct slice exchange_header(const struct exchange *exchange, const char *name);

/* The token of "Authorization: Bearer <token>", {NULL, 0} without one. */
struct slice exchange_bearer(const struct exchange *exchange);

/* The whole body; empty where there is none or it is too large. */
struct slice exchange_body(const struct exchange *exchange);

/* Whether the body is larger than the limit of the server's options. */
bool exchange_too_large(const struct exchange *exchange);

/* ---- the answer ---- */

/* Add a header to the answer that will be given. */
void exchange_set_header(struct exchange *exchange, const char *name,
                         const char *value);

/*
 * Answer by STATUS and BODY, which is copied; no TYPE, no Content-Type.  The
 * exchange is gone for the caller.
 */
void exchange_reply(struct exchange *exchange, int status, const char *type,
                    struct slice body);

/*
 * Answer by DOC, which is released.  A document that failed or is longer than
 * 64 MB becomes a 500.
 */
void exchange_reply_json(struct exchange *exchange, int status,
                         struct json_document *doc);

/* Answer by {"error":TEXT}. */
void exchange_reply_error(struct exchange *exchange, int status,
                          const char *text);

/* Whether the token that a client gave is the one expected, at even speed. */
bool exchange_token_is(struct slice given, const char *expected);

/* ---- an answer without an end ---- */

/*
 * Answer by status 200 and TYPE, and keep the exchange open.  CLOSED is called
 * with STATE once, when the client is gone or the server is freed; the
 * exchange is gone then.
 */
void exchange_stream(struct exchange *exchange, const char *type,
                     void (*closed)(void *state), void *state);

/* Send one piece.  False where the client reads too slowly: end it then. */
__attribute__((warn_unused_result)) bool
exchange_stream_send(struct exchange *exchange, struct slice piece);

/* End the answer; CLOSED is not called any more, the exchange is gone. */
void exchange_stream_end(struct exchange *exchange);

#endif
