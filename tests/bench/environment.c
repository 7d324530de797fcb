#include "environment.h"

#include <stdio.h>
#include <stdlib.h>

#include "settings.h"

static void add(struct environment *env, const char *name, const char *value)
{
    const size_t at = env->count;
    int len = at < ENVIRONMENT_VARIABLES_MAX
                  ? snprintf(env->text[at], ENVIRONMENT_VARIABLE_MAX, "%s=%s",
                             name, value)
                  : -1;

    if (len < 0 || len >= ENVIRONMENT_VARIABLE_MAX)
        give_up(name, &(struct error){"does not fit"});
    env->list[env->count++] = env->text[at];
}

void environment_fill(struct environment *env, const char *api, const char *kv,
                      const char *sql)
{
    const char *operations = getenv("BOUNCER_OPERATIONS");

    *env = (struct environment){.count = 0};
    add(env, "AWS_LAMBDA_RUNTIME_API", api);
    add(env, "UPSTASH_REDIS_REST_URL", kv);
    add(env, "UPSTASH_REDIS_REST_TOKEN", setting("BENCH_KV_TOKEN"));
    add(env, "DATABASE_URL", setting("BENCH_DATABASE_URL"));
    add(env, "BOUNCER_SQL_URL", sql);
    add(env, "BOUNCER_SECRET", "benchmark-benchmark-benchmark-12");
    add(env, "BOUNCER_CA_FILE", setting("BENCH_CA_FILE"));
    add(env, "PATH", setting("PATH"));
    add(env, "TZ", ":UTC");
    if (operations)
        add(env, "BOUNCER_OPERATIONS", operations);
}
