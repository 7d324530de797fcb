#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

const char *setting(const char *name)
{
    const char *value = getenv(name);

    if (!value || !value[0])
        give_up(name, &(struct error){"not set: run the script"});
    return value;
}

long setting_count(const char *name, long max)
{
    const char *text = setting(name);
    char *end;
    long count = strtol(text, &end, 10);
    struct error err;

    if (!*end && count >= 1 && count <= max)
        return count;
    error_set(&err, "wants 1 to %ld, not \"%s\"", max, text);
    give_up(name, &err);
}

_Noreturn void give_up(const char *what, const struct error *err)
{
    (void)fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
                  err->text);
    exit(SETTINGS_EXIT);
}
