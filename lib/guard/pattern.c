/*
 * Most patterns are one set of characters from the first to the last, as
 * ^[a-z0-9_-]+$ is.  These are looked up in a table; what is not plainly one
 * of them is the C library's.
 */
#include "guard/pattern.h"

#include <string.h>

static void add(struct pattern *pattern, unsigned char c)
{
    pattern->set[c / 64] |= UINT64_C(1) << (c % 64);
}

static bool has(const struct pattern *pattern, unsigned char c)
{
    return c < 128 && (pattern->set[c / 64] >> (c % 64) & 1);
}

/*
 * Add the member at *AT, c or c-d, and go behind it.  False if it has, or may
 * have, another meaning: then the list is not read here.
 */
static bool add_member(struct pattern *pattern, const char **at)
{
    const unsigned char from = (unsigned char)(*at)[0];
    unsigned char to = from;

    if ((*at)[1] == '-' && (*at)[2] != ']') {
        to = (unsigned char)(*at)[2];
        *at += 2;
    }
    ++*at;
    if (strchr("[\\", from) || strchr("[\\]", to) || to < from || to >= 128)
        return false;
    if (from == '-' && **at != ']')
        return false;
    for (unsigned c = from; c <= to; c++)
        add(pattern, (unsigned char)c);
    return true;
}

static bool read_set(struct pattern *pattern, const char *text)
{
    if (strncmp(text, "^[", 2) != 0 || strchr("^]", text[2]))
        return false;
    for (text += 2; *text && *text != ']';) {
        if (!add_member(pattern, &text))
            return false;
    }
    pattern->may_be_empty = strcmp(text, "]*$") == 0;
    return pattern->may_be_empty || strcmp(text, "]+$") == 0;
}

int pattern_compile(struct pattern *pattern, const char *text)
{
    int code;

    *pattern = (struct pattern){.text = text};
    pattern->is_set = read_set(pattern, text);
    if (pattern->is_set)
        return 0;
    code = regcomp(&pattern->compiled, text, REG_EXTENDED | REG_NOSUB);
    if (code != 0)
        pattern->text = NULL;
    return code;
}

bool pattern_matches(const struct pattern *pattern, const char *text)
{
    if (!pattern->is_set)
        return regexec(&pattern->compiled, text, 0, NULL, 0) == 0;
    if (!*text)
        return pattern->may_be_empty;
    while (*text && has(pattern, (unsigned char)*text))
        text++;
    return !*text;
}

void pattern_release(struct pattern *pattern)
{
    if (pattern->text && !pattern->is_set)
        regfree(&pattern->compiled);
    *pattern = (struct pattern){0};
}
