#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void replace_control_characters(char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20 || c == 0x7f)
            *text = '?';
    }
}

void error_set(struct error *err, const char *format, ...)
{
    va_list args;

    if (!err)
        return;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    replace_control_characters(err->text);
}

void error_prefix(struct error *err, const char *format, ...)
{
    char cause[ERROR_TEXT_MAX];
    size_t prefix_len;
    va_list args;

    if (!err)
        return;
    memcpy(cause, err->text, sizeof(cause));
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    prefix_len = strlen(err->text);
    (void)snprintf(err->text + prefix_len, sizeof(err->text) - prefix_len,
                   ": %s", cause);
    replace_control_characters(err->text);
}
