/* The bouncer's HTTP side: health, headers, log lines, routes. */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "guard/bouncer.h"
#include "world.h"

/* ---- username ---- */

static const struct {
    const char *row;
    int status;
    const char *words;
} usernames[] = {
    {"{\"outcome\":\"reserved\",\"username\":\"alice\"}", 201,
     "\"username\":\"alice\""},
    {"{\"outcome\":\"replayed\",\"username\":\"alice\"}", 200,
     "\"username\":\"alice\""},
    {"{\"outcome\":\"taken\"}", 409, ":taken\""},
};

Test(bouncer_http, a_username_is_reserved_under_an_unfenced_lock)
{
    for (size_t i = 0; i < COUNT(usernames); i++) {
        world_open();
        world_store("{\"result\":\"OK\"}");
        world_row(usernames[i].row);
        world_store(WORLD_RELEASED);
        world_post("/api/username", "{\"username\":\"alice\",\"user\":\"u1\"}");
        cr_expect_eq(world.res.status, usernames[i].status);
        cr_expect(world_said(usernames[i].words));
        cr_expect(strstr(world.store.requests[0].body, "lock:username:alice"));
        cr_expect(!strstr(world.database_api.requests[0].body, "fence"));
        world_close();
    }
}

/* ---- what accompanies an answer ---- */

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

Test(bouncer_http, a_sale_tells_its_timing_and_hands_the_trace_on)
{
    world_open();
    world_store(WORLD_WON)->takes_ms = 3;
    world_row("{\"outcome\":\"sold\",\"order_id\":1}")->takes_ms = 5;
    world_store(WORLD_RELEASED);
    world_header("traceparent", PARENT);
    world_header("tracestate", "vendor=1");
    world_buy();
    cr_expect_str_eq(world_told("server-timing"),
                     "lock;dur=3.000, db;dur=5.000");
    cr_expect(strstr(world.database_api.requests[0].headers,
                     "traceparent: " PARENT "\n"));
    cr_expect(strstr(world.database_api.requests[0].headers,
                     "tracestate: vendor=1\n"));
    cr_expect(captured_log_has(
        &world.log, "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\""));
    world_close();
}

/* ---- operations of one's own ---- */

#define OWN                                                                    \
    "{\"operations\":[{\"method\":\"POST\",\"path\":\"/named\",\"input\":{"    \
    "\"required\":[\"name\"],\"properties\":{\"name\":{\"type\":\"string\","   \
    "\"maxLength\":100}}},\"lock\":{\"name\":\"thing:{name}\",\"lease_s\":60}" \
    ",\"call\":\"take\",\"outcomes\":{\"taken\":{\"status\":201}}},{"          \
    "\"method\":\"GET\",\"path\":\"/named/{name}/left\",\"input\":{"           \
    "\"properties\":{\"name\":{\"type\":\"string\"},\"row\":{\"type\":"        \
    "\"integer\"}}},\"call\":\"look\",\"outcomes\":{\"found\":{\"status\":"    \
    "200}}}]}"

static void open_own(void)
{
    world_open();
    world_operations(OWN);
}

Test(bouncer_http, an_operation_has_its_own_lease)
{
    open_own();
    world_store("{\"result\":null}");
    world_post("/named", "{\"name\":\"x\"}");
    cr_expect_eq(world.res.status, 409);
    cr_expect(strstr(world.store.requests[0].body, "\"EX\",60]"));
    world_close();
}

Test(bouncer_http, a_name_that_is_no_lock_name_never_reaches_the_store)
{
    static const char *const bodies[] = {
        "{\"name\":\"a b\"}", "{\"name\":\"\xc3\xa4\"}", "{\"name\":\"\"}",
        "{\"name\":\"a:b\"}", "{}"};

    for (size_t i = 0; i < COUNT(bodies); i++) {
        open_own();
        world_post("/named", bodies[i]);
        cr_expect_eq(world.res.status, 400, "body %zu", i);
        world_close();
    }
}

static const struct {
    const char *path, *query;
    int status;
} gets[] = {
    {"/named/a%20b/left", "row=7", 200},
    {"/named/a%20b/left/", "row=7", 200},
    {"/shop/named/a%20b/left", "row=7", 200},
    {"/named/a%20b/left", "row=7&seat=1", 400},
    {"/named/a%20b/left", "row=seven", 400},
    {"/named//left", "row=7", 404},
    {"/named/a%20b/left/x", "row=7", 404},
    {"/named/a%2", "row=7", 404},
    {"/named/a%2/left", "row=7", 400},
};

Test(bouncer_http, a_get_is_read_from_its_path_and_its_query)
{
    for (size_t i = 0; i < COUNT(gets); i++) {
        open_own();
        world.instance.options.path_prefix = "/shop";
        world.request.query = slice_of(gets[i].query);
        if (gets[i].status == 200)
            world_row("{\"outcome\":\"found\",\"row\":7,\"left\":2}");
        world_serve("GET", gets[i].path, NULL);
        cr_expect_eq(world.res.status, gets[i].status, "%s?%s: %d",
                     gets[i].path, gets[i].query, world.res.status);
        if (gets[i].status == 200) {
            cr_expect(
                strstr(world.database_api.requests[0].body, "[\"a b\",\"7\"]"),
                "%s", world.database_api.requests[0].body);
            cr_expect_str_eq(world.res.body.data, "{\"row\":7,\"left\":2}");
        }
        world_close();
    }
}
