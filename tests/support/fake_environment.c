#include "fake_environment.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SETTINGS_MAX 24
#define SETTING_MAX 4096

static char settings[SETTINGS_MAX][SETTING_MAX];
static char *list[SETTINGS_MAX + 1];
static size_t setting_count;

void fake_environment_clear(void)
{
    setting_count = 0;
}

/* Where the setting of SETTING's name stands, or behind the last one. */
static size_t place_of(const char *setting)
{
    const size_t len = strcspn(setting, "=") + 1;
    size_t i = 0;

    while (i < setting_count && strncmp(settings[i], setting, len) != 0)
        i++;
    return i;
}

void fake_environment_set(const char *setting)
{
    const size_t i = place_of(setting);

    cr_assert_lt(i, SETTINGS_MAX);
    cr_assert_lt(strlen(setting), SETTING_MAX);
    (void)snprintf(settings[i], SETTING_MAX, "%s", setting);
    setting_count += i == setting_count;
}

void fake_environment_good(void)
{
    fake_environment_clear();
    fake_environment_set("UPSTASH_REDIS_REST_URL=https://kv.example");
    fake_environment_set("UPSTASH_REDIS_REST_TOKEN=good");
    fake_environment_set(
        "DATABASE_URL=postgresql://u:p@ep-a-1.eu-central-1.aws.neon.tech/db");
}

char *const *fake_environment(void)
{
    for (size_t i = 0; i < setting_count; i++)
        list[i] = settings[i];
    list[setting_count] = NULL;
    return list;
}
