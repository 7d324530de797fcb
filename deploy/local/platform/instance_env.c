/*
 * The list is made once; a later value of a name replaces an earlier one.  Each
 * instance adds its own AWS_LAMBDA_RUNTIME_API.
 */
#include "platform/instance_env.h"

#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "platform/settings.h"

/* Set NAME to what printf makes of FORMAT, in place of an earlier value. */
__attribute__((format(printf, 3, 4), warn_unused_result)) static bool
set(struct instance_env *env, const char *name, const char *format, ...)
{
    char value[4096];
    char *var = NULL;
    size_t name_len = strlen(name);
    size_t i = 0;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(value, sizeof(value), format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof(value) ||
        asprintf(&var, "%s=%s", name, value) < 0)
        return false;
    while (i < env->count && (strncmp(env->vars[i], name, name_len) != 0 ||
                              env->vars[i][name_len] != '='))
        i++;
    if (i == INSTANCE_ENV_MAX) {
        free(var);
        return false;
    }
    if (i < env->count)
        free(env->vars[i]);
    else
        env->count++;
    env->vars[i] = var;
    return true;
}

/*
 * A log stream's name, as CloudWatch has it; all instances of one platform
 * process share it.
 */
static bool set_log(struct instance_env *env)
{
    time_t now = time(NULL);
    struct tm utc;
    char day[16];
    char id[33];

    gmtime_r(&now, &utc);
    (void)strftime(day, sizeof(day), "%Y/%m/%d", &utc);
    return random_hex(id, 16) &&
           set(env, "AWS_LAMBDA_LOG_GROUP_NAME",
               "/aws/lambda/" INSTANCE_FUNCTION_NAME) &&
           set(env, "AWS_LAMBDA_LOG_STREAM_NAME", "%s/[$LATEST]%s", day, id);
}

/* For SDKs, which look for some before they ask anybody; they open nothing. */
static bool set_credentials(struct instance_env *env)
{
    return set(env, "AWS_ACCESS_KEY_ID", "local") &&
           set(env, "AWS_SECRET_ACCESS_KEY", "local") &&
           set(env, "AWS_SESSION_TOKEN", "local");
}

static bool set_lambda(struct instance_env *env)
{
    return set(env, "AWS_LAMBDA_FUNCTION_NAME", INSTANCE_FUNCTION_NAME) &&
           set(env, "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST") &&
           set(env, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", INSTANCE_MEMORY_MB) &&
           set(env, "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand") &&
           set_log(env) && set_credentials(env) &&
           set(env, "AWS_REGION", INSTANCE_REGION) &&
           set(env, "AWS_DEFAULT_REGION", INSTANCE_REGION) &&
           set(env, "AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR") &&
           set(env, "AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000") &&
           set(env, "LAMBDA_TASK_ROOT", "%s", env->task_root) &&
           set(env, "LAMBDA_RUNTIME_DIR", "/var/runtime") &&
           set(env, "_HANDLER", "bootstrap") && set(env, "TZ", ":UTC") &&
           set(env, "PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin") &&
           set(env, "LANG", "en_US.UTF-8");
}

static bool set_stores(struct instance_env *env,
                       const struct settings *settings)
{
    int sql_port = settings->sql_port;
    bool done =
        set(env, "UPSTASH_REDIS_REST_URL", "https://127.0.0.1:%d",
            settings->kv_port) &&
        set(env, "UPSTASH_REDIS_REST_TOKEN", "%s", settings->kv_token) &&
        set(env, "BOUNCER_CA_FILE", "%s", settings->ca_file) &&
        set(env, "BOUNCER_SECRET", "%s", settings->secret);

    if (settings->options->database_api == DATABASE_API_POSTGREST)
        return done &&
               set(env, "SUPABASE_URL", "https://127.0.0.1:%d", sql_port) &&
               set(env, "SUPABASE_SERVICE_ROLE_KEY", "%s",
                   settings->service_key);
    return done &&
           set(env, "DATABASE_URL", "%s", settings->neon_connection_string) &&
           set(env, "BOUNCER_SQL_URL", "https://127.0.0.1:%d/sql", sql_port);
}

static bool set_given(struct instance_env *env, const struct options *options)
{
    for (size_t i = 0; i < options->set_count; i++) {
        const char *equals = strchr(options->set[i], '=');
        char name[256];

        (void)snprintf(name, sizeof(name), "%.*s",
                       (int)(equals - options->set[i]), options->set[i]);
        if (!set(env, name, "%s", equals + 1))
            return false;
    }
    return true;
}

bool instance_env_init(struct instance_env *env,
                       const struct settings *settings, struct error *err)
{
    char path[PATH_MAX];

    *env = (struct instance_env){
        .function = settings->function,
        .runtime_port = settings->runtime_port,
    };
    memcpy(path, settings->function, sizeof(path));
    (void)snprintf(env->task_root, sizeof(env->task_root), "%s", dirname(path));
    if (set_lambda(env) && set_stores(env, settings) &&
        set_given(env, settings->options))
        return true;
    error_set(err, "the function's environment is too large");
    instance_env_release(env);
    return false;
}

void instance_env_release(struct instance_env *env)
{
    for (size_t i = 0; i < env->count; i++)
        free(env->vars[i]);
    env->count = 0;
}
