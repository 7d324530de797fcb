/* Who may call an operation that asks for the secret, and what caches keep. */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "guard/bouncer.h"
#include "world.h"

#define SECRET "s3cret-of-the-shop-0123456789abc"
#define NEXT_SECRET "n3xt-secret-of-the-shop-56789abc"
#define OPERATION(method, path, more)                                          \
    "{\"method\":\"" method "\",\"path\":\"" path                              \
    "\",\"call\":\"f\",\"outcomes\":{\"ok\":{\"status\":200},"                 \
    "\"no\":{\"status\":404}}" more "}"
#define OWN                                                                             \
    "{\"operations\":[" OPERATION(                                                      \
        "POST", "/secret",                                                              \
        ",\"callers\":\"secret\",\"input\":{\"properties\":{\"a\":{"                    \
        "\"type\":\"integer\"}}}") "," OPERATION("GET", "/secret/cached",               \
                                                 ",\"callers\":\"secret\","             \
                                                 "\"cache_control\":"                   \
                                                 "\"public\"") "," OPERATION("GET",     \
                                                                             "/cached", \
                                                                             ",\"cache_control\":\"public, max-age=1\"") "]}"

static void open_world(void)
{
    world_open();
    world_operations(OWN);
    world.instance.options.secrets[0] = SECRET;
    world.instance.options.secrets[1] = NEXT_SECRET;
}

static void close_world(void)
{
    cr_expect(!captured_log_has(&world.log, SECRET));
    cr_expect(!captured_log_has(&world.log, NEXT_SECRET));
    world_close();
}

/* ---- the secret ---- */

static const char *const right[] = {
    "Bearer " SECRET,   "bearer " SECRET,         "BEARER " SECRET,
    "Bearer   " SECRET, "  Bearer " SECRET " \t", "Bearer " NEXT_SECRET,
};

Test(bouncer_callers, whoever_bears_a_secret_is_served)
{
    for (size_t i = 0; i < COUNT(right); i++) {
        open_world();
        world_row("{\"outcome\":\"ok\"}");
        world_header("authorization", right[i]);
        world_post("/secret", "{\"a\":1}");
        cr_expect_eq(world.res.status, 200, "%s: %d", right[i],
                     world.res.status);
        cr_expect(!strstr(world.database_api.requests[0].body, "s3cret"));
        cr_expect(!strstr(world.database_api.requests[0].headers, "s3cret"));
        close_world();
    }
}

#define NO_TOKEN "Bearer realm=\"bouncer\""
#define WRONG_TOKEN NO_TOKEN ", error=\"invalid_token\""

static const struct {
    const char *first, *second; /* Authorization; NULL: none */
    const char *challenge;
} wrong[] = {
    {NULL, NULL, NO_TOKEN},
    {"", NULL, NO_TOKEN},
    {"Bearer", NULL, NO_TOKEN},
    {"Basic " SECRET, NULL, NO_TOKEN},
    {SECRET, NULL, NO_TOKEN},
    {"Bearer\t" SECRET, NULL, NO_TOKEN},
    {"Bearer x", NULL, WRONG_TOKEN},
    {"Bearer " SECRET "x", NULL, WRONG_TOKEN},
    {"Bearer S3cret-of-the-shop-0123456789abc", NULL, WRONG_TOKEN},
    {"Bearer s3cret-of-the-shop-0123456789abC", NULL, WRONG_TOKEN},
    {"Bearer s3cret-of-the-shop-0123456789ab", NULL, WRONG_TOKEN},
    {"Bearer \"" SECRET "\"", NULL, WRONG_TOKEN},
    {"Bearer " SECRET ", Bearer " SECRET, NULL, WRONG_TOKEN},
    {"Bearer " SECRET, "Bearer " SECRET, WRONG_TOKEN},
    {"Bearer x", "Bearer " SECRET, WRONG_TOKEN},
    {"", "Bearer " SECRET, WRONG_TOKEN},
};

