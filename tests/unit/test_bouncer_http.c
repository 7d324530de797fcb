/* The bouncer's HTTP side: health, headers, log lines, routes. */
#include <criterion/criterion.h>
#include <string.h>

#include "guard/bouncer.h"
#include "world.h"

#define ALICE "{\"product_id\":1,\"buyer\":\"alice\"}"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *header(const struct world *w, const char *name)
{
    const char *value = message_response_header(&w->res, name);

    return value ? value : "(none)";
}

/* ---- username ---- */

static const struct {
    const char *row;
    int status;
    const char *words;
} usernames[] = {
    {"{\"outcome\":\"reserved\"}", 201, "\"username\":\"alice\""},
    {"{\"outcome\":\"replayed\"}", 200, "\"username\":\"alice\""},
    {"{\"outcome\":\"taken\"}", 409, ":taken\""},
};

Test(bouncer_http, a_username_is_reserved_under_an_unfenced_lock)
{
    for (size_t i = 0; i < COUNT(usernames); i++) {
        struct world w;

        world_open(&w);
        fake_transport_answer(&w.store, 200, "{\"result\":\"OK\"}");
        world_row(&w, usernames[i].row);
        fake_transport_answer(&w.store, 200, WORLD_RELEASED);
        world_post(&w, "/api/username",
                   "{\"username\":\"alice\",\"user\":\"u1\"}");
        cr_expect_eq(w.res.status, usernames[i].status);
        cr_expect(world_said(&w, usernames[i].words));
        cr_expect(strstr(w.store.requests[0].body, "lock:username:alice"));
        cr_expect(!strstr(w.database_api.requests[0].body, "fence"));
        world_close(&w);
    }
}

/* ---- what accompanies an answer ---- */

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

Test(bouncer_http, a_sale_tells_its_timing_and_hands_the_trace_on)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON)->takes_ms = 3;
    world_row(&w, "{\"outcome\":\"sold\",\"order_id\":1}")->takes_ms = 5;
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    world_header(&w, "traceparent", PARENT);
    world_header(&w, "tracestate", "vendor=1");
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_str_eq(header(&w, "server-timing"),
                     "lock;dur=3.000, db;dur=5.000");
    cr_expect(strstr(w.database_api.requests[0].headers,
                     "traceparent: " PARENT "\n"));
    cr_expect(
        strstr(w.database_api.requests[0].headers, "tracestate: vendor=1\n"));
    cr_expect(captured_log_has(
        &w.log, "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\""));
    world_close(&w);
}

/* ---- routes of a program's own ---- */

static void forgetful(struct bouncer *bouncer, struct message_response *res)
{
    (void)bouncer;
    (void)res;
}

static void quiet(struct bouncer *bouncer, struct message_response *res)
{
    (void)bouncer;
    message_problem(res, 404, "nothing", "Nothing", NULL);
}

static const struct field any_text[] = {
    {.name = "name", .type = FIELD_STRING, .max = 200},
};

static const struct bouncer_route own_routes[] = {
    {.method = "GET", .path = "/forgetful", .handle = forgetful},
    {.method = "POST",
     .path = "/named",
     .handle = quiet,
     .fields = any_text,
     .field_count = 1,
     .lock_name = "thing:{name}",
     .lease_s = 60,
     .denied_status = 429},
};

static void open_own(struct world *w)
{
    world_open(w);
    w->bouncer.options.routes = own_routes;
    w->bouncer.options.route_count = COUNT(own_routes);
}

Test(bouncer_http, a_handler_that_answers_nothing_is_a_500)
{
    struct world w;

    open_own(&w);
    world_serve(&w, "GET", "/forgetful", NULL);
    cr_expect_eq(w.res.status, 500);
    world_close(&w);
}

Test(bouncer_http, a_route_has_its_own_lease_and_denied_status)
{
    struct world w;

    open_own(&w);
    fake_transport_answer(&w.store, 200, "{\"result\":null}");
    world_post(&w, "/named", "{\"name\":\"x\"}");
    cr_expect_eq(w.res.status, 429);
    cr_expect(strstr(w.store.requests[0].body, "\"EX\",60]"));
    world_close(&w);
}

Test(bouncer_http, a_name_that_is_no_lock_name_never_reaches_the_store)
{
    static const char *const bodies[] = {"{\"name\":\"a b\"}",
                                         "{\"name\":\"\xc3\xa4\"}", "{}"};

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct world w;

        open_own(&w);
        world_post(&w, "/named", bodies[i]);
        cr_expect_eq(w.res.status, 503, "body %zu", i);
        world_close(&w);
    }
}
