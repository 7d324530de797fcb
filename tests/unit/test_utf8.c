#include "base/utf8.h"

#include <criterion/criterion.h>
#include <string.h>

#include "count.h"

static const struct {
    const char *bytes;
    size_t len;
} sequences[] = {
    {"a", 1},
    {"\x01", 1},
    {"\x7f", 1},
    {"\xc3\xbc!", 2},
    {"\xe2\x82\xac", 3},
    {"\xf0\x9f\x8e\xab", 4},
    {"\x80", 0},             /* a continuation alone */
    {"\xc0\xaf", 0},         /* too long for its character */
    {"\xed\xa0\x80", 0},     /* half a surrogate pair */
    {"\xf4\x90\x80\x80", 0}, /* past U+10FFFF */
    {"\xc3", 0},             /* cut */
    {"\xf0\x9f\x8e", 0},     /* cut */
    {"\xe2\x82!", 0},
};

Test(utf8, a_character_has_its_length_and_anything_else_has_none)
{
    for (size_t i = 0; i < COUNT(sequences); i++)
        cr_expect_eq(
            utf8_sequence(sequences[i].bytes, strlen(sequences[i].bytes)),
            sequences[i].len, "%zu", i);
    cr_expect_eq(utf8_sequence("\xc3\xbc", 1), 0U);
}

Test(utf8, text_is_utf8_without_a_nul)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool is_text;
    } cases[] = {
        {"", 0, true},         {"a\xc3\xbc\xf0\x9f\x8e\x9f", 7, true},
        {"\x01\x7f", 2, true}, {"a\0b", 3, false},
        {"a\xc3", 2, false},   {"\xff", 1, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(utf8_is_text((struct slice){cases[i].bytes, cases[i].len}),
                     cases[i].is_text, "%s", cases[i].bytes);
}
