/* Texts with mines in them, and what is left when these are defused. */
#include "base/json_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"

static const struct {
    const char *text;
    const char *defused;
} mines[] = {
    {"", ""},
    {"plain", "plain"},
    {"\"a\\u0000b\"", "\"a\\u0001b\""},
    {"\\u0000\\u0000", "\\u0001\\u0001"},
    {"\\\\u0000", "\\\\u0000"},
    {"\\\\\\u0000", "\\\\\\u0001"},
    {"\\u0001\\u00000", "\\u0001\\u00010"},
    {"\\u000", "\\u000"},
    {"\\n\\", "\\n\\"},
    {"\\", "\\"},
    /* Surrogates (RFC 8259 section 8.2): pairs stay, half ones do not. */
    {"\\ud83c\\udfab", "\\ud83c\\udfab"},
    {"\\uD83C\\uDFAB", "\\uD83C\\uDFAB"},
    {"a\\ud83db", "a\\u0001b"},
    {"\\ud83d", "\\u0001"},
    {"\\uDBFF", "\\u0001"},
    {"\\udc00", "\\u0001"},
    {"\\udfab\\ud83c", "\\u0001\\u0001"},
    {"\\ud83d\\ud83c\\udfab", "\\u0001\\ud83c\\udfab"},
    {"\\ud83d\\u0041", "\\u0001\\u0041"},
    {"\\ud83d\\n", "\\u0001\\n"},
    {"\\\\ud83d", "\\\\ud83d"},
    {"\\ud83d\\udf", "\\u0001\\udf"},
    {"\\ud83", "\\ud83"},
    {"\\ud7ff\\ue000", "\\ud7ff\\ue000"},
};

Test(json_defuse, defusing_alters_what_no_string_can_hold_and_nothing_else)
{
    for (size_t i = 0; i < COUNT(mines); i++) {
        char text[64];

        (void)snprintf(text, sizeof(text), "%s", mines[i].text);
        json_text_defuse(text, strlen(text));
        cr_expect_str_eq(text, mines[i].defused, "text %zu", i);
    }
}

Test(json_defuse, defusing_keeps_to_the_length)
{
    char text[] = "\\u0000\\u0000";

    json_text_defuse(text, 11);
    cr_expect_str_eq(text, "\\u0001\\u0000");
}
