/*
 * buyers: who wants what, who asks again with which key, and who gives up.
 */
#ifndef BOUNCER_SIM_BUYERS_H
#define BOUNCER_SIM_BUYERS_H

#include <stdint.h>

struct attempt;
struct buyer;
struct world;

/* Let them come. */
void buyers_come(struct world *world);

/* BUYER, whose wish is known, asks at AT_US. */
void buyers_ask(struct buyer *buyer, int64_t at_us);

/* The answer of ATTEMPT, or that there is none, is on its way to its buyer. */
void buyers_answer(struct attempt *attempt);

#endif
