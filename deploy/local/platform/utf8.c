#include "platform/utf8.h"

#include <stdint.h>

/* The sequences of RFC 3629 section 4, by their first byte. */
static const struct sequence {
    unsigned char first, last; /* range of the first byte */
    unsigned char low, high;   /* range of the second */
    unsigned char more;        /* bytes behind the first */
} sequences[] = {
    {0x01, 0x7f, 0x00, 0x00, 0}, {0xc2, 0xdf, 0x80, 0xbf, 1},
    {0xe0, 0xe0, 0xa0, 0xbf, 2}, {0xe1, 0xec, 0x80, 0xbf, 2},
    {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2},
    {0xf0, 0xf0, 0x90, 0xbf, 3}, {0xf1, 0xf3, 0x80, 0xbf, 3},
    {0xf4, 0xf4, 0x80, 0x8f, 3},
};

static const struct sequence *sequence_of(unsigned char first)
{
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        if (first >= sequences[i].first && first <= sequences[i].last)
            return &sequences[i];
    }
    return NULL;
}

static bool is_sequence(const struct sequence *sequence,
                        const unsigned char *at, size_t left)
{
    if (sequence == NULL || left <= sequence->more)
        return false;
    if (sequence->more > 0 && (at[1] < sequence->low || at[1] > sequence->high))
        return false;
    for (size_t i = 2; i <= sequence->more; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return false;
    }
    return true;
}

bool utf8_is_text(struct slice bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.at;

    for (size_t i = 0; i < bytes.len;) {
        const struct sequence *sequence = sequence_of(at[i]);

        if (!is_sequence(sequence, at + i, bytes.len - i))
            return false;
        i += 1 + (size_t)sequence->more;
    }
    return true;
}
