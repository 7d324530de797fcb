/*
 * Each test sets the variables of a fake environment, starting from a good set,
 * and compares what is read; what is wrong is in test_config_mistakes.c.
 */
#include "config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fake_environment.h"

#define KV_URL "UPSTASH_REDIS_REST_URL=https://kv-host.upstash.io"
#define KV_TOKEN "UPSTASH_REDIS_REST_TOKEN=kv-s3cret"
#define NEON_HOST "ep-cool-name-123456-pooler.eu-central-1.aws.neon.tech"
#define NEON "DATABASE_URL=postgresql://shop:db-s3cret@" NEON_HOST "/shop"

static void set_store(void)
{
    fake_environment_clear();
    fake_environment_set(KV_URL);
    fake_environment_set(KV_TOKEN);
}

static void set_good(void)
{
    set_store();
    fake_environment_set(NEON "?sslmode=require");
}

static struct config c;

static void release_config(void)
{
    config_release(&c);
    memset(&c, 0, sizeof(c)); /* so that a leak shows */
}

/* Read the settings into c; each test releases it. */
static void expect_good(void)
{
    memset(&c, 0x5a, sizeof(c)); /* to be overwritten */
    cr_expect(config_read(&c, fake_environment()), "%s", c.mistakes.data);
    cr_expect_eq(c.mistakes.len, 0U);
}

/* ---- good ones ---- */

Test(config, the_smallest_one_has_the_documented_defaults)
{
    set_good();
    expect_good();
    cr_expect_null(c.runtime_api);
    cr_expect_str_eq(c.kv_url, "https://kv-host.upstash.io");
    cr_expect_str_eq(c.kv_token, "kv-s3cret");
    cr_expect_eq(c.database_api, DATABASE_NEON);
    cr_expect_str_eq(c.database_url,
                     "https://api.eu-central-1.aws.neon.tech/sql");
    cr_expect_str_eq(c.database_secret, "postgresql://shop:db-s3cret@" NEON_HOST
                                        "/shop?sslmode=require");
    cr_expect_eq(c.lease_s, 10);
    cr_expect_eq(c.kv_tries, 3);
    cr_expect_eq(c.kv_timeout_ms, 800);
    cr_expect_eq(c.database_timeout_ms, 3000);
    cr_expect_eq(c.denied_status, 409);
    cr_expect(c.preconnect);
    cr_expect_null(c.ca_file);
    cr_expect_null(c.operations_file);
    cr_expect_null(c.path_prefix);
    cr_expect_null(c.cors_origins);
    cr_expect_null(c.secret);
    cr_expect_null(c.other_secret);
    release_config();
}

Test(config, every_knob_can_be_turned)
{
    set_good();
    fake_environment_set("AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001");
    fake_environment_set("BOUNCER_LEASE_S=3600");
    fake_environment_set("BOUNCER_KV_TRIES=10");
    fake_environment_set("BOUNCER_KV_TIMEOUT_MS=60000");
    fake_environment_set("BOUNCER_DB_TIMEOUT_MS=900000");
    fake_environment_set("BOUNCER_DENIED_STATUS=429");
    fake_environment_set("BOUNCER_PRECONNECT=off");
    fake_environment_set("BOUNCER_CA_FILE=/dev/null");
    fake_environment_set("BOUNCER_OPERATIONS=/dev/null");
    fake_environment_set("BOUNCER_PATH_PREFIX=/shop");
    fake_environment_set("BOUNCER_CORS_ORIGINS=https://a.example, http://b");
    fake_environment_set("BOUNCER_SECRET=0123456789abcdef0123456789abcdef");
    fake_environment_set("BOUNCER_SECRET_2=0123456789abcdef0123456789abcdeF");
    expect_good();
    cr_expect_str_eq(c.runtime_api, "127.0.0.1:9001");
    cr_expect_eq(c.lease_s, 3600);
    cr_expect_eq(c.kv_tries, 10);
    cr_expect_eq(c.kv_timeout_ms, 60000);
    cr_expect_eq(c.database_timeout_ms, 900000);
    cr_expect_eq(c.denied_status, 429);
    cr_expect(!c.preconnect);
    cr_expect_str_eq(c.ca_file, "/dev/null");
    cr_expect_str_eq(c.operations_file, "/dev/null");
    cr_expect_str_eq(c.path_prefix, "/shop");
    cr_expect_str_eq(c.cors_origins, "https://a.example, http://b");
    cr_expect_str_eq(c.secret, "0123456789abcdef0123456789abcdef");
    cr_expect_str_eq(c.other_secret, "0123456789abcdef0123456789abcdeF");
    release_config();
}

