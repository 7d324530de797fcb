/*
 * dice: random numbers that depend on a seed and on what is decided, never on
 * what was decided before.
 *
 *     struct dice dice = dice_for(seed, DICE_KEY(CHANCE_FAULT, buyer, 2, 0));
 *
 *     if (dice_chance(&dice, 50)) ...
 *
 * So one decision more or less in a history leaves all others as they are: a
 * failing history can be cut down event by event.
 */
#ifndef BOUNCER_SIM_DICE_H
#define BOUNCER_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* What is decided: a kind, and up to three numbers below 65,536. */
#define DICE_KEY(kind, a, b, c)                                                \
    ((uint64_t)(kind) << 48 | (uint64_t)(a) << 32 | (uint64_t)(b) << 16 |      \
     (uint64_t)(c))

/* The dice for what KEY names, in the world of SEED. */
struct dice dice_for(uint64_t seed, uint64_t key);

uint64_t dice_next(struct dice *dice);

/* A number from LEAST to MOST, each equally likely. */
int64_t dice_between(struct dice *dice, int64_t least, int64_t most);

/* True PER_MILLE times in a thousand. */
bool dice_chance(struct dice *dice, int per_mille);

/* Mix NUMBER into a running digest. */
uint64_t dice_mix(uint64_t digest, uint64_t number);

#endif
