/*
 * message: an HTTP request and its answer (RFC 9110) as a handler sees them, on
 * every platform.
 *
 * A request borrows everything from the event that it was read from.  A
 * response owns its body; its header names are string constants, and its header
 * values are short texts that are copied in.
 *
 * Failures are answered as application/problem+json (RFC 9457):
 *
 *     struct json_writer body = message_begin(res);
 *
 *     message_problem(res, 409, "busy", "Somebody else holds the lock",
 *                     "Try again in a second.", &body);
 */
#ifndef BOUNCER_MESSAGE_H
#define BOUNCER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/json.h"

/* More header fields than any gateway lets through in practice. */
#define MESSAGE_REQUEST_HEADERS_MAX 128

#define MESSAGE_RESPONSE_HEADERS_MAX 16
#define MESSAGE_HEADER_VALUE_MAX 256

/* Prefix of every problem's `type`; a URN, since nothing is served there. */
#define MESSAGE_PROBLEM_TYPE "urn:bouncer:problem:"

/*
 * Path and query of a request together.  A server should accept 8,000 bytes
 * (RFC 9110 section 4.1); no route here needs more.
 */
#define MESSAGE_TARGET_MAX_BYTES 8000

/* A header field of a request; name and value are borrowed. */
struct message_header {
    struct slice name;
    struct slice value;
};

struct message_request {
    struct slice method; /* "POST"; case as sent */
    /* Without the query, a gateway's stage and base path; percent-encoded. */
    struct slice path;
    struct slice query;    /* without the '?'; {NULL, 0} if there is none */
    struct slice body;     /* decoded; {NULL, 0} if there is none */
    bool body_is_no_text;  /* the event's body is neither text nor null */
    bool too_many_headers; /* answer 431 (RFC 6585 section 5) */
    size_t header_count;
    struct message_header headers[MESSAGE_REQUEST_HEADERS_MAX];
};

struct message_response_header {
    const char *name; /* a string constant, lower case */
    char value[MESSAGE_HEADER_VALUE_MAX];
};

struct message_response {
    int status;
    struct buffer body; /* UTF-8 text */
    size_t header_count;
    struct message_response_header headers[MESSAGE_RESPONSE_HEADERS_MAX];
};

/* Note a header field of a request; too_many_headers if the table is full. */
void message_add_header(struct message_request *request, struct slice name,
                        struct slice value);

/*
 * The first field called NAME (names ignore case, RFC 9110 section 5.1),
 * without surrounding blanks; {NULL, 0} if there is none.
 */
struct slice message_header(const struct message_request *request,
                            const char *name);

/* A walk over the values of a field: see message_next_value. */
struct message_values {
    const struct message_request *request; /* required */
    const char *name;                      /* required */
    size_t next;       /* where to look for the next field of that name */
    struct slice rest; /* of the current field */
};

/*
 * The next value of a field.  The field may be repeated, and each time hold
 * several values, separated by commas outside of quotation marks: gateways join
 * repeated fields that way (RFC 9110 section 5.3).  The value comes without
 * surrounding blanks; "" for a field without one.  False after the last value.
 *
 *     struct message_values values = {.request = request, .name = "accept"};
 *
 *     while (message_next_value(&values, &value)) ...
 */
__attribute__((warn_unused_result)) bool
message_next_value(struct message_values *values, struct slice *value);

/*
 * Whether the request has a Content-Type, and every value of it is
 * application/json or ends in "+json"; parameters are ignored.
 */
bool message_is_json(const struct message_request *request);

/* Make an empty response whose body may grow to BODY_MAX_BYTES. */
void message_response_init(struct message_response *res, size_t body_max_bytes);

/* Forget status, headers and body, and keep the memory as buffer_clear does. */
void message_response_clear(struct message_response *res);

void message_response_release(struct message_response *res);

/*
 * Add header field NAME as below, even if there is one of that name already:
 * for set-cookie, the one field that may not be joined (RFC 9110 section 5.3).
 */
__attribute__((format(printf, 3, 4))) void
message_append_header(struct message_response *res, const char *name,
                      const char *format, ...);

/*
 * Set header field NAME, a string constant in lower case, to a printf-formatted
 * value; it replaces an earlier one.  Values are cut at
 * MESSAGE_HEADER_VALUE_MAX - 1 bytes and control characters in them become
 * '?', so no value can end its line.  A field past
 * MESSAGE_RESPONSE_HEADERS_MAX is left out.
 */
__attribute__((format(printf, 3, 4))) void
message_set_header(struct message_response *res, const char *name,
                   const char *format, ...);

/* The value of header field NAME of a response; NULL if it has none. */
const char *message_response_header(const struct message_response *res,
                                    const char *name);

/* Begin the body of an answer, an object; an earlier body is forgotten. */
struct json_writer message_begin(struct message_response *res);

/*
 * Answer with STATUS and BODY, which was begun last and ends here.  One that
 * failed becomes a 500.
 */
void message_json(struct message_response *res, int status,
                  struct json_writer *body);

/*
 * Answer with STATUS and a problem document: {type, title, status, detail}
 * behind what the caller has put into BODY, which was begun last and ends here.
 * TYPE is a stable word, written behind MESSAGE_PROBLEM_TYPE; DETAIL may be
 * NULL.
 */
void message_problem(struct message_response *res, int status, const char *type,
                     const char *title, const char *detail,
                     struct json_writer *body);

/*
 * The reason phrase of STATUS (RFC 9110 section 15, RFCs 4918, 6585, 7725 and
 * 8470); "Unknown" for others.
 */
const char *message_reason(int status);

#endif
