/*
 * A pattern written for JavaScript often compiles as POSIX too and means
 * something else: \d is the letter d.  So one walk looks for what POSIX does
 * not have, before regcomp reads the pattern.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard/operation_reader.h"

#define PATTERN_MAX 256

/* How often {} may repeat something: regcomp copies it each time. */
#define REPEATS_MAX 1000

/* What to write instead of an escape that POSIX does not have. */
static const struct {
    char letter;
    const char *instead;
} escapes[] = {
    {'d', "[0-9]"},         {'D', "[^0-9]"},      {'w', "[A-Za-z0-9_]"},
    {'W', "[^A-Za-z0-9_]"}, {'s', "[[:space:]]"}, {'S', "[^[:space:]]"},
};

/* The walk over a pattern. */
struct walk {
    const char *at;
    bool in_brackets;
    long single, groups; /* what {} repeats at most, of one thing, of groups */
};

/* What is wrong with the backslash at AT; NULL: nothing. */
static const char *judge_escape(const struct walk *walk,
                                char mistake[FIELDS_MISTAKE_MAX])
{
    const char c = walk->at[1];

    if (!walk->in_brackets && !isalnum((unsigned char)c))
        return NULL;
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        if (c != escapes[i].letter)
            continue;
        (void)snprintf(mistake, FIELDS_MISTAKE_MAX,
                       "\\%c is not POSIX: write %s", c, escapes[i].instead);
        return mistake;
    }
    if (walk->in_brackets)
        return "\\ escapes nothing inside of []: write the character alone, "
               "] as the first and - as the last";
    (void)snprintf(mistake, FIELDS_MISTAKE_MAX, "\\%c is not POSIX", c);
    return mistake;
}

/* Note how often the {} at AT repeats what is before it. */
static void note_repeats(struct walk *walk, char before)
{
    char *end = NULL;
    long most = strtol(walk->at + 1, &end, 10);

    if (*end == ',' && end[1] != '}')
        most = strtol(end + 1, &end, 10);
    if (most < 1 || most > REPEATS_MAX)
        most = most < 1 ? 1 : REPEATS_MAX + 1;
    if (strchr(")}*+?", before) && walk->groups <= REPEATS_MAX)
        walk->groups *= most;
    else if (most > walk->single)
        walk->single = most;
}

/* Go on behind the opening bracket at AT: a ] as the first is a member. */
static void enter_brackets(struct walk *walk)
{
    walk->in_brackets = true;
    walk->at += walk->at[1] == '^';
    walk->at += walk->at[1] == ']';
}

/* Judge what is at AT outside of []; BEFORE is the byte in front of it. */
static const char *judge_plain(struct walk *walk, char before)
{
    const char c = walk->at[0];

    if (c == '(' && walk->at[1] == '?')
        return "(? is not POSIX: write a group as (...)";
    if (c == '?' && before && strchr("*+?}", before))
        return "a ? behind * + ? or } is not POSIX: leave it out";
    if (c == '{')
        note_repeats(walk, before);
    if (c == '[')
        enter_brackets(walk);
    return NULL;
}

/* What POSIX does not have in PATTERN; NULL: nothing. */
static const char *judge_syntax(const char *pattern,
                                char mistake[FIELDS_MISTAKE_MAX])
{
    struct walk walk = {.at = pattern, .single = 1, .groups = 1};
    char before = '\0';

    if (strlen(pattern) > PATTERN_MAX)
        return "is too long";
    for (; *walk.at; walk.at++) {
        const char *wrong = NULL;
        const char c = *walk.at;

        if (c < 0x20 || c == 0x7f)
            return "must be ASCII without control characters";
        if (c == '\\')
            wrong = judge_escape(&walk, mistake);
        else if (!walk.in_brackets)
            wrong = judge_plain(&walk, before);
        else if (c == '[' && walk.at[1] == ':' && strstr(walk.at, ":]"))
            walk.at = strstr(walk.at, ":]") + 1;
        else if (c == ']')
            walk.in_brackets = false;
        if (wrong)
            return wrong;
        before = c;
        if (c == '\\' && walk.at[1]) {
            before = 'x';
            walk.at++;
        }
    }
    return walk.single * walk.groups > REPEATS_MAX ? "repeats too often in {}"
                                                   : NULL;
}

void operation_read_pattern(struct operation_reader *reader,
                            const struct json *property, struct field *field)
{
    const char *pattern = operation_text(reader, property, "pattern");
    char mistake[FIELDS_MISTAKE_MAX];
    const char *wrong = pattern ? judge_syntax(pattern, mistake) : NULL;
    int code;

    if (wrong)
        operation_mistake(reader, "pattern", "%s", wrong);
    if (!pattern || wrong)
        return;
    code = regcomp(&field->compiled, pattern, REG_EXTENDED | REG_NOSUB);
    if (code == 0) {
        field->pattern = pattern;
        return;
    }
    (void)regerror(code, &field->compiled, mistake, sizeof(mistake));
    operation_mistake(reader, "pattern", "cannot be read: %s", mistake);
}
