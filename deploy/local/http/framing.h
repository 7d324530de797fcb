/*
 * framing: finds where HTTP/1 requests begin and end on a connection (RFC
 * 9112), in front of evhttp.
 *
 * evhttp 2.1 reads more than it should (two lengths, no Host, other codings),
 * fails on what it should ignore (chunk extensions), and rejects by a page of
 * HTML, often with the wrong status.  What comes out here is what evhttp
 * reads well: whole heads, plain chunks.  In place of a request that is
 * rejected comes one that evhttp understands, so that its answer has its turn
 * behind those before it, and nothing comes after it.
 */
#ifndef BOUNCER_LOCAL_FRAMING_H
#define BOUNCER_LOCAL_FRAMING_H

#include "http/head.h"

struct evbuffer;

struct framing_limits {
    size_t max_head_bytes;
    size_t max_body_bytes;
};

enum framing_phase {
    FRAMING_HEAD = 0,
    FRAMING_BODY,       /* of a length that is known */
    FRAMING_CHUNK_SIZE, /* the line before a chunk */
    FRAMING_CHUNK,
    FRAMING_CHUNK_END, /* the end of line behind it */
    FRAMING_TRAILER,
    FRAMING_REJECTED, /* nothing is read any more */
};

struct framing {
    struct framing_limits limits;
    enum framing_phase phase;
    struct head head;
    struct evbuffer *in;   /* came, and was not looked at */
    struct evbuffer *kept; /* lines of the head, until it is whole */
    size_t line_bytes;     /* of the head, or of a chunked body's lines */
    int64_t body_bytes;    /* of a chunked body, so far */
    int64_t left;          /* of the body or chunk */
    size_t passed;         /* requests, the rejected one included */
    const char *rejection; /* of the last one (head.h); NULL: none */
};

/* The beginning of a connection; NULL where memory is short. */
struct framing *framing_new(const struct framing_limits *limits);

/* Nothing on NULL. */
void framing_free(struct framing *framing);

/* Take what is in FRAMING->in, and append what evhttp shall read to OUT. */
void framing_pass(struct framing *framing, struct evbuffer *out);

#endif
