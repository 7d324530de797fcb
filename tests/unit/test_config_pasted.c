/* What is pasted along with a setting's value or its name, and a misspelt name.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "config.h"
#include "count.h"
#include "fake_environment.h"

/* Set SETTING over good ones, and expect the one mistake WORDS. */
static void expect_mistake(const char *setting, const char *words)
{
    struct config c;

    fake_environment_good();
    fake_environment_set(setting);
    cr_assert(!config_read(&c, fake_environment()), "%s", setting);
    cr_expect(strncmp(c.mistakes.data, words, strlen(words)) == 0, "%s: %s",
              setting, c.mistakes.data);
    cr_expect(!strchr(c.mistakes.data, '\n'), "%s", c.mistakes.data);
    cr_expect(!strstr(c.mistakes.data, "x9x"), "%s", c.mistakes.data);
    config_release(&c);
}

#define TOKEN "UPSTASH_REDIS_REST_TOKEN"
#define QUOTED " must not be in quotes: take them off"
#define PLACEHOLDER " holds a placeholder"
#define ALONE " must be the value alone: take off"

static const struct {
    const char *setting;
    const char *mistake;
} pasted[] = {
    {TOKEN "=\"x9x\"", TOKEN QUOTED},
    {TOKEN "='x9x'", TOKEN QUOTED},
    {TOKEN "=`x9x`", TOKEN QUOTED},
    {TOKEN "=\"x9x", TOKEN QUOTED},
    {TOKEN "=x9x'", TOKEN QUOTED},
    {TOKEN "=\"x9x\"\n", TOKEN QUOTED},
    {"UPSTASH_REDIS_REST_URL=\"https://x9x.example\"",
     "UPSTASH_REDIS_REST_URL" QUOTED},
    {"DATABASE_URL='postgresql://u:x9x@ep-a-1.aws.neon.tech/db'",
     "DATABASE_URL" QUOTED},
    {"BOUNCER_LEASE_S=\"10\"", "BOUNCER_LEASE_S" QUOTED},
    {"BOUNCER_PATH_PREFIX='/x9x'", "BOUNCER_PATH_PREFIX" QUOTED},
    {"BOUNCER_CORS_ORIGINS=\"https://x9x.example\"",
     "BOUNCER_CORS_ORIGINS" QUOTED},
    {TOKEN "=...", TOKEN PLACEHOLDER},
    {TOKEN "=x9x\xe2\x80\xa6", TOKEN PLACEHOLDER},
    {TOKEN "=YOUR_TOKEN", TOKEN PLACEHOLDER},
    {TOKEN "=your-token", TOKEN PLACEHOLDER},
    {TOKEN "=your_token_x9x", TOKEN PLACEHOLDER},
    {TOKEN "=<x9x>", TOKEN PLACEHOLDER},
    {TOKEN "=****************", TOKEN PLACEHOLDER},
    {TOKEN "=$UPSTASH_TOKEN", TOKEN PLACEHOLDER},
    {TOKEN "={{resolve:secretsmanager:x9x:SecretString:TOKEN}}",
     TOKEN PLACEHOLDER},
    {"UPSTASH_REDIS_REST_URL=https://...",
     "UPSTASH_REDIS_REST_URL" PLACEHOLDER},
    {"UPSTASH_REDIS_REST_URL=https://YOUR-STORE.upstash.io",
     "UPSTASH_REDIS_REST_URL" PLACEHOLDER},
    {"DATABASE_URL=postgresql://...", "DATABASE_URL" PLACEHOLDER},
    {"DATABASE_URL=postgresql://u:[YOUR-PASSWORD]@ep-a-1.aws.neon.tech/db",
     "DATABASE_URL" PLACEHOLDER},
    {"DATABASE_URL=postgresql://x9x:********@ep-a-1.aws.neon.tech/db",
     "DATABASE_URL" PLACEHOLDER},
    {"BOUNCER_CORS_ORIGINS=https://YOUR-SHOP",
     "BOUNCER_CORS_ORIGINS" PLACEHOLDER},
    {"DATABASE_URL=psql 'postgresql://u:x9x@ep-a-1.aws.neon.tech/db'",
     "DATABASE_URL" ALONE " the word psql in front of it"},
    {"UPSTASH_REDIS_REST_URL=redis-cli --tls -u redis://x9x@kv.example",
     "UPSTASH_REDIS_REST_URL" ALONE " the word redis-cli"},
    {TOKEN "=Bearer x9x", TOKEN ALONE " the word Bearer"},
    {TOKEN "=export " TOKEN "=x9x", TOKEN ALONE " the word export"},
    {TOKEN "=" TOKEN "=x9x", TOKEN ALONE " its own name"},
    {TOKEN "=x9x\n",
     TOKEN " must not contain blanks or control characters: take off the blank "
           "or line end behind it"},
    {TOKEN "=x9x ", TOKEN " must not contain blanks or control characters: "},
    {TOKEN "= x9x",
     TOKEN " must not contain blanks or control characters: take off the blank "
           "or line end in front of it"},
    {TOKEN "=\n", TOKEN " must not contain blanks or control characters: "},
    {"UPSTASH_REDIS_REST_URL=https://x9x.example\n",
     "UPSTASH_REDIS_REST_URL must not contain blanks"},
    {"BOUNCER_LEASE_S=10\n", "BOUNCER_LEASE_S must not contain blanks"},
    {"BOUNCER_PRECONNECT=off\r\n", "BOUNCER_PRECONNECT must not contain"},
};

