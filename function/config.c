/*
 * Each setting is looked up by its name where it is needed.  The look-up also
 * checks for what people paste along with a value; config_check.c keeps to one
 * mistake for each setting.
 */
#include "config.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/error.h"
#include "config_parts.h"
#include "guard/cors.h"
#include "guard/lock.h"

#define MISTAKES_MAX_BYTES 4096
#define URL_MAX_BYTES 2048

/* Characters of a secret; 32 random hexadecimal digits are 128 bits. */
#define SECRET_MIN_LEN 32

static long long read_number(struct config *config, char *const environment[],
                             const char *name, long long fallback,
                             long long min, long long max)
{
    const char *text = config_used(config, environment, name);
    long long value;

    if (!text)
        return fallback;
    if (slice_to_int(slice_of(text), &value) && value >= min && value <= max)
        return value;
    config_mistake(config, name, "must be a whole number from %lld to %lld",
                   min, max);
    return fallback;
}

/* ---- the store ---- */

/* The Redis address that a store sets beside its REST address; NULL: none. */
static const char *redis_address(char *const environment[])
{
    static const char *const names[] = {"KV_URL", "REDIS_URL",
                                        "UPSTASH_REDIS_URL"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (config_setting(environment, names[i]))
            return names[i];
    }
    return NULL;
}

static void tell_no_store(struct config *config, char *const environment[])
{
    const char *redis = redis_address(environment);

    if (redis)
        config_mistake(config, redis,
                       "is no REST address, and alone it does not do: set "
                       "UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, "
                       "or KV_REST_API_URL and KV_REST_API_TOKEN");
    else
        config_mistake(config, "no store",
                       "is set: UPSTASH_REDIS_REST_URL and "
                       "UPSTASH_REDIS_REST_TOKEN, or KV_REST_API_URL and "
                       "KV_REST_API_TOKEN");
}

static void read_kv(struct config *config, char *const environment[])
{
    const bool upstash =
        config_setting(environment, "UPSTASH_REDIS_REST_URL") ||
        config_setting(environment, "UPSTASH_REDIS_REST_TOKEN");
    const bool vercel = config_setting(environment, "KV_REST_API_URL") ||
                        config_setting(environment, "KV_REST_API_TOKEN");
    const char *url_name =
        upstash ? "UPSTASH_REDIS_REST_URL" : "KV_REST_API_URL";
    const char *token_name =
        upstash ? "UPSTASH_REDIS_REST_TOKEN" : "KV_REST_API_TOKEN";

    if (!upstash && !vercel) {
        tell_no_store(config, environment);
        return;
    }
    config->kv_url = config_required(config, environment, url_name);
    config->kv_token = config_required_secret(config, environment, token_name);
    if (!config->kv_url)
        return;
    if (config_begins_with(config->kv_url, "redis://") ||
        config_begins_with(config->kv_url, "rediss://"))
        config_mistake(config, url_name,
                       "must be the REST address, which begins with https://; "
                       "a redis:// or rediss:// address is another one");
    config_check_url(config, url_name, config->kv_url);
}

/* ---- the knobs ---- */

static bool read_switch(struct config *config, char *const environment[],
                        const char *name, bool fallback)
{
    const char *text = config_used(config, environment, name);

    if (!text)
        return fallback;
    if (strcasecmp(text, "on") == 0 || strcmp(text, "1") == 0)
        return true;
    if (strcasecmp(text, "off") != 0 && strcmp(text, "0") != 0)
        config_mistake(config, name, "must be on or off");
    return false;
}

