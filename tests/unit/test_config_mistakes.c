/* Every mistake in the settings: each is named, and no value is repeated. */
#include "config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fake_environment.h"

#define ENCODED                                                                \
    "DATABASE_URL cannot be taken apart: in a password # / ? @ : and % must "  \
    "be percent-encoded"

static size_t count_mistakes(const char *text)
{
    size_t count = 1;

    while ((text = strchr(text, '\n')) != NULL) {
        text++;
        count++;
    }
    return count;
}

/* Each is set over good settings; "x9x" in it must not be repeated. */
static const struct {
    const char *setting;
    const char *mistake;
} single[] = {
    {"UPSTASH_REDIS_REST_URL=", "UPSTASH_REDIS_REST_URL is not set"},
    {"UPSTASH_REDIS_REST_TOKEN=", "UPSTASH_REDIS_REST_TOKEN is not set"},
    {"DATABASE_URL=", "no database is set"},
    {"UPSTASH_REDIS_REST_URL=x9x.example",
     "UPSTASH_REDIS_REST_URL must begin with https://"},
    {"UPSTASH_REDIS_REST_URL=http://x9x.example",
     "UPSTASH_REDIS_REST_URL must begin with https:// (http:// is accepted"},
    {"UPSTASH_REDIS_REST_URL=https://x9x@kv.example",
     "UPSTASH_REDIS_REST_URL must not contain a user or password"},
    {"UPSTASH_REDIS_REST_URL=https:///x9x",
     "UPSTASH_REDIS_REST_URL has no valid host name"},
    {"UPSTASH_REDIS_REST_TOKEN=x9x x9x",
     "UPSTASH_REDIS_REST_TOKEN must not contain blanks or control"},
    {"UPSTASH_REDIS_REST_TOKEN=x9x\r\nX-Evil: 1",
     "UPSTASH_REDIS_REST_TOKEN must not contain blanks or control"},
    {"UPSTASH_REDIS_REST_TOKEN=x9x\n",
     "UPSTASH_REDIS_REST_TOKEN must not contain blanks or control"},
    {"UPSTASH_REDIS_REST_TOKEN=x9x\x7f",
     "UPSTASH_REDIS_REST_TOKEN must not contain blanks or control"},
    {"UPSTASH_REDIS_REST_TOKEN=x9x\xc3\xbc",
     "UPSTASH_REDIS_REST_TOKEN must not contain blanks or control"},
    {"DATABASE_URL=mysql://x9x:x9x@ep-a-1.aws.neon.tech/db",
     "DATABASE_URL must have the form postgresql://"},
    {"DATABASE_URL=postgresql://ep-a-1.aws.neon.tech/x9x",
     "DATABASE_URL must have the form postgresql://"},
    {"DATABASE_URL=postgresql://@ep-a-1.aws.neon.tech/x9x",
     "DATABASE_URL must have the form postgresql://"},
    {"DATABASE_URL=postgresql://x9x:x9x@/x9x",
     "DATABASE_URL must have the form postgresql://"},
    {"DATABASE_URL=x9x", "DATABASE_URL must have the form postgresql://"},
    {"DATABASE_URL=postgresql://x9x:x9x@localhost/db",
     "DATABASE_URL names no Neon host; BOUNCER_SQL_URL can name"},
    {"DATABASE_URL=postgresql://x9x:x9x@db.x9x.supabase.co:5432/postgres",
     "DATABASE_URL names a Supabase host: set SUPABASE_URL and"},
    {"DATABASE_URL=postgresql://x9x:x9x@ep-a-1.e(u.aws.neon.tech/db",
     "DATABASE_URL has no valid host name"},
    /* what must be percent-encoded in a password */
    {"DATABASE_URL=postgresql://x9x:p#w@ep-a-1.aws.neon.tech/db", ENCODED},
    {"DATABASE_URL=postgresql://x9x:p/w@ep-a-1.aws.neon.tech/db", ENCODED},
    {"DATABASE_URL=postgresql://x9x:p?w@ep-a-1.aws.neon.tech/db", ENCODED},
    {"DATABASE_URL=postgresql://x9x:p@w@ep-a-1.aws.neon.tech/db", ENCODED},
    {"DATABASE_URL=postgresql://x9x:p%w@ep-a-1.aws.neon.tech/db", ENCODED},
    {"DATABASE_URL=postgresql://x9x:p%2@ep-a-1.aws.neon.tech/db", ENCODED},
    {"DATABASE_URL=postgresql://x9x:p@x#w/1@ep-a-1.aws.neon.tech/db", ENCODED},
    {"DATABASE_URL=postgresql://x9x:p#w/12@ep-a-1.aws.neon.tech/db", ENCODED},
    {"DATABASE_URL=postgresql://x9x:x9x x@ep-a-1.aws.neon.tech/db",
     "DATABASE_URL must not contain blanks or control characters"},
    {"DATABASE_URL=postgresql://x9x:x9x@ep-a-1.aws.neon.tech/db\r\nA: b",
     "DATABASE_URL must not contain blanks or control characters"},
    {"BOUNCER_SQL_URL=http://x9x.example/sql",
     "BOUNCER_SQL_URL must begin with https://"},
    {"BOUNCER_DATABASE_API=x9x",
     "BOUNCER_DATABASE_API must be neon or postgrest"},
    {"BOUNCER_DATABASE_API=Neon",
     "BOUNCER_DATABASE_API must be neon or postgrest"},
    {"SUPABASE_URL=https://x9x.supabase.co",
     "DATABASE_URL and SUPABASE_URL are both set"},
    {"SUPABASE_SERVICE_ROLE_KEY=x9x",
     "DATABASE_URL and SUPABASE_URL are both set"},
    {"SUPABASE_SECRET_KEY=x9x", "DATABASE_URL and SUPABASE_URL are both set"},
    {"POSTGREST_URL=https://x9x.example",
     "DATABASE_URL and POSTGREST_URL are both set"},
    {"BOUNCER_LEASE_S=0", "BOUNCER_LEASE_S must be a whole number from 1 to"},
    {"BOUNCER_LEASE_S=3601", "BOUNCER_LEASE_S must be a whole number"},
    {"BOUNCER_LEASE_S=x9x", "BOUNCER_LEASE_S must be a whole number"},
    {"BOUNCER_LEASE_S=10s", "BOUNCER_LEASE_S must be a whole number"},
    {"BOUNCER_LEASE_S=10.5", "BOUNCER_LEASE_S must be a whole number"},
    {"BOUNCER_LEASE_S=-10", "BOUNCER_LEASE_S must be a whole number"},
    {"BOUNCER_LEASE_S=99999999999999999999",
     "BOUNCER_LEASE_S must be a whole number"},
    {"BOUNCER_LEASE_S=3", "BOUNCER_LEASE_S is too short for"},
    {"BOUNCER_KV_TRIES=0", "BOUNCER_KV_TRIES must be a whole number from 1 to"},
    {"BOUNCER_KV_TRIES=11", "BOUNCER_KV_TRIES must be a whole number"},
    {"BOUNCER_KV_TIMEOUT_MS=9",
     "BOUNCER_KV_TIMEOUT_MS must be a whole number from 10 to 60000"},
    {"BOUNCER_KV_TIMEOUT_MS=60001", "BOUNCER_KV_TIMEOUT_MS must be a whole"},
    {"BOUNCER_KV_TIMEOUT_MS=9000", "BOUNCER_LEASE_S is too short for"},
    {"BOUNCER_DB_TIMEOUT_MS=9",
     "BOUNCER_DB_TIMEOUT_MS must be a whole number from 10 to 900000"},
    {"BOUNCER_DB_TIMEOUT_MS=900001", "BOUNCER_DB_TIMEOUT_MS must be a whole"},
    {"BOUNCER_DB_TIMEOUT_MS=9099", "BOUNCER_LEASE_S is too short for"},
    {"BOUNCER_DENIED_STATUS=403", "BOUNCER_DENIED_STATUS must be 409 or 429"},
    {"BOUNCER_DENIED_STATUS=x9x", "BOUNCER_DENIED_STATUS must be 409 or 429"},
    {"BOUNCER_PRECONNECT=x9x", "BOUNCER_PRECONNECT must be on or off"},
    {"BOUNCER_PATH_PREFIX=x9x", "BOUNCER_PATH_PREFIX must be a path as /shop"},
    {"BOUNCER_PATH_PREFIX=/", "BOUNCER_PATH_PREFIX must be a path as /shop"},
    {"BOUNCER_PATH_PREFIX=/x9x/", "BOUNCER_PATH_PREFIX must be a path"},
    {"BOUNCER_PATH_PREFIX=/x9x//y", "BOUNCER_PATH_PREFIX must be a path"},
    {"BOUNCER_PATH_PREFIX=/x9x?y", "BOUNCER_PATH_PREFIX must be a path"},
    {"BOUNCER_PATH_PREFIX=/x9x y", "BOUNCER_PATH_PREFIX must be a path"},
    {"BOUNCER_PATH_PREFIX=https://x9x.example/shop",
     "BOUNCER_PATH_PREFIX must be a path"},
    {"BOUNCER_CORS_ORIGINS=https://x9x.example/",
     "BOUNCER_CORS_ORIGINS must be * alone, or origins"},
    {"BOUNCER_SECRET=x9x456789abcdef0123456789abcdef",
     "BOUNCER_SECRET must have 32 characters or more: `openssl rand"},
    {"BOUNCER_SECRET=x9x3456789abcdef 0123456789abcdef",
     "BOUNCER_SECRET must not contain blanks or control characters"},
    {"BOUNCER_SECRET=x9x3456789abcdef0123456789abcd\xc3\xbc",
     "BOUNCER_SECRET must not contain blanks or control characters"},
    {"BOUNCER_SECRET=your-secret-x9x-0123456789abcdef",
     "BOUNCER_SECRET holds a placeholder"},
    {"BOUNCER_SECRET=Bearer x9x3456789abcdef0123456789abcdef",
     "BOUNCER_SECRET must be the value alone: take off the word Bearer"},
    {"BOUNCER_SECRET_2=x9x3456789abcdef0123456789abcdef",
     "BOUNCER_SECRET_2 is set and BOUNCER_SECRET is not"},
    {"BOUNCER_SECRET_2=x9x",
     "BOUNCER_SECRET_2 must have 32 characters or more"},
    {"BOUNCER_CA_FILE=/x9x/nowhere.pem",
     "BOUNCER_CA_FILE names no file that can be read"},
    {"BOUNCER_OPERATIONS=/x9x/operations.json",
     "BOUNCER_OPERATIONS names no file that can be read"},
};

