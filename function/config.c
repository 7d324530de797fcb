#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/error.h"
#include "base/url.h"
#include "guard/lock.h"

#define MISTAKES_MAX_BYTES 4096
#define URL_MAX_BYTES 2048

typedef char *lookup_fn(const char *name);

__attribute__((format(printf, 2, 3))) static void
add_mistake(struct config *config, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    /* A list that is full has mistakes enough to begin with. */
    if (config->mistakes.len && !buffer_append_text(&config->mistakes, "; "))
        return;
    if (!buffer_append_text(&config->mistakes, text))
        return;
}

/* A setting that is there and not empty, else NULL. */
static const char *setting(lookup_fn *lookup, const char *name)
{
    const char *value = lookup(name);

    return value && value[0] ? value : NULL;
}

/* A secret goes into a header line, and must not be able to end it. */
static bool is_header_safe(const char *text)
{
    for (; *text; text++) {
        if (*text <= 0x20 || *text >= 0x7f)
            return false;
    }
    return true;
}

static void check_secret(struct config *config, const char *name,
                         const char *value)
{
    if (!is_header_safe(value))
        add_mistake(config, "%s must not contain blanks or control characters",
                    name);
}

static void check_url(struct config *config, const char *name, const char *url)
{
    struct error err;

    if (!url_check(url, &err))
        add_mistake(config, "%s %s", name, err.text);
}

static long long read_number(struct config *config, lookup_fn *lookup,
                             const char *name, long long fallback,
                             long long min, long long max)
{
    const char *text = setting(lookup, name);
    long long value;

    if (!text)
        return fallback;
    if (slice_to_int(slice_of(text), &value) && value >= min && value <= max)
        return value;
    add_mistake(config, "%s must be a whole number from %lld to %lld", name,
                min, max);
    return fallback;
}

/* ---- the store ---- */

static void read_kv(struct config *config, lookup_fn *lookup)
{
    const bool upstash = setting(lookup, "UPSTASH_REDIS_REST_URL") ||
                         setting(lookup, "UPSTASH_REDIS_REST_TOKEN") ||
                         !(setting(lookup, "KV_REST_API_URL") ||
                           setting(lookup, "KV_REST_API_TOKEN"));
    const char *url_name =
        upstash ? "UPSTASH_REDIS_REST_URL" : "KV_REST_API_URL";
    const char *token_name =
        upstash ? "UPSTASH_REDIS_REST_TOKEN" : "KV_REST_API_TOKEN";

    config->kv_url = setting(lookup, url_name);
    config->kv_token = setting(lookup, token_name);
    if (config->kv_url)
        check_url(config, url_name, config->kv_url);
    else
        add_mistake(config, "%s is not set", url_name);
    if (config->kv_token)
        check_secret(config, token_name, config->kv_token);
    else
        add_mistake(config, "%s is not set", token_name);
}

/* ---- the database ---- */

/*
 * The host of a connection string: postgresql://user:password@host:port/db.
 * {NULL, 0} if it is none.
 */
static struct slice connection_host(const char *url)
{
    const char *authority = strstr(url, "://");
    struct slice host = {0};
    const char *at;
    size_t len;

    if (strncmp(url, "postgres://", 11) != 0 &&
        strncmp(url, "postgresql://", 13) != 0)
        return (struct slice){0};
    authority += strlen("://");
    len = strcspn(authority, "/?#");
    at = memrchr(authority, '@', len);
    if (!at || at == authority)
        return (struct slice){0};
    host.at = at + 1;
    while (host.at + host.len < authority + len && host.at[host.len] != ':')
        host.len++;
    return host;
}

static bool ends_with(struct slice text, const char *end)
{
    size_t len = strlen(end);

    return text.len > len &&
           strncasecmp(text.at + text.len - len, end, len) == 0;
}

/*
 * Neon: api.<the host without its first label>, path /sql.  For Neon's own
 * hosts alone: of any other the connection string would go to a stranger.
 */
static bool derive_sql_url(struct config *config, struct slice host)
{
    const char *dot = memchr(host.at, '.', host.len);

    if (!ends_with(host, ".neon.tech") && !ends_with(host, ".neon.build"))
        return false;
    return dot &&
           buffer_append_format(&config->derived_url, "https://api%.*s/sql",
                                (int)(host.len - (size_t)(dot - host.at)), dot);
}

static void read_neon(struct config *config, lookup_fn *lookup)
{
    const char *override = setting(lookup, "BOUNCER_SQL_URL");
    const char *url = setting(lookup, "DATABASE_URL");
    struct slice host;

    config->database_api = DATABASE_NEON;
    config->database_secret = url;
    if (!url) {
        add_mistake(config, "DATABASE_URL is not set");
        return;
    }
    check_secret(config, "DATABASE_URL", url);
    host = connection_host(url);
    if (!host.len)
        add_mistake(config, "DATABASE_URL must have the form "
                            "postgresql://user:password@host/database");
    if (override) {
        config->database_url = override;
        check_url(config, "BOUNCER_SQL_URL", override);
    } else if (host.len && derive_sql_url(config, host)) {
        config->database_url = config->derived_url.data;
        check_url(config, "DATABASE_URL's host", config->database_url);
    } else if (host.len) {
        add_mistake(config, "DATABASE_URL names no Neon host; "
                            "BOUNCER_SQL_URL can name the /sql endpoint");
    }
}

