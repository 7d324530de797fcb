/*
 * transport: one HTTP request and its answer, by an implementation that can be
 * replaced.
 *
 * `struct transport`, one function, is the seam between our clients (kv,
 * database, runtime) and the network.  http.h has the real one, on libcurl;
 * tests put a scripted one in its place.
 *
 *     struct transport_response res;
 *
 *     transport_response_init(&res, 64 * 1024);
 *     switch (transport_exchange(transport, &request, &res, &err)) ...
 *     transport_response_release(&res);
 *
 * No answer is not "no".  A request whose answer was lost may have been
 * carried out, and a transport may send a request a second time by itself if a
 * kept connection turns out to be dead (libcurl does).  The result says what is
 * known:
 *
 *   TRANSPORT_ANSWERED  a whole answer within the limits is in the response.
 *                       Only its content can show that it answers this request:
 *                       http.h checks for unasked bytes before it sends, and
 *                       takes those that come after the check for the answer
 *   TRANSPORT_NOT_SENT  not a byte of the request left this machine: no
 *                       address, connection refused, TLS failed, no time left
 *   TRANSPORT_UNKNOWN   anything else: it may have been carried out, also twice
 */
#ifndef BOUNCER_TRANSPORT_H
#define BOUNCER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum transport_result {
    TRANSPORT_UNKNOWN = 0,
    TRANSPORT_ANSWERED,
    TRANSPORT_NOT_SENT,
};

struct transport_request {
    const char *method; /* "GET", "POST" */
    const char *url;    /* absolute */
    /* Header lines, "Name: value", borrowed; they may hold secrets. */
    const char *const *headers;
    size_t header_count;
    struct slice body;          /* {NULL, 0}: none */
    int64_t connect_timeout_ms; /* until connected; 0: timeout_ms */
    int64_t timeout_ms;         /* for everything; 0: no limit once connected */
};

struct transport_response {
    int status;
    /*
     * How often the request was put on a wire: 2 or more where a dead
     * connection made the transport send it again.
     */
    int sends;
    /*
     * The body went past its ceiling.  The answer is not whole, but its status
     * and headers are valid.
     */
    bool too_large;
    /*
     * Field lines "Name: value\n" as received, without those that did not fit.
     */
    struct buffer headers;
    struct buffer body; /* its ceiling limits the answer's size */
};

/* EXCHANGE has transport_exchange's contract and gets STATE, not owned. */
struct transport {
    enum transport_result (*exchange)(void *state,
                                      const struct transport_request *request,
                                      struct transport_response *response,
                                      struct error *err);
    void *state;
};

/* Make an empty response that takes a body of at most BODY_MAX_BYTES. */
void transport_response_init(struct transport_response *response,
                             size_t body_max_bytes);

/* Forget the answer and keep the memory, as transport_exchange does first. */
void transport_response_clear(struct transport_response *response);

void transport_response_release(struct transport_response *response);

/*
 * Value of the first header field called NAME, without surrounding blanks;
 * {NULL, 0} if there is none.  Borrowed from RESPONSE.
 */
struct slice
transport_response_header(const struct transport_response *response,
                          const char *name);

/*
 * For a transport: add LINE of an answer's head as received.  A status line
 * drops the lines before it, which belong to an interim answer (1xx).  A line
 * that does not fit is left out; the answer is still good without it.
 */
void transport_response_add_header(struct transport_response *response,
                                   struct slice line);

/*
 * Send REQUEST and wait for the whole answer.  RESPONSE is cleared first;
 * `sends` and `too_large` are valid with every result, the rest with
 * TRANSPORT_ANSWERED or as too_large says.  Without an answer ERR names the
 * reason, and the host where it matters.  Header values and bodies never appear
 * in ERR.
 */
__attribute__((warn_unused_result)) enum transport_result
transport_exchange(struct transport *transport,
                   const struct transport_request *request,
                   struct transport_response *response, struct error *err);

#endif
