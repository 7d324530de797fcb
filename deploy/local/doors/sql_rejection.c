#include "doors/sql_rejection.h"

#include <stdarg.h>
#include <stdio.h>

bool sql_reject(struct sql_rejection *rejection, int status, const char *code,
                const char *message, const char *format, ...)
{
    char details[ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(details, sizeof(details), format, arguments);
    va_end(arguments);
    rejection->status = status;
    rejection->code = code;
    error_set(&rejection->message, "%s", message);
    error_set(&rejection->details, "%s", details);
    return false;
}

bool sql_reject_feature(struct sql_rejection *rejection, const char *what,
                        struct slice name)
{
    return sql_reject(rejection, 400, "PGRST127", "Feature not implemented",
                      "the local cloud does not serve %s%.*s", what,
                      (int)name.len, name.at);
}