static void read_postgrest(struct config *config, lookup_fn *lookup)
{
    const char *url = setting(lookup, "SUPABASE_URL");
    const char *key = setting(lookup, "SUPABASE_SERVICE_ROLE_KEY");
    size_t len = url ? strlen(url) : 0;

    config->database_api = DATABASE_POSTGREST;
    config->database_secret = key;
    while (len && url[len - 1] == '/')
        len--;
    if (!url)
        add_mistake(config, "SUPABASE_URL is not set");
    else if (buffer_append_format(&config->derived_url, "%.*s/rest/v1",
                                  (int)len, url))
        check_url(config, "SUPABASE_URL", url);
    else
        add_mistake(config, "SUPABASE_URL is too long");
    config->database_url = config->derived_url.data;
    if (key)
        check_secret(config, "SUPABASE_SERVICE_ROLE_KEY", key);
    else
        add_mistake(config, "SUPABASE_SERVICE_ROLE_KEY is not set");
}

static void read_database(struct config *config, lookup_fn *lookup)
{
    const char *api = setting(lookup, "BOUNCER_DATABASE_API");
    const bool neon = setting(lookup, "DATABASE_URL");
    const bool supabase = setting(lookup, "SUPABASE_URL") ||
                          setting(lookup, "SUPABASE_SERVICE_ROLE_KEY");

    if (api && strcmp(api, "neon") != 0 && strcmp(api, "postgrest") != 0)
        add_mistake(config, "BOUNCER_DATABASE_API must be neon or postgrest");
    else if (!api && neon && supabase)
        add_mistake(config,
                    "DATABASE_URL and SUPABASE_URL are both set: choose with "
                    "BOUNCER_DATABASE_API=neon or BOUNCER_DATABASE_API="
                    "postgrest");
    else if (api ? strcmp(api, "postgrest") == 0 : supabase)
        read_postgrest(config, lookup);
    else if (api || neon)
        read_neon(config, lookup);
    else
        add_mistake(config, "no database is set: DATABASE_URL for Neon, or "
                            "SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY");
}

/* ---- the knobs ---- */

static bool read_switch(struct config *config, lookup_fn *lookup,
                        const char *name, bool fallback)
{
    const char *text = setting(lookup, name);

    if (!text)
        return fallback;
    if (strcasecmp(text, "on") == 0 || strcmp(text, "1") == 0)
        return true;
    if (strcasecmp(text, "off") != 0 && strcmp(text, "0") != 0)
        add_mistake(config, "%s must be on or off", name);
    return false;
}

static void read_knobs(struct config *config, lookup_fn *lookup)
{
    const char *denied = setting(lookup, "BOUNCER_DENIED_STATUS");

    config->lease_s =
        (int)read_number(config, lookup, "BOUNCER_LEASE_S", 10, 1, 3600);
    config->kv_tries =
        (int)read_number(config, lookup, "BOUNCER_KV_TRIES", 3, 1, 10);
    config->kv_timeout_ms =
        read_number(config, lookup, "BOUNCER_KV_TIMEOUT_MS", 800, 10, 60000);
    config->database_timeout_ms =
        read_number(config, lookup, "BOUNCER_DB_TIMEOUT_MS", 3000, 10, 900000);
    config->denied_status = denied && strcmp(denied, "429") == 0 ? 429 : 409;
    if (denied && strcmp(denied, "429") != 0 && strcmp(denied, "409") != 0)
        add_mistake(config, "BOUNCER_DENIED_STATUS must be 409 or 429");
    config->preconnect =
        read_switch(config, lookup, "BOUNCER_PRECONNECT", true);
    config->ca_file = setting(lookup, "BOUNCER_CA_FILE");
    if (config->ca_file && access(config->ca_file, R_OK) != 0)
        add_mistake(config, "BOUNCER_CA_FILE names no file that can be read");

    if (lock_lease_ms(config->lease_s) <
        config->kv_timeout_ms + config->database_timeout_ms)
        add_mistake(config, "BOUNCER_LEASE_S is too short for "
                            "BOUNCER_KV_TIMEOUT_MS and BOUNCER_DB_TIMEOUT_MS");
}

bool config_read(struct config *config, lookup_fn *lookup)
{
    *config = (struct config){0};
    buffer_init(&config->derived_url, URL_MAX_BYTES);
    buffer_init(&config->mistakes, MISTAKES_MAX_BYTES);
    config->runtime_api = setting(lookup, "AWS_LAMBDA_RUNTIME_API");
    read_kv(config, lookup);
    read_database(config, lookup);
    read_knobs(config, lookup);
    return config->mistakes.len == 0;
}

void config_release(struct config *config)
{
    buffer_release(&config->derived_url);
    buffer_release(&config->mistakes);
}
