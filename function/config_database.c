/*
 * The settings that are present decide which database is meant.  The address of
 * Neon's SQL endpoint is derived from the host in the connection string.
 * PostgREST's address is given; Supabase's lacks the path, which is added.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "config_parts.h"

/* ---- Neon ---- */

#define ENCODING                                                               \
    "in a password # / ? @ : and %% must be percent-encoded (%%23 %%2F %%3F "  \
    "%%40 %%3A %%25)"

/* Whether TEXT has a % without two hexadecimal digits behind it. */
static bool has_bare_percent(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '%' &&
            (i + 2 >= text.len || !isxdigit((unsigned char)text.at[i + 1]) ||
             !isxdigit((unsigned char)text.at[i + 2])))
            return true;
    }
    return false;
}

/* Whether USER and the PATH behind the host hold no unencoded password. */
static bool is_encoded(struct slice user, struct slice path)
{
    return !memchr(user.at, '@', user.len) && !memchr(path.at, '@', path.len) &&
           !has_bare_percent(user);
}

/*
 * The host of a connection string: postgresql://user:password@host:port/db.
 * {NULL, 0} with the mistake noted if it has no such form.  A second @ is a
 * mistake, because programs disagree: psql ends the password at the first, some
 * at the last.
 */
static struct slice connection_host(struct config *config, const char *url)
{
    const bool postgres = config_begins_with(url, "postgres://") ||
                          config_begins_with(url, "postgresql://");
    const char *authority = postgres ? strstr(url, "://") + 3 : "";
    const size_t len = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', len);
    const struct slice user = {authority, at ? (size_t)(at - authority) : 0};
    const struct slice path = {authority + len, strcspn(authority + len, "?")};
    struct slice host = {0};

    if (at ? !is_encoded(user, path) : strchr(authority, '@') != NULL) {
        config_mistake(config, "DATABASE_URL",
                       "cannot be taken apart: " ENCODING);
        return host;
    }
    if (user.len) {
        host.at = at + 1;
        while (host.at + host.len < path.at && host.at[host.len] != ':')
            host.len++;
    }
    if (!host.len)
        config_mistake(config, "DATABASE_URL",
                       "must have the form "
                       "postgresql://user:password@host/database");
    return host;
}

static bool ends_with(struct slice text, const char *end)
{
    size_t len = strlen(end);

    return text.len > len &&
           strncasecmp(text.at + text.len - len, end, len) == 0;
}

/*
 * Neon: api.<the host without its first label>, path /sql.  Only for Neon's own
 * hosts: any other would send the connection string to a stranger.
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

/* The host is not Neon's, and no endpoint was named. */
static void tell_other_host(struct config *config, struct slice host)
{
    if (ends_with(host, ".supabase.co") || ends_with(host, ".supabase.com"))
        config_mistake(config, "DATABASE_URL",
                       "names a Supabase host: set SUPABASE_URL and "
                       "SUPABASE_SECRET_KEY in its place");
    else
        config_mistake(config, "DATABASE_URL",
                       "names no Neon host; BOUNCER_SQL_URL can name the /sql "
                       "endpoint");
}

static void read_neon(struct config *config, char *const environment[])
{
    const char *override = config_used(config, environment, "BOUNCER_SQL_URL");
    const char *url =
        config_required_secret(config, environment, "DATABASE_URL");
    struct slice host;

    config->database_api = DATABASE_NEON;
    config->database_secret = url;
    config->database_url = override;
    if (override)
        config_check_url(config, "BOUNCER_SQL_URL", override);
    if (!url)
        return;
    host = connection_host(config, url);
    if (override || !host.len)
        return;
    if (derive_sql_url(config, host)) {
        config->database_url = config->derived_url.data;
        config_check_url(config, "DATABASE_URL", config->database_url);
    } else {
        tell_other_host(config, host);
    }
}

/* ---- PostgREST ---- */

/* The length of URL without SUFFIX and the slashes around it. */
static size_t length_without(const char *url, const char *suffix)
{
    const size_t suffix_len = strlen(suffix);
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        len--;
    if (len > suffix_len &&
        strncmp(url + len - suffix_len, suffix, suffix_len) == 0)
        len -= suffix_len;
    while (len && url[len - 1] == '/')
        len--;
    return len;
}

