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

static void add(struct environment *env, const char *name, const char *value)
{
    char *text = env->text[env->count];
    int len = snprintf(text, SETTINGS_VARIABLE_MAX, "%s=%s", name, value);

    if (len < 0 || len >= SETTINGS_VARIABLE_MAX) {
        (void)fprintf(stderr, "bench: %s is too long\n", name);
        exit(EXIT_FAILURE);
    }
    env->list[env->count++] = text;
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
