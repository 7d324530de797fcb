/*
 * reply: sends an answer by evhttp as RFC 9110 wants it.
 */
#ifndef BOUNCER_LOCAL_REPLY_H
#define BOUNCER_LOCAL_REPLY_H

#include "base/buffer.h"

struct evbuffer;
struct evhttp_request;

/*
 * Answer REQUEST by STATUS and CONTENT, which is emptied.  REASON may be NULL.
 * The answer to HEAD has the length of the content that it leaves out, or the
 * Content-Length that is among the headers already; where both are missing it
 * says nothing.  204 and 304 have no content.
 */
void reply_send(struct evhttp_request *request, int status, const char *reason,
                struct evbuffer *content);

/* The same with a body of TYPE that is copied. */
void reply_body(struct evhttp_request *request, int status, const char *type,
                struct slice body);

/* Answer by the problem document (RFC 9457) of "STATUS REASON: DETAIL". */
void reply_problem(struct evhttp_request *request, const char *problem);

#endif
