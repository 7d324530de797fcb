/*
 * problem: answers as the bouncer's failures are, for tests of what becomes of
 * an answer.
 */
#ifndef BOUNCER_TESTS_PROBLEM_H
#define BOUNCER_TESTS_PROBLEM_H

#include "platform/message.h"

/* Answer with a problem document that has no other members. */
static inline void problem(struct message_response *res, int status,
                           const char *type, const char *title,
                           const char *detail)
{
    struct json_writer body = message_begin(res);

    message_problem(res, status, type, title, detail, &body);
}

#endif
