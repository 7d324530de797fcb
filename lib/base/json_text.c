/*
 * Outside of strings and numbers every byte is structure: brackets give the
 * depth, and brackets, commas and colons together count the values.
 */
#include "base/json_text.h"

#include <ctype.h>
#include <string.h>

#include "base/json_number.h"
#include "base/utf8.h"

struct scan {
    const unsigned char *at;
    size_t len;
    size_t pos;
    size_t depth;
    size_t values;
    bool fractions;
};

/* Whether four hexadecimal digits follow \u. */
static bool is_unicode_escape(const struct scan *scan)
{
    if (scan->len - scan->pos < 6)
        return false;
    for (size_t i = 2; i < 6; i++) {
        if (!isxdigit(scan->at[scan->pos + i]))
            return false;
    }
    return true;
}

static bool scan_escape(struct scan *scan, struct error *err)
{
    size_t left = scan->len - scan->pos;

    /* cJSON reads \u without four digits as \u0000. */
    if (left >= 2 && scan->at[scan->pos + 1] == 'u' &&
        !is_unicode_escape(scan)) {
        error_set(err, "byte %zu: \\u without four digits", scan->pos);
        return false;
    }
    if (left >= 6 && memcmp(scan->at + scan->pos, "\\u0000", 6) == 0) {
        error_set(err, "byte %zu: \\u0000 in a string", scan->pos);
        return false;
    }
    scan->pos += left >= 2 ? 2 : 1;
    return true;
}

/* Skip characters that stand for themselves, as most in a string do. */
static void skip_plain(struct scan *scan)
{
    const unsigned char *at = scan->at;
    const size_t len = scan->len;
    size_t pos = scan->pos;

    while (pos < len && at[pos] >= 0x20 && at[pos] < 0x80 && at[pos] != '"' &&
           at[pos] != '\\')
        pos++;
    scan->pos = pos;
}

/* From behind the opening quote to behind the closing one. */
static bool scan_string(struct scan *scan, struct error *err)
{
    for (;;) {
        size_t step;

        skip_plain(scan);
        if (scan->pos == scan->len || scan->at[scan->pos] == '"')
            break;
        if (scan->at[scan->pos] == '\\') {
            if (!scan_escape(scan, err))
                return false;
            continue;
        }
        if (scan->at[scan->pos] < 0x20) {
            error_set(err, "byte %zu: control character in a string",
                      scan->pos);
            return false;
        }
        step = utf8_sequence((const char *)scan->at + scan->pos,
                             scan->len - scan->pos);
        if (step == 0) {
            error_set(err, "byte %zu: not UTF-8", scan->pos);
            return false;
        }
        scan->pos += step;
    }
    if (scan->pos == scan->len) {
        error_set(err, "byte %zu: a string does not end", scan->pos);
        return false;
    }
    scan->pos++;
    return true;
}

/* ---- numbers ---- */

static bool begins_number(unsigned char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

static bool scan_number(struct scan *scan, struct error *err)
{
    const struct slice left = {(const char *)scan->at + scan->pos,
                               scan->len - scan->pos};
    bool whole;
    const size_t len = json_number_read(left, &whole);

    if (len == 0) {
        error_set(err, "byte %zu: malformed number", scan->pos);
        return false;
    }
    scan->fractions = scan->fractions || !whole;
    scan->pos += len;
    return true;
}

/* From the opening quote of a well-formed string to behind the closing one. */
static void skip_string(struct slice *left)
{
    size_t len = 1;

    while (left->at[len] != '"')
        len += left->at[len] == '\\' ? 2 : 1;
    left->at += len + 1;
    left->len -= len + 1;
}

bool json_text_next_number(struct slice *left, bool *whole)
{
    size_t len;

    while (left->len && !begins_number((unsigned char)left->at[0])) {
        if (left->at[0] == '"') {
            skip_string(left);
        } else {
            left->at++;
            left->len--;
        }
    }
    len = json_number_read(*left, whole);
    left->at += len;
    left->len -= len;
    return len > 0;
}

/* ---- the whole text ---- */

/* Account for one byte outside of strings and numbers. */
static bool scan_structure(struct scan *scan, const struct json_limits *limits,
                           struct error *err)
{
    unsigned char c = scan->at[scan->pos];

    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
        error_set(err, "byte %zu: control character", scan->pos);
        return false;
    }
    if (c == '[' || c == '{')
        scan->depth++;
    else if ((c == ']' || c == '}') && scan->depth > 0)
        scan->depth--;
    if (c == '[' || c == '{' || c == ',' || c == ':')
        scan->values++;
    if (scan->depth > limits->max_depth || scan->depth > JSON_TEXT_DEPTH_MAX) {
        error_set(err, "byte %zu: nested deeper than %zu", scan->pos,
                  limits->max_depth);
        return false;
    }
    if (scan->values > limits->max_values) {
        error_set(err, "byte %zu: more than %zu values", scan->pos,
                  limits->max_values);
        return false;
    }
    scan->pos++;
    return true;
}

bool json_text_check(struct slice text, const struct json_limits *limits,
                     bool *fractions, struct error *err)
{
    struct scan scan = {.at = (const unsigned char *)text.at, .len = text.len};

    if (text.len > limits->max_bytes) {
        error_set(err, "longer than %zu bytes", limits->max_bytes);
        return false;
    }
    while (scan.pos < scan.len) {
        bool fine;

        if (scan.at[scan.pos] == '"') {
            scan.pos++;
            fine = scan_string(&scan, err);
        } else if (begins_number(scan.at[scan.pos])) {
            fine = scan_number(&scan, err);
        } else {
            fine = scan_structure(&scan, limits, err);
        }
        if (!fine)
            return false;
    }
    *fractions = scan.fractions;
    return true;
}

/* ---- defusing ---- */

/* The code unit of the escape \uXXXX at AT; -1 where there is none. */
static int escaped_unit(const char *at, const char *end)
{
    int unit = 0;

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        const char c = at[i];

        if (!isxdigit((unsigned char)c))
            return -1;
        unit = unit * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return unit;
}

static bool is_high_surrogate(int unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

/* Turn the escape at AT into \u0001. */
static void defuse_escape(char *at)
{
    memset(at + 2, '0', 3);
    at[5] = '1';
}

void json_text_defuse(char *text, size_t len)
{
    char *end = text + len;
    char *at = text;

    while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        const int unit = escaped_unit(at, end);

        if (end - at < 2)
            return;
        if (is_high_surrogate(unit) &&
            is_low_surrogate(escaped_unit(at + 6, end))) {
            at += 12;
            continue;
        }
        if (unit == 0 || is_high_surrogate(unit) || is_low_surrogate(unit))
            defuse_escape(at);
        at += 2;
    }
}
