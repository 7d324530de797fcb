/*
 * What is looked up in a table must be what the C library finds; so each
 * pattern is tried on texts of one, two and three characters, by both.
 */
#include "guard/pattern.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "count.h"

static const struct {
    const char *text;
    bool is_set;
} patterns[] = {
    {"^[a-z0-9_-]+$", true}, {"^[A-Za-z]*$", true},
    {"^[-]+$", true},        {"^[.^$*+?(){}|]+$", true},
    {"^[ -~]+$", true},      {"^[a]$", false},
    {"^[a]+", false},        {"[a]+$", false},
    {"^[^a]+$", false},      {"^[]a]+$", false},
    {"^[-a]+$", false},      {"^[[:digit:]]+$", false},
    {"^[a]+$|b", false},     {"^[a]+[b]+$", false},
    {"^a+$", false},
};

/* Characters at the edges of what a list may hold. */
static const char letters[] = "az09_-AZ.^$*+?(){}|[]\\ ~!/:@`\x7f\xc3\xbc";

static void compare(const struct pattern *pattern, const regex_t *theirs,
                    const char *text)
{
    cr_expect_eq(pattern_matches(pattern, text),
                 regexec(theirs, text, 0, NULL, 0) == 0, "%s in %s",
                 pattern->text, text);
}

Test(pattern, what_is_found_is_what_the_c_library_finds)
{
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct pattern pattern;
        regex_t theirs;

        cr_assert_eq(pattern_compile(&pattern, patterns[i].text), 0);
        cr_assert_eq(
            regcomp(&theirs, patterns[i].text, REG_EXTENDED | REG_NOSUB), 0);
        compare(&pattern, &theirs, "");
        for (size_t a = 0; a < sizeof(letters); a++) {
            for (size_t b = 0; b < sizeof(letters); b++) {
                const char text[] = {letters[a], letters[b], 'a', '\0'};

                compare(&pattern, &theirs, text);
            }
        }
        regfree(&theirs);
        pattern_release(&pattern);
    }
}

Test(pattern, one_list_from_the_first_to_the_last_needs_no_library)
{
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct pattern pattern;

        cr_assert_eq(pattern_compile(&pattern, patterns[i].text), 0);
        cr_expect_eq(pattern.is_set, patterns[i].is_set, "%s",
                     patterns[i].text);
        pattern_release(&pattern);
        cr_expect_null(pattern.text);
    }
}

/* The library says what is wrong with what is wrong. */
Test(pattern, a_list_that_is_none_is_refused)
{
    static const char *const wrong[] = {"^[z-a]+$", "^[a", "^[a-", "^[", "(a"};

    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct pattern pattern;

        cr_expect_neq(pattern_compile(&pattern, wrong[i]), 0, "%s", wrong[i]);
        cr_expect_null(pattern.text);
        pattern_release(&pattern);
    }
}
