#include "base/utf8.h"

/* The well-formed sequences of more than one byte (RFC 3629 section 4). */
static const struct {
    unsigned char first_low, first_high;
    unsigned char second_low, second_high;
    size_t len;
} forms[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool are_continuations(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return false;
    }
    return true;
}

size_t utf8_sequence(const char *at, size_t left)
{
    const unsigned char *s = (const unsigned char *)at;

    if (s[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t len = forms[i].len;

        if (s[0] < forms[i].first_low || s[0] > forms[i].first_high)
            continue;
        if (len <= left && s[1] >= forms[i].second_low &&
            s[1] <= forms[i].second_high && are_continuations(s + 2, len - 2))
            return len;
        return 0;
    }
    return 0;
}

bool utf8_is_text(struct slice bytes)
{
    size_t step;

    for (size_t i = 0; i < bytes.len; i += step) {
        step = utf8_sequence(bytes.at + i, bytes.len - i);
        if (step == 0 || bytes.at[i] == '\0')
            return false;
    }
    return true;
}
