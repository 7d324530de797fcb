/*
 * ask: send a request to a server on this machine, and read the answer.
 *
 *     int status = ask(&(struct ask_request){.url = url}, answer,
 * sizeof(answer));
 */
#ifndef BOUNCER_ASK_H
#define BOUNCER_ASK_H

#include <stdbool.h>
#include <stddef.h>

#define ASK_TIMEOUT_S 60

struct ask_request {
    const char *method; /* NULL: POST with a body, GET without */
    const char *url;    /* whole; see loopback.h for what it may be */
    const char *body;   /* JSON; NULL: none */
    const char *fields; /* more of the head, lines that end in CRLF; or NULL */
};

/*
 * Send REQUEST on FD, which is connected.  False where the server does not take
 * all of it; it may still have an answer.
 */
bool ask_send(int fd, const struct ask_request *request);

/* Connect to the server of REQUEST and send it; the socket, or -1. */
int ask_start(const struct ask_request *request);

/*
 * Send REQUEST on a connection of its own and read the answer, head and body,
 * NUL-terminated.  Its status; 0 where none came whole within ASK_TIMEOUT_S, or
 * it is longer than SIZE - 1.
 */
int ask(const struct ask_request *request, char *answer, size_t size);

/* What is behind the head of ANSWER. */
const char *ask_body(const char *answer);

#endif