static void post_with(const char *first, const char *second)
{
    if (first)
        world_header("Authorization", first);
    if (second)
        world_header("authorization", second);
    world_post("/secret", "no JSON, and nobody looks at it");
}

/* The stores have no script: asking one would fail the test. */
Test(bouncer_callers, all_others_are_answered_before_anything_is_read_or_asked)
{
    for (size_t i = 0; i < COUNT(wrong); i++) {
        open_world();
        world.instance.options.cors_origins = "https://shop.example";
        world_header("origin", "https://shop.example");
        post_with(wrong[i].first, wrong[i].second);
        cr_expect_eq(world.res.status, 401, "%zu: %d", i, world.res.status);
        cr_expect(world_said("\"urn:bouncer:problem:unauthorized\""));
        cr_expect_str_eq(world_told("www-authenticate"), wrong[i].challenge,
                         "%zu", i);
        cr_expect_str_eq(world_told("cache-control"), "no-store");
        cr_expect_str_eq(world_told("access-control-allow-origin"),
                         "https://shop.example");
        cr_expect(captured_log_has(&world.log, "\"status\":401"));
        close_world();
    }
}

Test(bouncer_callers, without_a_secret_set_nobody_is_served)
{
    for (size_t i = 0; i < COUNT(right) + COUNT(wrong); i++) {
        open_world();
        world.instance.options.secrets[0] = NULL;
        world.instance.options.secrets[1] = NULL;
        if (i < COUNT(right))
            post_with(right[i], NULL);
        else
            post_with(wrong[i - COUNT(right)].first,
                      wrong[i - COUNT(right)].second);
        cr_expect_eq(world.res.status, 401, "%zu: %d", i, world.res.status);
        close_world();
    }
}

Test(bouncer_callers, a_browsers_preflight_needs_no_secret)
{
    open_world();
    world.instance.options.cors_origins = "*";
    world_header("origin", "https://shop.example");
    world_header("access-control-request-method", "POST");
    world_header("access-control-request-headers", "authorization");
    world_serve("OPTIONS", "/secret", NULL);
    cr_expect_eq(world.res.status, 204);
    cr_expect(
        strstr(world_told("access-control-allow-headers"), "authorization"));
    world_serve("GET", "/secret", NULL);
    cr_expect_eq(world.res.status, 405);
    world_serve("GET", "/api/live", NULL);
    cr_expect_eq(world.res.status, 200);
    close_world();
}

/* ---- caches ---- */

static const struct {
    const char *method, *path, *row;
    int status;
    const char *cache_control;
} kept[] = {
    {"GET", "/cached", "{\"outcome\":\"ok\"}", 200, "public, max-age=1"},
    {"HEAD", "/cached", "{\"outcome\":\"ok\"}", 200, "public, max-age=1"},
    {"GET", "/cached", "{\"outcome\":\"no\"}", 404, "no-store"},
    {"GET", "/cached", "{\"outcome\":\"new\"}", 504, "no-store"},
    {"PUT", "/cached", NULL, 405, "no-store"},
    {"GET", "/secret/cached", "{\"outcome\":\"ok\"}", 200, "no-store"},
    {"GET", "/api/live", NULL, 200, "no-store"},
};

Test(bouncer_callers, a_cache_keeps_successes_that_anyone_may_see)
{
    for (size_t i = 0; i < COUNT(kept); i++) {
        open_world();
        world.instance.options.cors_origins = "https://shop.example";
        if (kept[i].row)
            world_row(kept[i].row);
        world_header("authorization", right[0]);
        world_serve(kept[i].method, kept[i].path, NULL);
        cr_expect_eq(world.res.status, kept[i].status, "%zu: %d", i,
                     world.res.status);
        cr_expect_str_eq(world_told("cache-control"), kept[i].cache_control,
                         "%zu", i);
        cr_expect_str_eq(world_told("vary"), "Origin");
        close_world();
    }
}