Test(config, a_switch_has_two_words_for_each_side)
{
    static const struct {
        const char *setting;
        bool on;
    } switches[] = {
        {"BOUNCER_PRECONNECT=on", true},   {"BOUNCER_PRECONNECT=ON", true},
        {"BOUNCER_PRECONNECT=1", true},    {"BOUNCER_PRECONNECT=off", false},
        {"BOUNCER_PRECONNECT=Off", false}, {"BOUNCER_PRECONNECT=0", false},
        {"BOUNCER_PRECONNECT=", true},
    };

    for (size_t i = 0; i < COUNT(switches); i++) {
        set_good();
        fake_environment_set(switches[i].setting);
        expect_good();
        cr_expect_eq(c.preconnect, switches[i].on, "%s", switches[i].setting);
        release_config();
    }
}

Test(config, an_empty_setting_is_not_set)
{
    set_good();
    fake_environment_set("BOUNCER_LEASE_S=");
    fake_environment_set("BOUNCER_DENIED_STATUS=");
    fake_environment_set("BOUNCER_CA_FILE=");
    fake_environment_set("BOUNCER_SQL_URL=");
    fake_environment_set("SUPABASE_URL=");
    fake_environment_set("BOUNCER_DATABASE_API=");
    fake_environment_set("AWS_LAMBDA_RUNTIME_API=");
    expect_good();
    cr_expect_eq(c.lease_s, 10);
    cr_expect_null(c.runtime_api);
    cr_expect_null(c.ca_file);
    release_config();
}

Test(config, vercels_names_for_the_store_are_known_and_upstashs_win)
{
    fake_environment_clear();
    fake_environment_set("KV_REST_API_URL=https://kv.vercel-storage.example");
    fake_environment_set("KV_REST_API_TOKEN=other-s3cret");
    fake_environment_set(NEON);
    expect_good();
    cr_expect_str_eq(c.kv_url, "https://kv.vercel-storage.example");
    cr_expect_str_eq(c.kv_token, "other-s3cret");
    release_config();
    fake_environment_set(KV_URL);
    fake_environment_set(KV_TOKEN);
    expect_good();
    cr_expect_str_eq(c.kv_url, "https://kv-host.upstash.io");
    cr_expect_str_eq(c.kv_token, "kv-s3cret");
    release_config();
}

static const struct {
    const char *setting;
    const char *url;
} neon_hosts[] = {
    {NEON, "https://api.eu-central-1.aws.neon.tech/sql"},
    {"DATABASE_URL=postgres://u:p@ep-a-1.us-east-2.aws.neon.tech:5432/db",
     "https://api.us-east-2.aws.neon.tech/sql"},
    {"DATABASE_URL=postgresql://u:p%40q@ep-a-1.us-east-2.aws.neon.tech",
     "https://api.us-east-2.aws.neon.tech/sql"},
    {"DATABASE_URL=postgresql://u:p:q%25@ep-a-1.us-east-2.aws.neon.tech/"
     "db?a=b@c",
     "https://api.us-east-2.aws.neon.tech/sql"},
    {"DATABASE_URL=postgresql://u@ep-a-1.azure.neon.build?sslmode=require",
     "https://api.azure.neon.build/sql"},
};

Test(config, neons_endpoint_is_derived_from_the_host)
{
    for (size_t i = 0; i < COUNT(neon_hosts); i++) {
        set_good();
        fake_environment_set(neon_hosts[i].setting);
        expect_good();
        cr_expect_str_eq(c.database_url, neon_hosts[i].url, "%s",
                         neon_hosts[i].setting);
        release_config();
    }
}

Test(config, the_endpoint_can_be_named_instead)
{
    set_good();
    fake_environment_set("DATABASE_URL=postgresql://u:p@localhost:5432/db");
    fake_environment_set("BOUNCER_SQL_URL=http://127.0.0.1:4444/sql");
    expect_good();
    cr_expect_str_eq(c.database_url, "http://127.0.0.1:4444/sql");
    cr_expect_str_eq(c.database_secret, "postgresql://u:p@localhost:5432/db");
    release_config();
}

/* Add SETTING, and expect PostgREST at URL with SECRET. */
static void expect_postgrest(const char *setting, const char *url,
                             const char *secret)
{
    fake_environment_set(setting);
    expect_good();
    cr_expect_eq(c.database_api, DATABASE_POSTGREST, "%s", setting);
    cr_expect_str_eq(c.database_url, url, "%s", setting);
    cr_expect_str_eq(c.database_secret, secret, "%s", setting);
    release_config();
}

