#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

static bool fill(unsigned char *bytes, size_t count)
{
    size_t have = 0;

    while (have < count) {
        ssize_t got = getrandom(bytes + have, count - have, 0);

        if (got < 0 && errno != EINTR)
            return false;
        if (got > 0)
            have += (size_t)got;
    }
    return true;
}

bool random_hex(char *hex, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[RANDOM_BYTES_MAX];

    hex[0] = '\0';
    if (bytes > sizeof(raw) || !fill(raw, bytes))
        return false;
    for (size_t i = 0; i < bytes; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 0xf];
    }
    hex[2 * bytes] = '\0';
    return true;
}

int random_between(int least, int most)
{
    const unsigned range = (unsigned)(most - least) + 1;
    unsigned char raw[4];
    unsigned number = 0;

    if (!fill(raw, sizeof(raw)))
        return least + (most - least) / 2;
    for (size_t i = 0; i < sizeof(raw); i++)
        number = number << 8 | raw[i];
    return least + (int)(number % range);
}