Test(config_mistakes, each_is_named_alone_and_its_value_is_not)
{
    for (size_t i = 0; i < COUNT(single); i++) {
        struct config c;

        fake_environment_good();
        fake_environment_set(single[i].setting);
        cr_assert(!config_read(&c, fake_environment()), "%s",
                  single[i].setting);
        cr_expect(strstr(c.mistakes.data, single[i].mistake), "%s: %s",
                  single[i].setting, c.mistakes.data);
        cr_expect_eq(count_mistakes(c.mistakes.data), 1U, "%s: %s",
                     single[i].setting, c.mistakes.data);
        cr_expect(!strstr(c.mistakes.data, "x9x"), "%s", c.mistakes.data);
        config_release(&c);
    }
}

#define STORE                                                                  \
    "UPSTASH_REDIS_REST_URL=https://kv.example", "UPSTASH_REDIS_REST_TOKEN="   \
                                                 "good"

/* What is left of a store or a database without its other half. */
static const struct {
    const char *settings[5];
    const char *mistakes[3];
} halves[] = {
    {{NULL},
     {"no store is set: UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN",
      "no database is set: DATABASE_URL for Neon, SUPABASE_URL and"}},
    {{"KV_URL=rediss://x9x", "REDIS_URL=rediss://x9x",
      "DATABASE_URL=postgresql://u:p@ep-a-1.aws.neon.tech/db"},
     {"KV_URL is no REST address, and alone it does not do: set "
      "UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN"}},
    {{"REDIS_URL=rediss://x9x",
      "DATABASE_URL=postgresql://u:p@ep-a-1.aws.neon.tech/db"},
     {"REDIS_URL is no REST address"}},
    {{"UPSTASH_REDIS_REST_URL=rediss://default:x9x@kv.example:6379",
      "UPSTASH_REDIS_REST_TOKEN=x9x",
      "DATABASE_URL=postgresql://u:p@ep-a-1.aws.neon.tech/db"},
     {"UPSTASH_REDIS_REST_URL must be the REST address"}},
    {{STORE, "SUPABASE_URL=https://s.example/x9x",
      "SUPABASE_SECRET_KEY=sb_publishable_x9x"},
     {"SUPABASE_URL must have no path, or /rest/v1",
      "SUPABASE_SECRET_KEY is the publishable key"}},
    {{STORE, "SUPABASE_URL=https://s.example/rest/v1?apikey=x9x",
      "SUPABASE_SERVICE_ROLE_KEY=sb_publishable_x9x"},
     {"SUPABASE_URL must end before the ? or # in it",
      "SUPABASE_SERVICE_ROLE_KEY is the publishable key"}},
    {{STORE, "SUPABASE_URL=https://s.example/rest/v1/rpc/x9x",
      "SUPABASE_SECRET_KEY=sb_secret_x9x"},
     {"SUPABASE_URL must have no path, or /rest/v1"}},
    {{STORE, "POSTGREST_URL=https://p.example"},
     {"POSTGREST_TOKEN is not set"}},
    {{STORE, "POSTGREST_TOKEN=x9x"},
     {"POSTGREST_URL is not set", "POSTGREST_TOKEN must be a JSON Web Token"}},
    {{STORE, "POSTGREST_URL=https://p.example/?x9x", "POSTGREST_TOKEN=eyJ.x9x"},
     {"POSTGREST_URL must end before the ? or #",
      "POSTGREST_TOKEN must be a JSON Web Token"}},
    {{STORE, "POSTGREST_URL=https://p.example",
      "SUPABASE_URL=https://s.example"},
     {"POSTGREST_URL and SUPABASE_URL, or their keys, are both set"}},
    {{"KV_REST_API_URL=https://kv.example", "SUPABASE_URL=https://s.example"},
     {"KV_REST_API_TOKEN is not set", "SUPABASE_SECRET_KEY is not set"}},
    {{"KV_REST_API_TOKEN=x9x", "SUPABASE_SERVICE_ROLE_KEY=x9x"},
     {"KV_REST_API_URL is not set", "SUPABASE_URL is not set"}},
    {{"UPSTASH_REDIS_REST_URL=https://kv.example", "KV_REST_API_TOKEN=x9x",
      "BOUNCER_DATABASE_API=neon"},
     {"UPSTASH_REDIS_REST_TOKEN is not set", "DATABASE_URL is not set"}},
    {{"KV_REST_API_URL=https://kv.example", "UPSTASH_REDIS_REST_TOKEN=x9x",
      "BOUNCER_DATABASE_API=postgrest"},
     {"UPSTASH_REDIS_REST_URL is not set", "SUPABASE_URL is not set",
      "SUPABASE_SECRET_KEY is not set"}},
    {{"KV_REST_API_URL=ftp://x9x.example", "KV_REST_API_TOKEN=x9x x9x",
      "SUPABASE_URL=https://x9x.example", "SUPABASE_SERVICE_ROLE_KEY=x9x\n"},
     {"KV_REST_API_URL must begin with https://",
      "KV_REST_API_TOKEN must not contain blanks",
      "SUPABASE_SERVICE_ROLE_KEY must not contain blanks"}},
};

