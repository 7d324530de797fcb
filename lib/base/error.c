#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void keep_printable(char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e)
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
    keep_printable(err->text);
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
    keep_printable(err->text);
}
