/*
 * fixture: reads the platforms' documented events, which are files in
 * tests/unit/fixtures/, as the function does.
 *
 *     fixture_open("alb_multi_value.json");
 *     fixture.request ...
 *     fixture.res ...
 *     answer = fixture_answer();
 *     fixture_close();
 *
 * There is one: each test runs in a process of its own, and from the top of
 * the repository.
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
    struct message_response res; /* an empty one, to be filled */
    struct buffer answer_text;
    struct json_document answer;
};

extern struct fixture fixture;

/* Append the file NAME to OUT; fails the test if it cannot be read. */
void fixture_load(const char *name, struct buffer *out);

/* Read the event in file NAME; fails the test unless it is a request. */
void fixture_open(const char *name);

/* Read the event TEXT.  False if it is no request; fixture.err may say why. */
bool fixture_open_text(const char *text);

void fixture_close(void);

/*
 * Write fixture.res in the dialect of the event and parse the result, which
 * must have its status and its body.  Returns the root, which lives until the
 * next call or fixture_close.
 */
const struct json *fixture_answer(void);

/*
 * The value of a request's header field, "" if there is none.  It lives until
 * the next call.
 */
const char *fixture_header(const char *name);

/* Whether member KEY of OBJECT is the string TEXT. */
bool fixture_is(const struct json *object, const char *key, const char *text);

#endif
