/*
 * control_answer: what the control address answers: our own words, or those of
 * all the platform's processes as one.
 */
#ifndef BOUNCER_LOCAL_CONTROL_ANSWER_H
#define BOUNCER_LOCAL_CONTROL_ANSWER_H

#include "base/error.h"
#include "base/json.h"

struct event_base;
struct evhttp_request;
struct settings;

/* Which of the platform's processes have to answer a call. */
enum quorum {
    QUORUM_SELF = 0, /* this one alone, which acts for all */
    QUORUM_ALL,      /* each of them */
    QUORUM_ONE,      /* all are asked, and one of them can do it */
};

/* Answer by STATUS and ANSWER, or by 500 where that cannot be written. */
void control_answer(struct evhttp_request *request, int status,
                    const struct json_document *answer);

/* Answer by STATUS and {"message": MESSAGE}. */
void control_answer_error(struct evhttp_request *request, int status,
                          const char *message);

/*
 * Ask the other processes of SETTINGS the same, and answer when all of them
 * have: by 200 and their answers and OWN put together (gather.h); by 503 where
 * some that QUORUM wants gave none; by 400 and the text of ERR where nobody
 * could. Our own answer is OWN, or ERR where that is not empty; both are
 * copied.
 */
void control_answer_all(struct evhttp_request *request,
                        const struct settings *settings,
                        struct event_base *base, enum quorum quorum,
                        const struct json_document *own,
                        const struct error *err);

#endif
