/*
 * Each function is one pass over the bytes that steps from escape to escape and
 * copies all but \u0000, \u0001 and their hidden forms.
 */
#include "doors/kv_nul.h"

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

/* What the escape at AT is hidden as; NULL: it stays. */
static const char *hidden_form(const char *at, size_t left)
{
    if (is_escape(at, left, "\\u0000"))
        return "\\u00010";
    return is_escape(at, left, "\\u0001") ? "\\u00011" : NULL;
}

bool kv_nul_hide(struct slice text, struct buffer *out)
{
    const char *hidden;

    for (size_t step; text.len > 0; text.at += step, text.len -= step) {
        const char *escape = memchr(text.at, '\\', text.len);

        hidden = hidden_form(text.at, text.len);
        if (hidden)
            step = ESCAPE_BYTES;
        else if (escape == text.at)
            step = step_at(text.at, text.len);
        else
            step = escape ? (size_t)(escape - text.at) : text.len;
        if (hidden ? !buffer_append_text(out, hidden)
                   : !buffer_append(out, text.at, step))
            return false;
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
