/*
 * operations: the handlers of the routes, each with the fields of its body.
 * lib/guard/bouncer.h has a handler's contract and the answers that it gives
 * for every handler; only the others are listed here.
 */
#ifndef BOUNCER_OPERATIONS_H
#define BOUNCER_OPERATIONS_H

#include "guard/bouncer.h"

/* Sell tickets: 201, 200 for a replay, 404 no such product, 410 sold out. */
extern const struct field purchase_fields[3];
void purchase(struct bouncer *bouncer, struct message_response *res);

/* Reserve a username: 201, 200 for a replay, 409 taken. */
extern const struct field username_fields[2];
void username(struct bouncer *bouncer, struct message_response *res);

/* Check whether a sale could succeed: 200, or 503 and what is wrong. */
void health(struct bouncer *bouncer, struct message_response *res);

/* Say that the function runs, without asking the stores: 200. */
void live(struct bouncer *bouncer, struct message_response *res);

#endif