/* Set database_url to the first LEN bytes of URL with PATH behind them. */
static void derive_rpc_url(struct config *config, const char *name,
                           const char *url, size_t len, const char *path)
{
    config_check_url(config, name, url);
    if (!buffer_append_format(&config->derived_url, "%.*s%s", (int)len, url,
                              path))
        config_mistake(config, name, "is too long");
    config->database_url = config->derived_url.data;
}

static void read_supabase(struct config *config, char *const environment[])
{
    const char *url = config_required(config, environment, "SUPABASE_URL");
    /* Vercel's integration sets both, and the legacy key is going away. */
    const char *key_name =
        config_setting(environment, "SUPABASE_SECRET_KEY") ||
                !config_setting(environment, "SUPABASE_SERVICE_ROLE_KEY")
            ? "SUPABASE_SECRET_KEY"
            : "SUPABASE_SERVICE_ROLE_KEY";
    const char *key = config_required_secret(config, environment, key_name);

    config->database_secret = key;
    if (key && config_begins_with(key, "sb_publishable_"))
        config_mistake(config, key_name,
                       "is the publishable key: the secret one is needed");
    if (url) {
        const size_t len = length_without(url, "/rest/v1");
        const char *host = strstr(url, "://");

        derive_rpc_url(config, "SUPABASE_URL", url, len, "/rest/v1");
        if (host && memchr(host + 3, '/', len - (size_t)(host + 3 - url)))
            config_mistake(config, "SUPABASE_URL",
                           "must have no path, or /rest/v1 (for a PostgREST "
                           "at another path set POSTGREST_URL)");
    }
}

static void read_plain_postgrest(struct config *config,
                                 char *const environment[])
{
    const char *url = config_required(config, environment, "POSTGREST_URL");
    const char *token =
        config_required_secret(config, environment, "POSTGREST_TOKEN");
    const char *dot = token ? strchr(token, '.') : NULL;

    config->database_secret = token;
    if (token &&
        (!config_begins_with(token, "eyJ") || !dot || !strchr(dot + 1, '.')))
        config_mistake(config, "POSTGREST_TOKEN",
                       "must be a JSON Web Token: three parts with dots "
                       "between them, of which the first begins with eyJ");
    if (url)
        derive_rpc_url(config, "POSTGREST_URL", url,
                       length_without(url, "/rpc"), "");
}

/* ---- the database ---- */

static void read_postgrest(struct config *config, char *const environment[],
                           bool supabase, bool plain)
{
    config->database_api = DATABASE_POSTGREST;
    if (supabase && plain)
        config_mistake(config, "POSTGREST_URL",
                       "and SUPABASE_URL, or their keys, are both set: leave "
                       "one out");
    else if (plain)
        read_plain_postgrest(config, environment);
    else
        read_supabase(config, environment);
}

void config_read_database(struct config *config, char *const environment[])
{
    const char *api = config_used(config, environment, "BOUNCER_DATABASE_API");
    const bool neon = config_setting(environment, "DATABASE_URL");
    const bool supabase =
        config_setting(environment, "SUPABASE_URL") ||
        config_setting(environment, "SUPABASE_SECRET_KEY") ||
        config_setting(environment, "SUPABASE_SERVICE_ROLE_KEY");
    const bool plain = config_setting(environment, "POSTGREST_URL") ||
                       config_setting(environment, "POSTGREST_TOKEN");

    if (api && strcmp(api, "neon") != 0 && strcmp(api, "postgrest") != 0)
        config_mistake(config, "BOUNCER_DATABASE_API",
                       "must be neon or postgrest");
    else if (!api && neon && (supabase || plain))
        config_mistake(config, "DATABASE_URL",
                       "and %s are both set: choose with "
                       "BOUNCER_DATABASE_API=neon or "
                       "BOUNCER_DATABASE_API=postgrest",
                       supabase ? "SUPABASE_URL" : "POSTGREST_URL");
    else if (api ? strcmp(api, "postgrest") == 0 : supabase || plain)
        read_postgrest(config, environment, supabase, plain);
    else if (api || neon)
        read_neon(config, environment);
    else
        config_mistake(config, "no database",
                       "is set: DATABASE_URL for Neon, SUPABASE_URL and "
                       "SUPABASE_SECRET_KEY, or POSTGREST_URL and "
                       "POSTGREST_TOKEN");
}
