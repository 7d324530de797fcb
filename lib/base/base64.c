#include "base/base64.h"

#include <stdint.h>

/* The value of one digit; -1 for any other character. */
static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

bool base64_decode(struct slice text, struct buffer *out)
{
    uint32_t bits = 0;
    unsigned count = 0;

    for (int pad = 0; pad < 2 && text.len && text.at[text.len - 1] == '=';
         pad++)
        text.len--;
    if (text.len % 4 == 1 || !buffer_reserve(out, text.len * 3 / 4))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(text.at[i]);

        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            unsigned char byte = (unsigned char)(bits >> (count - 8));

            if (!buffer_append(out, &byte, 1))
                return false;
            count -= 8;
        }
    }
    return true;
}