Test(config_mistakes, missing_halves_are_named)
{
    for (size_t i = 0; i < COUNT(halves); i++) {
        size_t count = 0;
        struct config c;

        fake_environment_clear();
        for (size_t j = 0; j < 5 && halves[i].settings[j]; j++)
            fake_environment_set(halves[i].settings[j]);
        cr_assert(!config_read(&c, fake_environment()));
        for (size_t j = 0; j < 3 && halves[i].mistakes[j]; j++, count++)
            cr_expect(strstr(c.mistakes.data, halves[i].mistakes[j]),
                      "%zu: \"%s\" is not in \"%s\"", i, halves[i].mistakes[j],
                      c.mistakes.data);
        cr_expect_eq(count_mistakes(c.mistakes.data), count, "%s",
                     c.mistakes.data);
        cr_expect(!strstr(c.mistakes.data, "x9x"), "%s", c.mistakes.data);
        config_release(&c);
    }
}

Test(config_mistakes, all_are_reported_at_once)
{
    static const char *const words[] = {
        "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN",
        "DATABASE_URL must not",  "BOUNCER_LEASES is no setting",
        "BOUNCER_SQL_URL",        "BOUNCER_LEASE_S must",
        "BOUNCER_KV_TRIES",       "BOUNCER_KV_TIMEOUT_MS",
        "BOUNCER_DB_TIMEOUT_MS",  "BOUNCER_DENIED_STATUS",
        "BOUNCER_PRECONNECT",     "BOUNCER_CA_FILE",
    };
    struct config c;

    fake_environment_clear();
    fake_environment_set("UPSTASH_REDIS_REST_URL=http://x9x");
    fake_environment_set("UPSTASH_REDIS_REST_TOKEN=x9x x9x");
    fake_environment_set("DATABASE_URL=x9x x9x");
    fake_environment_set("BOUNCER_SQL_URL=x9x");
    fake_environment_set("BOUNCER_LEASE_S=x9x");
    fake_environment_set("BOUNCER_KV_TRIES=x9x");
    fake_environment_set("BOUNCER_KV_TIMEOUT_MS=x9x");
    fake_environment_set("BOUNCER_DB_TIMEOUT_MS=x9x");
    fake_environment_set("BOUNCER_DENIED_STATUS=x9x");
    fake_environment_set("BOUNCER_PRECONNECT=x9x");
    fake_environment_set("BOUNCER_CA_FILE=x9x");
    fake_environment_set("BOUNCER_LEASES=x9x");
    cr_assert(!config_read(&c, fake_environment()));
    for (size_t i = 0; i < COUNT(words); i++)
        cr_expect(strstr(c.mistakes.data, words[i]), "\"%s\" is not in \"%s\"",
                  words[i], c.mistakes.data);
    cr_expect_eq(count_mistakes(c.mistakes.data), COUNT(words));
    cr_expect(!strstr(c.mistakes.data, "x9x"));
    config_release(&c);
}

Test(config_mistakes, the_other_secret_is_another)
{
    struct config c;

    fake_environment_good();
    fake_environment_set("BOUNCER_SECRET=x9x3456789abcdef0123456789abcdef");
    fake_environment_set("BOUNCER_SECRET_2=x9x3456789abcdef0123456789abcdef");
    cr_expect(!config_read(&c, fake_environment()));
    cr_expect_str_eq(c.mistakes.data,
                     "BOUNCER_SECRET_2 is the same as BOUNCER_SECRET: leave it "
                     "out, or put the other one there");
    config_release(&c);
}

Test(config_mistakes, a_supabase_url_past_the_limit_is_named)
{
    static char url[3000];
    struct config c;

    (void)snprintf(url, sizeof(url), "SUPABASE_URL=https://s.example/%02500d",
                   0);
    fake_environment_good();
    fake_environment_set("DATABASE_URL=");
    fake_environment_set(url);
    fake_environment_set("SUPABASE_SERVICE_ROLE_KEY=good");
    cr_expect(!config_read(&c, fake_environment()));
    cr_expect_str_eq(c.mistakes.data, "SUPABASE_URL is too long");
    config_release(&c);
}
