/* What fronts and browsers need: a base path, pages of other origins. */
#include <criterion/criterion.h>
#include <string.h>

#include "guard/bouncer.h"
#include "world.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *header(const struct world *w, const char *name)
{
    const char *value = message_response_header(&w->res, name);

    return value ? value : "(none)";
}

/* 415: the route was found, and misses a body. */
static const struct {
    const char *prefix;
    const char *path;
    int status;
} paths[] = {
    {NULL, "/api/purchase", 415},
    {NULL, "/shop/api/purchase", 404},
    {"/shop", "/shop/api/purchase", 415},
    {"/shop", "/api/purchase", 415},
    {"/shop", "/shopapi/purchase", 404},
    {"/shop", "/Shop/api/purchase", 404},
    {"/shop", "/shop/shop/api/purchase", 404},
    {"/shop", "/shop", 404},
    {"/shop", "/", 404},
    {"/shop", "", 404},
    {"/shop/v1", "/shop/v1/api/purchase", 415},
    {"/shop/v1", "/shop/api/purchase", 404},
    {"/api", "/api/purchase", 415},
    {"/api", "/api/api/purchase", 415},
};

Test(bouncer_fronts, routes_are_served_below_the_prefix_and_without_it)
{
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct world w;

        world_open(&w);
        w.instance.options.path_prefix = paths[i].prefix;
        world_serve(&w, "POST", paths[i].path, NULL);
        cr_expect_eq(w.res.status, paths[i].status, "%s: %d", paths[i].path,
                     w.res.status);
        world_close(&w);
    }
}

static void preflight(struct world *w, const char *path)
{
    world_header(w, "origin", "https://shop.example");
    world_header(w, "access-control-request-method", "POST");
    world_serve(w, "OPTIONS", path, NULL);
}

Test(bouncer_fronts, a_preflight_is_answered_where_its_origin_is_configured)
{
    struct world w;

    world_open(&w);
    preflight(&w, "/api/purchase");
    cr_expect_eq(w.res.status, 405);
    cr_expect_str_eq(header(&w, "access-control-allow-origin"), "(none)");
    w.instance.options.cors_origins = "https://shop.example";
    preflight(&w, "/api/purchase");
    cr_expect_eq(w.res.status, 204);
    cr_expect_str_eq(header(&w, "access-control-allow-methods"), "POST");
    cr_expect_str_eq(header(&w, "cache-control"), "no-store");
    cr_expect(captured_log_has(&w.log, "\"outcome\":\"preflight\""));
    preflight(&w, "/api/nothing");
    cr_expect_eq(w.res.status, 404);
    world_close(&w);
}

Test(bouncer_fronts, a_page_of_another_origin_can_read_that_it_was_refused)
{
    struct world w;

    world_open(&w);
    w.instance.options.cors_origins = "*";
    fake_transport_answer(&w.store, 200, WORLD_BUSY);
    world_header(&w, "origin", "https://shop.example");
    world_post(&w, "/api/purchase", "{\"product_id\":1,\"buyer\":\"alice\"}");
    cr_expect_eq(w.res.status, 409);
    cr_expect_str_eq(header(&w, "access-control-allow-origin"), "*");
    cr_expect_str_neq(header(&w, "retry-after"), "(none)");
    world_close(&w);
}
