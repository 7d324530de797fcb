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

/*
 * How often {} may repeat something, and how deep groups may nest: regcomp
 * copies what it repeats each time, and what stands before a + once.
 */
#define REPEATS_MAX 1000
#define NESTING_MAX 8

/* What to write instead of an escape that POSIX does not have. */
static const struct {
    char letter;
    const char *instead;
} escapes[] = {
    {'d', "[0-9]"},         {'D', "[^0-9]"},      {'w', "[A-Za-z0-9_]"},
    {'W', "[^A-Za-z0-9_]"}, {'s', "[[:space:]]"}, {'S', "[^[:space:]]"},
};

/* A walk over a pattern. */
struct walk {
    const char *at;
    char before; /* what stands in front of AT; the backslash of an escape */
    bool in_brackets;
    int nesting;
    long single, groups; /* what {} repeats at most, of one thing, of groups */
};

/* Judge the backslash at AT, and go to the character behind it. */
static const char *judge_escape(struct walk *walk,
                                char mistake[FIELDS_MISTAKE_MAX])
{
    const char c = walk->at[1];
    const char *instead = NULL;

    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        if (c == escapes[i].letter)
            instead = escapes[i].instead;
    }
    if (walk->in_brackets && !instead)
        return "\\ escapes nothing inside of []: write the character alone, "
               "] as the first and - as the last";
    if (instead || isalnum((unsigned char)c)) {
        (void)snprintf(mistake, FIELDS_MISTAKE_MAX, "\\%c is not POSIX%s%s", c,
                       instead ? ": write " : "", instead ? instead : "");
        return mistake;
    }
    walk->at += c != '\0';
    return NULL;
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
    if (before == ')' && walk->groups <= REPEATS_MAX)
        walk->groups *= most;
    else if (most > walk->single)
        walk->single = most;
}

/* Judge what is at AT, and go to its last character. */
static const char *judge_at(struct walk *walk, char mistake[FIELDS_MISTAKE_MAX])
{
    const char before = walk->before;
    const char c = walk->at[0];
    const char *class_end = strstr(walk->at, ":]");

    walk->before = c;
    if (c == '\\')
        return judge_escape(walk, mistake);
    if (walk->in_brackets) {
        walk->in_brackets = c != ']';
        if (c == '[' && walk->at[1] == ':' && class_end)
            walk->at = class_end + 1;
        return NULL;
    }
    if (c == '(' && walk->at[1] == '?')
        return "(? is not POSIX: write a group as (...)";
    if (strchr("*+?{", c) && before && strchr("*+?}", before))
        return "two of * + ? {} in a row are not POSIX: leave one out";
    walk->nesting += (c == '(') - (c == ')');
    if (walk->nesting > NESTING_MAX)
        return "nests more than 8 groups";
    if (c == '{')
        note_repeats(walk, before);
    if (c == '[') {
        walk->in_brackets = true;
        walk->at += walk->at[1] == '^';
        walk->at += walk->at[1] == ']'; /* a ] as the first is a member */
    }
    return NULL;
}

/* What is wrong with PATTERN before regcomp reads it; NULL: nothing. */
static const char *judge(const char *pattern, char mistake[FIELDS_MISTAKE_MAX])
{
    struct walk walk = {.at = pattern, .single = 1, .groups = 1};

    if (strlen(pattern) > PATTERN_MAX)
        return "is longer than 256 characters";
    for (const char *at = pattern; *at; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f)
            return "must be ASCII without control characters";
    }
    for (; *walk.at; walk.at++) {
        const char *wrong = judge_at(&walk, mistake);

        if (wrong)
            return wrong;
    }
    return walk.single * walk.groups > REPEATS_MAX
               ? "repeats more than 1000 times in {}"
               : NULL;
}

void operation_read_pattern(struct operation_reader *reader,
                            const struct json *json, struct field *field)
{
    const char *pattern = operation_text(reader, json, "pattern");
    char mistake[FIELDS_MISTAKE_MAX];
    const char *wrong = pattern ? judge(pattern, mistake) : NULL;
    int code;

    if (wrong)
        operation_mistake(reader, "pattern", "%s", wrong);
    if (!pattern || wrong)
        return;
    code = pattern_compile(&field->pattern, pattern);
    if (code == 0)
        return;
    (void)regerror(code, &field->pattern.compiled, mistake, sizeof(mistake));
    operation_mistake(reader, "pattern", "cannot be read: %s", mistake);
}
