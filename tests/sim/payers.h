/*
 * payers: what becomes of an order: it is paid for in time, late, never or
 * twice, or cancelled.  Each message about it is a buyer of its own (WISH_PAY,
 * WISH_CANCEL), that comes once its order is known.
 */
#ifndef BOUNCER_SIM_PAYERS_H
#define BOUNCER_SIM_PAYERS_H

struct buyer;
struct world;

/* Those who may follow on those who want a ticket. */
void payers_wait(struct world *world);

/* BUYER has been told of its order. */
void payers_follow(struct buyer *buyer);

#endif
