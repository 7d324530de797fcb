/*
 * client: what buyers do: one request, or many at the same moment.
 */
#ifndef BOUNCER_E2E_CLIENT_H
#define BOUNCER_E2E_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct request {
    const char *method;  /* NULL: POST with a body, GET without */
    const char *url;     /* whole */
    const char *body;    /* JSON; NULL: none */
    const char *key;     /* Idempotency-Key; NULL: none */
    const char *field;   /* one more, "NAME: VALUE"; NULL: none */
    const char *dialect; /* of the event: apigw2, apigw1, alb, vercel */
};

struct answer {
    int status; /* 0: none came */
    struct buffer headers;
    struct buffer body;
};

/* Send REQUEST and wait for the answer; a minute at most. */
struct answer client_send(const struct request *request);

/*
 * Send COUNT requests at the same moment, each over a connection of its own,
 * and wait for all.  MAKE writes request I; what it points to must last.
 */
void client_rush(size_t count,
                 void (*make)(size_t i, struct request *request, void *state),
                 void *state, struct answer answers[]);

void client_free(struct answer answers[], size_t count);

/* How many of COUNT answers have STATUS. */
size_t client_count(const struct answer answers[], size_t count, int status);

bool client_said(const struct answer *answer, const char *words);

/* Send REQUEST and do not wait; client_wait() returns its answer's status. */
int client_start(const struct request *request);
int client_wait(int started);

#endif
