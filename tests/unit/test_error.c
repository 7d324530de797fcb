/*
 * Texts are set and prefixed in a caller's struct and compared, up to the byte
 * where they are cut.
 */
#include "base/error.h"

#include <criterion/criterion.h>
#include <string.h>

Test(error, set_formats_the_text_and_forgets_the_last_one)
{
    struct error err;

    error_set(&err, "a much longer text than the next one");
    error_set(&err, "%s: %d", "status", 503);
    cr_expect_str_eq(err.text, "status: 503");
}

Test(error, prefix_puts_the_callers_view_before_the_cause)
{
    struct error err;

    error_set(&err, "refused");
    error_prefix(&err, "%s %d", "try", 2);
    error_prefix(&err, "lock");
    cr_expect_str_eq(err.text, "lock: try 2: refused");
}

Test(error, nobody_has_to_ask_for_the_reason)
{
    error_set(NULL, "%s", "text");
    error_prefix(NULL, "%s", "text");
}

Test(error, control_characters_cannot_forge_a_line_or_an_escape_sequence)
{
    struct error err;

    error_set(&err, "a%sb", "\n\r\t\x1b[2J\x7f\x01");
    cr_expect_str_eq(err.text, "a????[2J??b");
    error_set(&err, "cause");
    error_prefix(&err, "pre%sfix", "\n");
    cr_expect_str_eq(err.text, "pre?fix: cause");
}

Test(error, every_byte_but_printable_ascii_becomes_a_question_mark)
{
    struct error err;

    error_set(&err, "%s", "h\xc3\xb6her \xc2\x9b 1m\x7f");
    cr_expect_str_eq(err.text, "h??her ?? 1m?");
}

Test(error, a_long_text_is_cut)
{
    char words[2 * ERROR_TEXT_MAX];
    struct error err;

    memset(words, 'x', sizeof(words));
    words[sizeof(words) - 1] = '\0';
    error_set(&err, "%s", words);
    cr_expect_eq(strlen(err.text), ERROR_TEXT_MAX - 1U);
}

Test(error, a_long_prefix_cuts_the_cause_and_not_itself)
{
    char words[2 * ERROR_TEXT_MAX];
    struct error err;

    memset(words, 'x', sizeof(words));
    words[ERROR_TEXT_MAX - 10] = '\0';
    error_set(&err, "the cause is long as well");
    error_prefix(&err, "%s", words);
    cr_expect_eq(strlen(err.text), ERROR_TEXT_MAX - 1U);
    cr_expect(strstr(err.text, "x: the cau"));
    cr_expect(!strstr(err.text, "the caus "));

    memset(words, 'y', sizeof(words));
    words[sizeof(words) - 1] = '\0';
    error_prefix(&err, "%s", words);
    cr_expect_eq(strspn(err.text, "y"), ERROR_TEXT_MAX - 1U);
}
