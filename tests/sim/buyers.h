/*
 * buyers: who wants what, who asks again with which key, and who gives up.
 */
#ifndef BOUNCER_SIM_BUYERS_H
#define BOUNCER_SIM_BUYERS_H

struct attempt;
struct machine;
struct world;

/* Let them come. */
void buyers_come(struct world *world);

/* The answer of ATTEMPT, or that there is none, is on its way to its buyer. */
void buyers_answer(struct attempt *attempt);

#endif
