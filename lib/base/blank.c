/*
 * At each byte of the text, look for the longest part of any secret.  That is
 * slow for long texts, but the loop ends when the output's 256 bytes are full.
 */
#include "base/blank.h"

#include <string.h>

/* A shorter part of a secret may be an ordinary word of the text. */
#define PART_MIN_BYTES 8

#define BLANK "***"

/* The length of the longest common prefix of A and B. */
static size_t common_prefix(struct slice a, struct slice b)
{
    size_t len = 0;

    while (len < a.len && len < b.len && a.at[len] == b.at[len])
        len++;
    return len;
}

/* How many bytes at the beginning of TEXT are SECRET or a part of it. */
static size_t part_of(struct slice text, struct slice secret)
{
    const size_t enough =
        secret.len < PART_MIN_BYTES ? secret.len : PART_MIN_BYTES;
    size_t longest = 0;

    for (size_t i = 0; i < secret.len; i++) {
        size_t len =
            common_prefix(text, (struct slice){secret.at + i, secret.len - i});

        if (len >= enough && len > longest)
            longest = len;
    }
    return longest;
}

static size_t part_of_any(struct slice text, const struct slice secrets[],
                          size_t count)
{
    size_t longest = 0;

    for (size_t i = 0; i < count; i++) {
        size_t len = part_of(text, secrets[i]);

        if (len > longest)
            longest = len;
    }
    return longest;
}

void blank_secrets(char out[BLANK_TEXT_MAX], struct slice text,
                   const struct slice secrets[], size_t count)
{
    size_t len = 0;
    size_t i = 0;

    while (i < text.len && len < BLANK_TEXT_MAX - sizeof(BLANK)) {
        size_t secret = part_of_any((struct slice){text.at + i, text.len - i},
                                    secrets, count);

        if (secret) {
            memcpy(out + len, BLANK, sizeof(BLANK) - 1);
            len += sizeof(BLANK) - 1;
            i += secret;
        } else {
            out[len++] = text.at[i++];
        }
    }
    out[len] = '\0';
}
