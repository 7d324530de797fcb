/*
 * pattern: a search in a text (POSIX.1-2017, XBD section 9.4: extended regular
 * expressions, in the C locale).
 */
#ifndef BOUNCER_PATTERN_H
#define BOUNCER_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

/* Zeroed, it is none and can be released. */
struct pattern {
    const char *text; /* borrowed; NULL: none */
    bool is_set;      /* "^[a-z]+$", by SET alone */
    bool may_be_empty;
    uint64_t set[2]; /* a bit for each ASCII character */
    regex_t compiled;
};

/*
 * Returns 0 and takes TEXT, or regcomp's code: PATTERN is none then, and
 * pattern->compiled is for regerror.
 */
__attribute__((warn_unused_result)) int pattern_compile(struct pattern *pattern,
                                                        const char *text);

/* Whether PATTERN is found in TEXT. */
bool pattern_matches(const struct pattern *pattern, const char *text);

void pattern_release(struct pattern *pattern);

#endif
