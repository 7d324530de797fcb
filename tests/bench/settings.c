#include "settings.h"

#include <stdio.h>
#include <stdlib.h>

const char *setting(const char *name)
{
    const char *value = getenv(name);

    if (!value || !value[0]) {
        (void)fprintf(stderr, "bench: %s is not set: run the script\n", name);
        exit(EXIT_FAILURE);
    }
    return value;
}

long setting_count(const char *name, long max)
{
    const char *text = setting(name);
    char *end;
    long count = strtol(text, &end, 10);

    if (!*end && count >= 1 && count <= max)
        return count;
    (void)fprintf(stderr, "bench: %s must be a number from 1 to %ld\n", name,
                  max);
    exit(EXIT_FAILURE);
}

_Noreturn void give_up(const char *what, const struct error *err)
{
    (void)fprintf(stderr, "bench: %s: %s\n", what, err->text);
    exit(EXIT_FAILURE);
}

static void add(struct environment *env, const char *name, const char *value)
{
    const size_t at = env->count;
    int len = at < SETTINGS_VARIABLES_MAX
                  ? snprintf(env->text[at], SETTINGS_VARIABLE_MAX, "%s=%s",
                             name, value)
                  : -1;

    if (len < 0 || len >= SETTINGS_VARIABLE_MAX) {
        (void)fprintf(stderr, "bench: %s does not fit\n", name);
        exit(EXIT_FAILURE);
    }
    env->list[env->count++] = env->text[at];
}

void environment_fill(struct environment *env, const char *api, const char *kv,
                      const char *sql)
{
    *env = (struct environment){.count = 0};
    add(env, "AWS_LAMBDA_RUNTIME_API", api);
    add(env, "UPSTASH_REDIS_REST_URL", kv);
    add(env, "UPSTASH_REDIS_REST_TOKEN", setting("BENCH_KV_TOKEN"));
    add(env, "DATABASE_URL", setting("BENCH_DATABASE_URL"));
    add(env, "BOUNCER_SQL_URL", sql);
    add(env, "BOUNCER_CA_FILE", setting("BENCH_CA_FILE"));
    add(env, "PATH", setting("PATH"));
    add(env, "TZ", ":UTC");
}