static const struct {
    const char *setting;
    const char *url;
} supabase_urls[] = {
    {"SUPABASE_URL=https://abcdefgh.supabase.co",
     "https://abcdefgh.supabase.co/rest/v1"},
    {"SUPABASE_URL=https://abcdefgh.supabase.co///",
     "https://abcdefgh.supabase.co/rest/v1"},
    {"SUPABASE_URL=http://localhost:54321/", "http://localhost:54321/rest/v1"},
    {"SUPABASE_URL=https://abcdefgh.supabase.co/rest/v1",
     "https://abcdefgh.supabase.co/rest/v1"},
    {"SUPABASE_URL=https://abcdefgh.supabase.co//rest/v1//",
     "https://abcdefgh.supabase.co/rest/v1"},
};

Test(config, supabase_is_postgrest_below_its_url)
{
    for (size_t i = 0; i < COUNT(supabase_urls); i++) {
        set_store();
        fake_environment_set("SUPABASE_SERVICE_ROLE_KEY=role-s3cret");
        expect_postgrest(supabase_urls[i].setting, supabase_urls[i].url,
                         "role-s3cret");
    }
}

/* Vercel's integration sets both keys, and they differ. */
Test(config, supabases_new_key_comes_before_its_legacy_one)
{
    set_store();
    fake_environment_set("SUPABASE_URL=https://abcdefgh.supabase.co");
    fake_environment_set("SUPABASE_SERVICE_ROLE_KEY=eyJ.legacy.s3cret");
    fake_environment_set("SUPABASE_SECRET_KEY=sb_secret_s3cret");
    expect_good();
    cr_expect_str_eq(c.database_secret, "sb_secret_s3cret");
    release_config();
    fake_environment_set("SUPABASE_SECRET_KEY=");
    expect_good();
    cr_expect_str_eq(c.database_secret, "eyJ.legacy.s3cret");
    release_config();
}

static const struct {
    const char *setting;
    const char *url;
} postgrest_urls[] = {
    {"POSTGREST_URL=http://localhost:3000", "http://localhost:3000"},
    {"POSTGREST_URL=http://localhost:3000/", "http://localhost:3000"},
    {"POSTGREST_URL=https://api.example/rpc", "https://api.example"},
    {"POSTGREST_URL=https://api.example/db//rpc/", "https://api.example/db"},
};

Test(config, plain_postgrest_is_asked_right_below_its_url)
{
    for (size_t i = 0; i < COUNT(postgrest_urls); i++) {
        set_store();
        fake_environment_set("POSTGREST_TOKEN=eyJ.role.s3cret");
        expect_postgrest(postgrest_urls[i].setting, postgrest_urls[i].url,
                         "eyJ.role.s3cret");
    }
}

Test(config, of_two_databases_one_can_be_chosen)
{
    set_good();
    fake_environment_set("SUPABASE_URL=https://abcdefgh.supabase.co");
    fake_environment_set("SUPABASE_SERVICE_ROLE_KEY=role-s3cret");
    fake_environment_set("BOUNCER_DATABASE_API=neon");
    expect_good();
    cr_expect_eq(c.database_api, DATABASE_NEON);
    release_config();
    fake_environment_set("BOUNCER_DATABASE_API=postgrest");
    expect_good();
    cr_expect_eq(c.database_api, DATABASE_POSTGREST);
    release_config();
}

Test(config, the_database_may_take_what_the_lease_leaves)
{
    set_good();
    fake_environment_set("BOUNCER_LEASE_S=10");
    fake_environment_set("BOUNCER_KV_TIMEOUT_MS=800");
    fake_environment_set("BOUNCER_DB_TIMEOUT_MS=9098");
    expect_good();
    release_config();
    fake_environment_set("BOUNCER_DB_TIMEOUT_MS=9099");
    cr_expect(!config_read(&c, fake_environment()));
    release_config();
}

Test(config, a_connection_string_goes_to_no_host_that_nobody_named)
{
    static const char *const hosts[] = {"example.com", "db.neon.tech.evil.com",
                                        "neon.tech", "evilneon.tech"};

    for (size_t i = 0; i < COUNT(hosts); i++) {
        char setting[128];

        set_good();
        (void)snprintf(setting, sizeof(setting),
                       "DATABASE_URL=postgresql://u:p@%s/db", hosts[i]);
        fake_environment_set(setting);
        cr_expect(!config_read(&c, fake_environment()), "%s", hosts[i]);
        cr_expect(strstr(c.mistakes.data, "names no Neon host"));
        release_config();
    }
}
