/*
 * gather: one question to several control addresses, and their answers as one.
 *
 *     gather = gather_start(base, done, state);
 *     gather_add(gather, &own);                       the answer that is here
 *     gather_ask(gather, port, method, path, body);    and those of others
 *     gather_ready(gather);             DONE is called when all have answered
 *
 * Numbers under the same name are added up, lists are put one behind the
 * other.  Who does not answer in time, or not by 200, is left out, and DONE is
 * told how many are: a sum is one only where nobody is.
 */
#ifndef BOUNCER_LOCAL_GATHER_H
#define BOUNCER_LOCAL_GATHER_H

#include <event2/http.h>
#include <stdbool.h>

#include "base/json.h"

struct event_base;

struct gather;

/* How many were asked, and what became of it. */
struct gather_counts {
    int asked;
    int answered; /* by 200 and JSON: what they said is in the answer */
    int silent;   /* no answer came; maybe they did what they were asked */
};

/*
 * Called once, with what was gathered, which is released afterwards; NULL
 * where nobody had an answer.
 */
typedef void (*gather_done)(const struct json_document *answer,
                            const struct gather_counts *counts, void *state);

/* NULL where memory ran out. */
__attribute__((warn_unused_result)) struct gather *
gather_start(struct event_base *base, gather_done done, void *state);

/* Count an answer in. */
void gather_add(struct gather *gather, const struct json_document *doc);

/* Ask the loopback PORT; the texts are copied. */
void gather_ask(struct gather *gather, int port, enum evhttp_cmd_type method,
                const char *path, struct slice body);

/* All is asked: DONE may be called, maybe at once; GATHER is gone with it. */
void gather_ready(struct gather *gather);

#endif