static void read_knobs(struct config *config, char *const environment[])
{
    const char *denied =
        config_used(config, environment, "BOUNCER_DENIED_STATUS");

    config->lease_s =
        (int)read_number(config, environment, "BOUNCER_LEASE_S", 10, 1, 3600);
    config->kv_tries =
        (int)read_number(config, environment, "BOUNCER_KV_TRIES", 3, 1, 10);
    config->kv_timeout_ms = read_number(
        config, environment, "BOUNCER_KV_TIMEOUT_MS", 800, 10, 60000);
    config->database_timeout_ms = read_number(
        config, environment, "BOUNCER_DB_TIMEOUT_MS", 3000, 10, 900000);
    config->denied_status = denied && strcmp(denied, "429") == 0 ? 429 : 409;
    if (denied && strcmp(denied, "429") != 0 && strcmp(denied, "409") != 0)
        config_mistake(config, "BOUNCER_DENIED_STATUS", "must be 409 or 429");
    config->preconnect =
        read_switch(config, environment, "BOUNCER_PRECONNECT", true);
    config->ca_file = config_used(config, environment, "BOUNCER_CA_FILE");
    if (config->ca_file && access(config->ca_file, R_OK) != 0)
        config_mistake(config, "BOUNCER_CA_FILE",
                       "names no file that can be read");

    config->operations_file =
        config_used(config, environment, "BOUNCER_OPERATIONS");
    if (config->operations_file && access(config->operations_file, R_OK) != 0) {
        config_mistake(config, "BOUNCER_OPERATIONS",
                       "names no file that can be read");
        config->operations_file = NULL;
    }
    if (lock_lease_ms(config->lease_s) < config_work_ms(config))
        config_mistake(config, "BOUNCER_LEASE_S",
                       "is too short for "
                       "BOUNCER_KV_TIMEOUT_MS and BOUNCER_DB_TIMEOUT_MS");
}

/* ---- how requests come in ---- */

/* Whether PATH can be the base of the routes' paths. */
static bool is_prefix(const char *path)
{
    const size_t len = strlen(path);

    if (path[0] != '/' || path[len - 1] == '/' || strstr(path, "//"))
        return false;
    for (; *path; path++) {
        if (*path <= 0x20 || *path >= 0x7f || strchr("?#\\", *path))
            return false;
    }
    return true;
}

static void read_http(struct config *config, char *const environment[])
{
    struct error err;

    config->path_prefix =
        config_used(config, environment, "BOUNCER_PATH_PREFIX");
    if (config->path_prefix && !is_prefix(config->path_prefix))
        config_mistake(config, "BOUNCER_PATH_PREFIX",
                       "must be a path as /shop is: a slash in front of it, "
                       "none behind it, no blanks, no ? or #");
    config->cors_origins =
        config_used(config, environment, "BOUNCER_CORS_ORIGINS");
    if (config->cors_origins && !cors_check(config->cors_origins, &err))
        config_mistake(config, "BOUNCER_CORS_ORIGINS", "%s", err.text);
}

/* ---- who may call ---- */

static const char *read_secret(struct config *config, char *const environment[],
                               const char *name)
{
    const char *secret = config_used_secret(config, environment, name);

    if (secret && strlen(secret) < SECRET_MIN_LEN)
        config_mistake(config, name,
                       "must have %d characters or more: `openssl rand -hex "
                       "32` writes 64",
                       SECRET_MIN_LEN);
    return secret;
}

static void read_secrets(struct config *config, char *const environment[])
{
    config->secret = read_secret(config, environment, "BOUNCER_SECRET");
    config->other_secret = read_secret(config, environment, "BOUNCER_SECRET_2");
    if (!config->other_secret)
        return;
    if (!config->secret)
        config_mistake(config, "BOUNCER_SECRET_2",
                       "is set and BOUNCER_SECRET is not: one secret goes into "
                       "BOUNCER_SECRET");
    else if (strcmp(config->secret, config->other_secret) == 0)
        config_mistake(config, "BOUNCER_SECRET_2",
                       "is the same as BOUNCER_SECRET: leave it out, or put "
                       "the other one there");
}

bool config_read(struct config *config, char *const environment[])
{
    *config = (struct config){0};
    buffer_init(&config->derived_url, URL_MAX_BYTES);
    buffer_init(&config->mistakes, MISTAKES_MAX_BYTES);
    config->runtime_api = config_setting(environment, "AWS_LAMBDA_RUNTIME_API");
    read_kv(config, environment);
    config_read_database(config, environment);
    read_knobs(config, environment);
    read_http(config, environment);
    read_secrets(config, environment);
    config_check_names(config, environment);
    return config->mistakes.len == 0;
}

int64_t config_work_ms(const struct config *config)
{
    return config->kv_timeout_ms + config->database_timeout_ms;
}

void config_release(struct config *config)
{
    buffer_release(&config->derived_url);
    buffer_release(&config->mistakes);
}
