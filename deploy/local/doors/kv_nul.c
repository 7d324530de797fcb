/*
 * Each function is one pass over the bytes that steps from escape to escape and
 * copies all but \u0000, \u0001 and their hidden forms.
 */
#include "kv_nul.h"

#include <string.h>

#define MARK '\x01'

#define ESCAPE_BYTES 6 /* of \\u0000 */

static bool is_escape(const char *at, size_t left, const char *escape)
{
    return left >= ESCAPE_BYTES && memcmp(at, escape, ESCAPE_BYTES) == 0;
}

/* The length of the escape or other character at AT. */
static size_t step_at(const char *at, size_t left)
{
    return *at == '\\' && left >= 2 ? 2 : 1;
}

bool kv_nul_is_in(struct slice text)
{
    const char *end = text.at + text.len;
    const char *at = text.at;

    while (at && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        size_t left = (size_t)(end - at);

        if (is_escape(at, left, "\\u0000") || is_escape(at, left, "\\u0001"))
            return true;
        at += step_at(at, left);
    }
    return false;
}

bool kv_nul_hide(struct slice text, struct buffer *out)
{
    for (size_t pos = 0; pos < text.len;) {
        const char *at = text.at + pos;
        const char *hidden = NULL;
        size_t step = step_at(at, text.len - pos);

        if (is_escape(at, text.len - pos, "\\u0000"))
            hidden = "\\u00010";
        else if (is_escape(at, text.len - pos, "\\u0001"))
            hidden = "\\u00011";
        if (hidden)
            step = ESCAPE_BYTES;
        if (hidden ? !buffer_append_text(out, hidden)
                   : !buffer_append(out, at, step))
            return false;
        pos += step;
    }
    return true;
}

size_t kv_nul_reveal(struct slice string, char *to)
{
    size_t len = 0;

    for (size_t pos = 0; pos < string.len; pos++) {
        if (string.at[pos] != MARK || pos + 1 == string.len)
            to[len++] = string.at[pos];
        else
            to[len++] = string.at[++pos] == '0' ? '\0' : MARK;
    }
    return len;
}

void kv_nul_put(char c, char *to)
{
    to[0] = MARK;
    to[1] = c == '\0' ? '0' : '1';
}

size_t kv_nul_reveal_text(char *text, size_t len)
{
    size_t to = 0;

    for (size_t pos = 0; pos < len;) {
        size_t step = step_at(text + pos, len - pos);

        if (is_escape(text + pos, len - pos, "\\u0001"))
            step = ESCAPE_BYTES;
        memmove(text + to, text + pos, step);
        pos += step;
        to += step;
        if (step == ESCAPE_BYTES && pos < len)
            text[to - 1] = text[pos++];
    }
    return to;
}
