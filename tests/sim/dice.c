#include "dice.h"

/*
 * SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", 2014).
 */
uint64_t dice_next(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15U;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

uint64_t dice_mix(uint64_t digest, uint64_t number)
{
    struct dice dice = {digest ^ number};

    return dice_next(&dice);
}

struct dice dice_for(uint64_t seed, uint64_t key)
{
    return (struct dice){dice_mix(dice_mix(0, seed), key)};
}

int64_t dice_between(struct dice *dice, int64_t least, int64_t most)
{
    return least + (int64_t)(dice_next(dice) % (uint64_t)(most - least + 1));
}

bool dice_chance(struct dice *dice, int per_mille)
{
    return dice_between(dice, 0, 999) < per_mille;
}
