/*
 * Most bytes of a string stand for themselves, so eight at a time are skipped;
 * from the first escape on, a string moves to the left over what its escapes
 * leave free.
 */
#include "base/json_text.h"

#include <ctype.h>
#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_number.h"
#include "base/utf8.h"

/* As many digits as every double holds exactly. */
#define EXACT_DIGITS 15

void json_text_skip_space(struct json_text *text)
{
    while (*text->at == ' ' || *text->at == '\n' || *text->at == '\t' ||
           *text->at == '\r')
        text->at++;
}

bool json_text_word(struct json_text *text, const char *word)
{
    const size_t len = strlen(word);

    if (strncmp(text->at, word, len) != 0)
        return false;
    text->at += len;
    return true;
}

/* ---- strings ---- */

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

/* Write what UNIT, a code point, is in UTF-8; returns how many bytes. */
static size_t encode(unsigned unit, char *out)
{
    const size_t len = unit < 0x80      ? 1
                       : unit < 0x800   ? 2
                       : unit < 0x10000 ? 3
                                        : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (unit & 0x3f));
        unit >>= 6;
    }
    out[0] = (char)(first[len] | unit);
    return len;
}

static bool take_unicode(struct json_text *text, char **out, struct error *err)
{
    const int unit = escaped_unit(text->at, text->end);
    const int low =
        is_high_surrogate(unit) ? escaped_unit(text->at + 6, text->end) : -1;
    unsigned point = (unsigned)unit;

    if (unit < 0) {
        error_set(err, "\\u without four digits");
    } else if (unit == 0) {
        error_set(err, "\\u0000 in a string");
    } else if (is_low_surrogate(unit) ||
               (is_high_surrogate(unit) && !is_low_surrogate(low))) {
        error_set(err, "half a surrogate pair");
    } else {
        text->at += 6;
        if (is_high_surrogate(unit)) {
            point = 0x10000 + ((point & 0x3ff) << 10) + ((unsigned)low & 0x3ff);
            text->at += 6;
        }
        *out += encode(point, *out);
        return true;
    }
    return false;
}

static bool take_escape(struct json_text *text, char **out, struct error *err)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *known = text->at[1] ? strchr(from, text->at[1]) : NULL;

    if (text->at[1] == 'u')
        return take_unicode(text, out, err);
    if (known) {
        *(*out)++ = to[known - from];
        text->at += 2;
        return true;
    }
    error_set(err, text->at + 1 == text->end ? "a string does not end"
                                             : "no escape of JSON's");
    return false;
}

/* Take one character that is no plain byte, no quote and no escape. */
static bool take_other(struct json_text *text, char **out, struct error *err)
{
    const size_t left = (size_t)(text->end - text->at);
    const size_t len = left ? utf8_sequence(text->at, left) : 0;
    const char *wrong = !left ? "a string does not end"
                        : (unsigned char)*text->at < 0x20
                            ? "control character in a string"
                        : !len ? "not UTF-8"
                               : NULL;

    if (wrong) {
        error_set(err, "%s", wrong);
        return false;
    }
    memmove(*out, text->at, len);
    *out += len;
    text->at += len;
    return true;
}

static bool is_plain(char c)
{
    const unsigned char byte = (unsigned char)c;

    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* How many of the eight bytes at AT are plain, up to the first that is not. */
static size_t count_plain(const char *at)
{
    const uint64_t ones = 0x0101010101010101;
    uint64_t eight, quotes, escapes, other;

    memcpy(&eight, at, sizeof(eight));
    eight = le64toh(eight);
    quotes = eight ^ (ones * '"');
    escapes = eight ^ (ones * '\\');
    /*
     * The highest bit of a byte shows what is not ASCII, and a borrow, which
     * can only begin at a byte that is not plain.
     */
    other =
        (eight | (eight - ones * 0x20) | (quotes - ones) | (escapes - ones)) &
        (ones * 0x80);
    return other ? (size_t)__builtin_ctzll(other) / 8 : 8;
}

const char *json_text_plain(const char *at, const char *end)
{
    size_t plain = 8;

    while (plain == 8 && end - at >= 8) {
        plain = count_plain(at);
        at += plain;
    }
    while (is_plain(*at))
        at++;
    return at;
}

bool json_text_string(struct json_text *text, char **string, struct error *err)
{
    char *out;

    *string = ++text->at;
    text->at += json_text_plain(text->at, text->end) - text->at;
    out = text->at;
    while (*text->at != '"') {
        if (!(*text->at == '\\' ? take_escape(text, &out, err)
                                : take_other(text, &out, err)))
            return false;
        while (is_plain(*text->at))
            *out++ = *text->at++;
    }
    text->at++;
    *out = '\0';
    return true;
}

/* ---- numbers ---- */

/* Move past a short integer: what most numbers are. */
static bool take_integer(struct json_text *text, double *number)
{
    const char *at = text->at;
    const bool negative = *at == '-';
    int64_t integer = 0;
    int digits = 0;

    for (at += negative; *at >= '0' && *at <= '9' && digits < EXACT_DIGITS;
         at++, digits++)
        integer = integer * 10 + (*at - '0');
    if (!digits || (digits > 1 && at[-digits] == '0') ||
        !(*at == ',' || *at == '}' || *at == ']'))
        return false;
    *number = negative ? -(double)integer : (double)integer; /* -0 is -0 */
    text->at += at - text->at;
    return true;
}

bool json_text_number(struct json_text *text, double *number, bool *whole,
                      struct error *err)
{
    size_t len;

    *whole = true;
    if (take_integer(text, number))
        return true;
    len = json_number_read(
        (struct slice){text->at, (size_t)(text->end - text->at)}, whole);
    if (!len) {
        error_set(err, "malformed number");
        return false;
    }
    *number = strtod(text->at, NULL);
    text->at += len;
    return true;
}

/* ---- defusing ---- */

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
