/* What fronts and browsers need: a base path, pages of other origins. */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "guard/bouncer.h"
#include "world.h"

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
        world_open();
        world.instance.options.path_prefix = paths[i].prefix;
        world_serve("POST", paths[i].path, NULL);
        cr_expect_eq(world.res.status, paths[i].status, "%s: %d", paths[i].path,
                     world.res.status);
        world_close();
    }
}

static void preflight(const char *path)
{
    world_header("origin", "https://shop.example");
    world_header("access-control-request-method", "POST");
    world_serve("OPTIONS", path, NULL);
}

Test(bouncer_fronts, a_preflight_is_answered_where_its_origin_is_configured)
{
    world_open();
    preflight("/api/purchase");
    cr_expect_eq(world.res.status, 405);
    cr_expect_str_eq(world_told("access-control-allow-origin"), "(none)");
    world.instance.options.cors_origins = "https://shop.example";
    preflight("/api/purchase");
    cr_expect_eq(world.res.status, 204);
    cr_expect_str_eq(world_told("access-control-allow-methods"), "POST");
    cr_expect_str_eq(world_told("cache-control"), "no-store");
    cr_expect(captured_log_has(&world.log, "\"outcome\":\"preflight\""));
    preflight("/api/nothing");
    cr_expect_eq(world.res.status, 404);
    world_close();
}

Test(bouncer_fronts, a_page_of_another_origin_can_read_that_it_was_refused)
{
    world_open();
    world.instance.options.cors_origins = "*";
    world_store(WORLD_BUSY);
    world_header("origin", "https://shop.example");
    world_post("/api/purchase", "{\"product_id\":1,\"buyer\":\"alice\"}");
    cr_expect_eq(world.res.status, 409);
    cr_expect_str_eq(world_told("access-control-allow-origin"), "*");
    cr_expect_str_neq(world_told("retry-after"), "(none)");
    world_close();
}