Test(config_pasted, what_was_pasted_along_is_named_once)
{
    for (size_t i = 0; i < COUNT(pasted); i++)
        expect_mistake(pasted[i].setting, pasted[i].mistake);
}

/* What the services hand out. */
static const char *const real[] = {
    TOKEN "=AXyzASQgN2M4YjU0ZGEtMDk2Yy00ZGY4LWFjZTgtNzk5YzFhOGMyOGI0==",
    TOKEN "=eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2ln-_x",
    "UPSTASH_REDIS_REST_URL=https://eu1-kind-cat-12345.upstash.io/",
    "DATABASE_URL=postgres://neondb_owner:npg_aB3.x-Y~z!$&*(+),;=@ep-a-1-pooler"
    ".eu-central-1.aws.neon.tech/"
    "neondb?sslmode=require&channel_binding=require",
};

Test(config_pasted, real_values_are_no_placeholders)
{
    for (size_t i = 0; i < COUNT(real); i++) {
        struct config c;

        fake_environment_good();
        fake_environment_set(real[i]);
        cr_expect(config_read(&c, fake_environment()), "%s", c.mistakes.data);
        config_release(&c);
    }
}

Test(config_pasted, of_a_pair_that_is_not_used_nothing_is_said)
{
    struct config c;

    fake_environment_good();
    fake_environment_set("KV_REST_API_URL=\"https://...\"");
    fake_environment_set("KV_REST_API_TOKEN=a b");
    fake_environment_set("KV_URL=rediss://kv.example");
    fake_environment_set("REDIS_URL=rediss://kv.example");
    cr_expect(config_read(&c, fake_environment()), "%s", c.mistakes.data);
    config_release(&c);
}

static const struct {
    const char *setting;
    const char *mistake;
} names[] = {
    {"BOUNCER_LEASE=x9x",
     "BOUNCER_LEASE is no setting: do you mean BOUNCER_LEASE_S?"},
    {"BOUNCER_LEASE_SECONDS=x9x",
     "BOUNCER_LEASE_SECONDS is no setting: do you mean BOUNCER_LEASE_S?"},
    {"BOUNCER_DATABASE_TIMEOUT_MS=x9x",
     "BOUNCER_DATABASE_TIMEOUT_MS is no setting: do you mean "
     "BOUNCER_DB_TIMEOUT_MS?"},
    {"BOUNCER_CORS_ORIGIN=x9x",
     "BOUNCER_CORS_ORIGIN is no setting: do you mean BOUNCER_CORS_ORIGINS?"},
    {"BOUNCER_PRE_CONNECT=x9x",
     "BOUNCER_PRE_CONNECT is no setting: do you mean BOUNCER_PRECONNECT?"},
    {"bouncer_lease_s=x9x",
     "bouncer_lease_s is no setting: do you mean BOUNCER_LEASE_S?"},
    {"BOUNCER_COLOUR=x9x",
     "BOUNCER_COLOUR is no setting; README.md lists them"},
    {"BOUNCER_=x9x", "BOUNCER_ is no setting; README.md lists them"},
};

Test(config_pasted, a_name_that_is_no_setting_is_told_with_the_nearest)
{
    for (size_t i = 0; i < COUNT(names); i++)
        expect_mistake(names[i].setting, names[i].mistake);
}

Test(config_pasted, names_of_the_build_and_of_others_are_not_judged)
{
    struct config c;

    fake_environment_good();
    fake_environment_set("BOUNCER_FROM=releases");
    fake_environment_set("BOUNCER_RELEASES=/tmp");
    fake_environment_set("BOUNCER_COLOUR=");
    fake_environment_set("NIGHTCLUB_BOUNCER_LEASE=10");
    fake_environment_set("BOUNCERS=10");
    cr_expect(config_read(&c, fake_environment()), "%s", c.mistakes.data);
    config_release(&c);
}
