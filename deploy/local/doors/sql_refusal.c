#include "sql_refusal.h"

#include <stdarg.h>
#include <stdio.h>

bool sql_refuse(struct sql_refusal *refusal, int status, const char *code,
                const char *message, const char *format, ...)
{
    char details[ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(details, sizeof(details), format, arguments);
    va_end(arguments);
    refusal->status = status;
    refusal->code = code;
    error_set(&refusal->message, "%s", message);
    error_set(&refusal->details, "%s", details);
    return false;
}

bool sql_refuse_feature(struct sql_refusal *refusal, const char *what,
                        struct slice name)
{
    return sql_refuse(refusal, 400, "PGRST127", "Feature not implemented",
                      "the local cloud does not serve %s%.*s", what,
                      (int)name.len, name.at);
}
