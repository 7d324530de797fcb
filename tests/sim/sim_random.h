/*
 * sim_random: base/random.h from a seed.  sim_random.c takes the place of
 * lib/base/random.c when the simulation is linked.
 */
#ifndef BOUNCER_SIM_RANDOM_H
#define BOUNCER_SIM_RANDOM_H

#include "dice.h"

/* From now on DICE gives the random bytes. */
void sim_random_from(struct dice *dice);

#endif
