#include "sim_random.h"

#include <stddef.h>

#include "base/random.h"

static struct dice *source;

void sim_random_from(struct dice *dice)
{
    source = dice;
}

bool random_hex(char *hex, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < 2 * bytes; i++)
        hex[i] = digits[dice_next(source) & 0xf];
    hex[2 * bytes] = '\0';
    return true;
}

int random_between(int least, int most)
{
    return (int)dice_between(source, least, most);
}
