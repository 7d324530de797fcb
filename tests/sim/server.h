/*
 * server: what the store and the database do with a question that arrives, and
 * what becomes of the answer on its way back.
 */
#ifndef BOUNCER_SIM_SERVER_H
#define BOUNCER_SIM_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "fate.h"

struct exchange;

const char *server_name(enum server server);

/* Whether this COPY of the question is answered before any work. */
bool server_rejects(const struct exchange *x, uint64_t copy);

/* For the timeline: COPY 0 or 1 of the question of SUBJECT, an exchange,
 * arrives. */
void server_arrive(void *subject, uint64_t copy);

/* For the timeline: nobody waits for SUBJECT's answer any longer. */
void server_end_wait(void *subject, uint64_t detail);

#endif
