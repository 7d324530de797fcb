/*
 * Texts that hold two secrets, whole and in part, are blanked and compared;
 * then a secret is put at each place around the cut.
 */
#include "base/blank.h"

#include <criterion/criterion.h>
#include <string.h>

#include "count.h"

#define TOKEN "AXyz0123456789+/="
#define PASSWORD "s3cr3t"

static const struct {
    const char *text;
    const char *blanked;
} texts[] = {
    {"", ""},
    {"Control plane request failed", "Control plane request failed"},
    {"Authorization: Bearer " TOKEN "\r", "Authorization: Bearer ***\r"},
    {TOKEN, "***"},
    {TOKEN TOKEN, "******"},
    {TOKEN PASSWORD, "******"},
    {"cut off: AXyz0123", "cut off: ***"},
    {"cut in front: 456789+/=", "cut in front: ***"},
    {"too short a part: AXyz012", "too short a part: AXyz012"},
    {"user:" PASSWORD "@host", "user:***@host"},
    {"s3cr3", "s3cr3"},
    {"AXyz012 AXyz01234567", "AXyz012 ***"},
};

static const struct slice secrets[] = {
    {TOKEN, sizeof(TOKEN) - 1},
    {"", 0},
    {NULL, 0},
    {PASSWORD, sizeof(PASSWORD) - 1},
};

Test(blank, secrets_and_their_parts_are_taken_out)
{
    for (size_t i = 0; i < COUNT(texts); i++) {
        char out[BLANK_TEXT_MAX];

        blank_secrets(out, slice_of(texts[i].text), secrets, COUNT(secrets));
        cr_expect_str_eq(out, texts[i].blanked, "%s: %s", texts[i].text, out);
    }
}

Test(blank, no_text_is_an_empty_one)
{
    char out[BLANK_TEXT_MAX] = "before";

    blank_secrets(out, (struct slice){0}, secrets, COUNT(secrets));
    cr_expect_str_eq(out, "");
}

/* Wherever the cut falls, no part of a secret stays in front of it. */
Test(blank, a_long_text_is_cut_behind_the_blanking)
{
    for (size_t at = 0; at < 2 * BLANK_TEXT_MAX; at++) {
        char text[3 * BLANK_TEXT_MAX];
        char out[BLANK_TEXT_MAX];

        memset(text, '-', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        memcpy(text + at, TOKEN, strlen(TOKEN));
        blank_secrets(out, slice_of(text), secrets, COUNT(secrets));
        cr_expect_lt(strlen(out), (size_t)BLANK_TEXT_MAX);
        cr_expect_null(strchr(out, 'A'), "%zu: %s", at, out);
    }
}
