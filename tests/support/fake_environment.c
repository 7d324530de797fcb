#include "fake_environment.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SETTINGS_MAX 24
#define SETTING_MAX 4096

static char settings[SETTINGS_MAX][SETTING_MAX];
static size_t setting_count;

void fake_environment_clear(void)
{
    setting_count = 0;
}

void fake_environment_set(const char *setting)
{
    cr_assert_lt(setting_count, SETTINGS_MAX);
    cr_assert_lt(strlen(setting), SETTING_MAX);
    (void)snprintf(settings[setting_count++], SETTING_MAX, "%s", setting);
}

char *fake_environment_get(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = setting_count; i-- > 0;) {
        if (strncmp(settings[i], name, len) == 0 && settings[i][len] == '=')
            return settings[i] + len + 1;
    }
    return NULL;
}
