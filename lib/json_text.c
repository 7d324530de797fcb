#include "json_text.h"

#include <string.h>

struct scan {
    const unsigned char *at;
    size_t len;
    size_t pos;
    size_t depth;
    size_t values;
};

/* Length of the UTF-8 sequence at S (RFC 3629 section 4); 0 if malformed. */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t len;

    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        len = 2;
    else if (s[0] >= 0xe0 && s[0] <= 0xef)
        len = 3;
    else if (s[0] >= 0xf0 && s[0] <= 0xf4)
        len = 4;
    else
        return 0;
    if (s[0] == 0xe0)
        low = 0xa0;
    else if (s[0] == 0xed)
        high = 0x9f;
    else if (s[0] == 0xf0)
        low = 0x90;
    else if (s[0] == 0xf4)
        high = 0x8f;
    if (len > left || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

static bool scan_escape(struct scan *scan, struct error *err)
{
    size_t left = scan->len - scan->pos;

    if (left >= 6 && memcmp(scan->at + scan->pos, "\\u0000", 6) == 0) {
        error_set(err, "byte %zu: \\u0000 in a string", scan->pos);
        return false;
    }
    scan->pos += left >= 2 ? 2 : 1;
    return true;
}

/* From behind the opening quote to behind the closing one. */
static bool scan_string(struct scan *scan, struct error *err)
{
    while (scan->pos < scan->len && scan->at[scan->pos] != '"') {
        size_t step;

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
        step = utf8_sequence(scan->at + scan->pos, scan->len - scan->pos);
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

/* Account for one byte outside of strings. */
static bool scan_structure(struct scan *scan, const struct json_limits *limits,
                           struct error *err)
{
    unsigned char c = scan->at[scan->pos];

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
                     struct error *err)
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
        } else {
            fine = scan_structure(&scan, limits, err);
        }
        if (!fine)
            return false;
    }
    return true;
}

void json_text_defuse_nul(char *text, size_t len)
{
    char *end = text + len;
    char *at = text;

    while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        if (end - at < 2)
            return;
        if (end - at >= 6 && memcmp(at, "\\u0000", 6) == 0)
            at[5] = '1';
        at += 2;
    }
}
