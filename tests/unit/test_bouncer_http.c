/* The bouncer's HTTP side: health, headers, log lines, routes. */
#include <criterion/criterion.h>
#include <stdio.h>
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
        cr_expect(!captured_log_has(&w.log, "alice"));
        world_close(&w);
    }
}

/* ---- health ---- */

static void script_health(struct world *w, bool kv, bool database)
{
    if (kv)
        fake_transport_answer(&w->store, 200, "{\"result\":\"PONG\"}");
    else
        fake_transport_fail(&w->store, TRANSPORT_NOT_SENT);
    if (database)
        world_row(w, "{\"outcome\":\"healthy\"}");
    else
        fake_transport_fail(&w->database_api, TRANSPORT_UNKNOWN);
}

static const struct {
    bool kv, database;
    int status;
    const char *words;
} healths[] = {
    {true, true, 200, "\"kv\":\"ok\",\"database\":\"ok\""},
    {false, true, 503, "\"kv\":\"unavailable\",\"database\":\"ok\""},
    {true, false, 503, "\"kv\":\"ok\",\"database\":\"unavailable\""},
};

Test(bouncer_http, health_asks_both_stores)
{
    for (size_t i = 0; i < COUNT(healths); i++) {
        struct world w;

        world_open(&w);
        script_health(&w, healths[i].kv, healths[i].database);
        world_serve(&w, "GET", "/api/health", NULL);
        cr_expect_eq(w.res.status, healths[i].status);
        cr_expect(world_said(&w, healths[i].words), "%s", w.res.body.data);
        world_close(&w);
    }
}

Test(bouncer_http, health_is_remembered_for_a_second)
{
    struct world w;

    world_open(&w);
    script_health(&w, true, true);
    for (int i = 0; i < 5; i++)
        world_serve(&w, "GET", "/api/health", NULL);
    fake_clock_advance(&w.clock, 999);
    world_serve(&w, "GET", "/api/health", NULL);
    cr_expect_eq(w.res.status, 200);
    fake_clock_advance(&w.clock, 1);
    script_health(&w, false, true);
    world_serve(&w, "GET", "/api/health", NULL);
    cr_expect_eq(w.res.status, 503);
    world_close(&w);
}

Test(bouncer_http, head_answers_without_a_body_and_with_its_length)
{
    struct world w;
    char length[32];

    world_open(&w);
    script_health(&w, true, true);
    world_serve(&w, "GET", "/api/health", NULL);
    (void)snprintf(length, sizeof(length), "%zu", w.res.body.len);
    cr_expect(!message_response_header(&w.res, "content-length"));
    world_close(&w);
    world_open(&w);
    script_health(&w, true, true);
    world_serve(&w, "HEAD", "/api/health", NULL);
    cr_expect_eq(w.res.status, 200);
    cr_expect_eq(w.res.body.len, 0U);
    cr_expect_str_eq(header(&w, "content-length"), length);
    world_close(&w);
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

Test(bouncer_http, each_request_is_one_log_line_without_its_body)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON);
    world_row(&w, "{\"outcome\":\"sold\",\"order_id\":1,"
                  "\"key\":\"key-of-alice\",\"fence\":7}");
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    world_header(&w, "idempotency-key", "key-of-alice");
    world_post(&w, "/api/purchase", ALICE);
    cr_expect(captured_log_has(&w.log, "\"event\":\"request\""));
    cr_expect(captured_log_has(&w.log, "\"request_id\":\"request-1\""));
    cr_expect(captured_log_has(&w.log, "\"route\":\"/api/purchase\""));
    cr_expect(captured_log_has(&w.log, "\"status\":201"));
    cr_expect(captured_log_has(&w.log, "\"fence\":7"));
    cr_expect(!captured_log_has(&w.log, "alice"));
    cr_expect_eq(strchr(w.log.text.data, '\n'),
                 w.log.text.data + w.log.text.len - 1);
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
    {.name = "name", .type = FIELD_TEXT, .max = 200},
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

Test(bouncer_http, the_log_tells_how_long_the_answer_took)
{
    struct world w;

    world_open(&w);
    w.invocation.received_us = 1000;
    w.invocation.answered_us = 8500;
    fake_transport_answer(&w.store, 200, WORLD_BUSY);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect(captured_log_has(&w.log, "\"duration_us\":7500,"));
    world_close(&w);
}
