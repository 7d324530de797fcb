/*
 * fixture: reads the platforms' documented events, which are files in
 * tests/unit/fixtures/, as the function does.
 *
 *     struct fixture f;
 *
 *     fixture_open(&f, "alb_multi_value.json");
 *     f.request ...
 *     answer = fixture_answer(&f, &response);
 *     fixture_close(&f);
 *
 * The tests run from the top of the repository.
 */
#ifndef BOUNCER_FIXTURE_H
#define BOUNCER_FIXTURE_H

#include <stdbool.h>

#include "platform/event.h"

struct fixture {
    struct buffer text; /* the event as it came */
    struct event event;
    struct message_request request; /* borrows from text and event */
    struct error err;
    struct buffer answer_text;
    struct json_document answer;
};

/* Append the file NAME to OUT; fails the test if it cannot be read. */
void fixture_load(const char *name, struct buffer *out);

/* Read the event in file NAME; fails the test unless it is a request. */
void fixture_open(struct fixture *f, const char *name);

/* Read the event TEXT.  False if it is no request; f->err may say why. */
bool fixture_open_text(struct fixture *f, const char *text);

void fixture_close(struct fixture *f);

/*
 * Write RESPONSE in the dialect of the event and parse the result.  Returns its
 * root, which lives until the next call or fixture_close.
 */
const struct json *fixture_answer(struct fixture *f,
                                  const struct message_response *response);

/*
 * The value of a request's header field, "" if there is none.  It lives until
 * the next call.
 */
const char *fixture_header(const struct fixture *f, const char *name);

/* Whether member KEY of OBJECT is the string TEXT. */
bool fixture_is(const struct json *object, const char *key, const char *text);

#endif
