/*
 * What a call looks like on the wire in both dialects, and what its answer
 * means: the fake transport keeps each request as it was sent.
 */
#include "wire/database.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fake_clock.h"
#include "fake_transport.h"

#define SECRET "db-s3cret"
#define CONNECTION "postgresql://shop:" SECRET "@db.example/shop"

static struct {
    struct fake_clock clock;
    struct fake_transport peer;
    struct database database;
    struct database_answer answer;
    struct error err;
} world;

static void open_world(enum database_api api)
{
    struct database_options options = {
        .api = api,
        .transport = &world.peer.transport,
        .url = api == DATABASE_NEON ? "https://api.db.example/sql"
                                    : "https://s.example/rest/v1/",
        .secret = api == DATABASE_NEON ? CONNECTION : SECRET,
    };

    fake_clock_init(&world.clock);
    fake_transport_init(&world.peer, &world.clock);
    cr_assert(database_init(&world.database, &options, &world.err));
}

static void close_world(void)
{
    cr_expect(fake_transport_is_done(&world.peer));
    cr_expect(!strstr(world.err.text, SECRET), "%s", world.err.text);
    database_answer_release(&world.answer);
    database_release(&world.database);
    fake_transport_release(&world.peer);
    memset(&world, 0, sizeof(world)); /* so that a leak shows */
}

static enum database_result call(void)
{
    const struct database_call purchase = {
        .function = "purchase",
        .argument_count = 6,
        .arguments = {{"product_id", DATABASE_INTEGER, NULL, JSON_INTEGER_MAX},
                      {"buyer", DATABASE_TEXT, "an\"na \xc3\xbc", 0},
                      {"fence", DATABASE_INTEGER, NULL, -7},
                      {"gift", DATABASE_BOOLEAN, NULL, 1},
                      {"vip", DATABASE_BOOLEAN, NULL, 0},
                      {"note", DATABASE_NULL, NULL, 0}},
        .timeout_ms = 2500,
        .traceparent = "traceparent: 00-a-b-01",
        .tracestate = "tracestate: x=y",
    };

    return database_call(&world.database, &purchase, &world.answer, &world.err);
}

/* What the API makes of the object ROW of the SQL function. */
static void wrap(enum database_api api, const char *row, char body[512])
{
    (void)snprintf(body, 512,
                   api == DATABASE_NEON
                       ? "{\"fields\":[{\"name\":\"answer\",\"dataTypeID\":"
                         "3802}],\"rows\":[{\"answer\":%s}],\"command\":"
                         "\"SELECT\",\"rowCount\":1,\"rowAsArray\":false}"
                       : "%s",
                   row);
}

static void answer(const char *row)
{
    char body[512];

    wrap(world.database.api, row, body);
    fake_transport_answer(&world.peer, 200, body);
}

static const enum database_api apis[] = {DATABASE_NEON, DATABASE_POSTGREST};

/* ---- requests ---- */

Test(database, neon_is_sent_a_query_with_parameters)
{
    open_world(DATABASE_NEON);
    answer("{\"outcome\":\"sold\"}");
    cr_expect_eq(call(), DATABASE_ANSWERED);
    cr_expect_str_eq(world.peer.requests[0].method, "POST");
    cr_expect_str_eq(world.peer.requests[0].url, "https://api.db.example/sql");
    cr_expect_str_eq(world.peer.requests[0].headers,
                     "Content-Type: application/json\n"
                     "Neon-Connection-String: " CONNECTION "\n"
                     "traceparent: 00-a-b-01\n"
                     "tracestate: x=y\n");
    cr_expect_str_eq(
        world.peer.requests[0].body,
        "{\"query\":\"SELECT purchase(\\\"product_id\\\" => $1, \\\"buyer\\\" "
        "=> $2, \\\"fence\\\" => $3, \\\"gift\\\" => $4, \\\"vip\\\" => $5, "
        "\\\"note\\\" => $6) AS answer\",\"params\":["
        "\"9007199254740991\",\"an\\\"na \xc3\xbc\",\"-7\",\"true\",\"false\","
        "null]}");
    cr_expect_eq(world.peer.requests[0].timeout_ms, 2500);
    close_world();
}

Test(database, postgrest_is_sent_named_arguments)
{
    open_world(DATABASE_POSTGREST);
    answer("{\"outcome\":\"sold\"}");
    cr_expect_eq(call(), DATABASE_ANSWERED);
    cr_expect_str_eq(world.peer.requests[0].method, "POST");
    cr_expect_str_eq(world.peer.requests[0].url,
                     "https://s.example/rest/v1/rpc/purchase");
    cr_expect_str_eq(world.peer.requests[0].headers,
                     "Content-Type: application/json\n"
                     "apikey: " SECRET "\n"
                     "traceparent: 00-a-b-01\n"
                     "tracestate: x=y\n");
    cr_expect_str_eq(world.peer.requests[0].body,
                     "{\"product_id\":9007199254740991,\"buyer\":"
                     "\"an\\\"na \xc3\xbc\",\"fence\":-7,\"gift\":true,"
                     "\"vip\":false,\"note\":null}");
    cr_expect_eq(world.peer.requests[0].timeout_ms, 2500);
    close_world();
}

/* A JSON Web Token is a bearer token too; nothing else is. */
static const struct {
    const char *key;
    bool is_jwt;
} keys[] = {
    {"eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoieCJ9.c2ln", true},
    {"sb_secret_abc", false},
    {"eyJhbGciOiJIUzI1NiJ9", false},
    {"eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoieCJ9.c2ln.x", false},
    {"a.b.c", false},
    {"ey", false},
};

Test(database, a_key_that_is_no_jwt_is_no_bearer_token)
{
    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct database_call ping = {.function = "ping"};

        open_world(DATABASE_POSTGREST);
        database_release(&world.database);
        cr_assert(database_init(
            &world.database,
            &(struct database_options){.api = DATABASE_POSTGREST,
                                       .transport = &world.peer.transport,
                                       .url = "https://s.example",
                                       .secret = keys[i].key},
            &world.err));
        answer("{}");
        cr_expect_eq(
            database_call(&world.database, &ping, &world.answer, &world.err),
            DATABASE_ANSWERED);
        cr_expect(strstr(world.peer.requests[0].headers, "apikey: "));
        cr_expect_eq(strstr(world.peer.requests[0].headers,
                            "Authorization: Bearer ") != NULL,
                     keys[i].is_jwt, "%s", keys[i].key);
        close_world();
    }
}

Test(database, a_call_needs_neither_arguments_nor_a_trace)
{
    const struct database_call ping = {.function = "ping"};
    static const char *const bodies[] = {
        "{\"query\":\"SELECT ping() AS answer\",\"params\":[]}", "{}"};

    for (size_t i = 0; i < COUNT(apis); i++) {
        open_world(apis[i]);
        answer("{}");
        cr_expect_eq(
            database_call(&world.database, &ping, &world.answer, &world.err),
            DATABASE_ANSWERED);
        cr_expect_str_eq(world.peer.requests[0].body, bodies[i]);
        cr_expect(!strstr(world.peer.requests[0].headers, "trace"));
        close_world();
    }
}

Test(database, calls_follow_each_other_on_the_same_url)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        open_world(apis[i]);
        answer("{}");
        answer("{}");
        cr_expect_eq(call(), DATABASE_ANSWERED);
        cr_expect_eq(call(), DATABASE_ANSWERED);
        cr_expect_str_eq(world.peer.requests[0].url,
                         world.peer.requests[1].url);
        cr_expect_str_eq(world.peer.requests[0].body,
                         world.peer.requests[1].body);
        close_world();
    }
}

Test(database, a_call_past_the_limit_is_not_sent)
{
    static char text[70000];
    const struct database_call long_value = {
        .function = "f",
        .argument_count = 1,
        .arguments = {{"a", DATABASE_TEXT, text, 0}}};
    const struct database_call long_name = {
        .function = "f",
        .argument_count = 1,
        .arguments = {{text, DATABASE_INTEGER, NULL, 1}}};
    const struct database_call long_function = {.function = text};
    const struct database_call *const calls[] = {&long_value, &long_name,
                                                 &long_function};

    memset(text, 'x', sizeof(text) - 1);
    for (size_t i = 0; i < COUNT(apis); i++) {
        for (size_t j = 0; j < COUNT(calls); j++) {
            open_world(apis[i]);
            cr_expect_eq(database_call(&world.database, calls[j], &world.answer,
                                       &world.err),
                         DATABASE_UNREACHED);
            cr_expect_null(world.answer.row);
            close_world();
        }
    }
}

Test(database, what_is_too_long_for_a_url_or_a_header_is_refused_at_the_start)
{
    static char text[9000];
    struct fake_transport peer = {0};
    struct database database;
    struct error err;

    memset(text, 'x', sizeof(text) - 1);
    for (size_t i = 0; i < COUNT(apis); i++) {
        struct database_options options = {.api = apis[i],
                                           .transport = &peer.transport,
                                           .url = text,
                                           .secret = SECRET};

        cr_expect(!database_init(&database, &options, &err));
        options.url = "https://db.example";
        options.secret = text;
        cr_expect(!database_init(&database, &options, &err));
        cr_expect_str_eq(err.text, "database URL or secret too long");
    }
}

/* ---- answers ---- */

static struct error err;

static enum database_result judge(enum database_api api, const char *body,
                                  struct database_answer *found)
{
    const struct database_response response = {
        .api = api, .status = 200, .sends = 1, .body = slice_of(body)};

    return database_judge(&response, found, &err);
}

Test(database, both_apis_yield_the_functions_object)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        struct database_answer found = {0};
        char body[512];
        int64_t order = 0;

        wrap(apis[i], "{\"outcome\":\"sold\",\"order_id\":4711}", body);
        cr_expect_eq(judge(apis[i], body, &found), DATABASE_ANSWERED);
        cr_expect(
            slice_is(json_string(json_get(found.row, "outcome")), "sold"));
        cr_expect(json_integer(json_get(found.row, "order_id"), &order));
        cr_expect_eq(order, 4711);
        database_answer_release(&found);
    }
}

/* What says 200 and is no object of the function's: maybe it was done. */
static const char *const no_rows[] = {
    "",
    "not json",
    "<html>",
    "null",
    "5",
    "\"sold\"",
    "[]",
    "true",
    "{\"outcome\":",
    "{} {}",
    "{\"a\":\"\xff\"}",
};

static void expect_no_row(enum database_api api, const char *body)
{
    struct database_answer found = {0};

    cr_expect_eq(judge(api, body, &found), DATABASE_UNKNOWN, "%s", body);
    cr_expect_null(found.row);
    cr_expect_str_eq(err.text, "status 200 with an unexpected body");
    database_answer_release(&found);
}

Test(database, a_success_without_an_object_leaves_the_outcome_unknown)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        for (size_t j = 0; j < COUNT(no_rows); j++) {
            char body[512];

            wrap(apis[i], no_rows[j], body);
            expect_no_row(apis[i], body);
        }
    }
}

static const char *const no_neon_answers[] = {
    "{}",
    "{\"rows\":[]}",
    "{\"rows\":{}}",
    "{\"rows\":[[{\"outcome\":\"sold\"}]]}",
    "{\"rows\":[{\"other\":{}}]}",
    "{\"rows\":[{\"answer\":\"{}\"}]}",
    "{\"results\":[{\"rows\":[{\"answer\":{}}]}]}",
};

Test(database, neon_answers_with_rows)
{
    for (size_t i = 0; i < COUNT(no_neon_answers); i++)
        expect_no_row(DATABASE_NEON, no_neon_answers[i]);
}

Test(database, the_answer_before_does_not_outlive_a_failure)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        open_world(apis[i]);
        answer("{\"outcome\":\"sold\"}");
        fake_transport_fail(&world.peer, TRANSPORT_UNKNOWN);
        fake_transport_answer(&world.peer, 500, "");
        cr_expect_eq(call(), DATABASE_ANSWERED);
        cr_expect_eq(call(), DATABASE_UNKNOWN);
        cr_expect_null(world.answer.row);
        cr_expect_eq(call(), DATABASE_UNKNOWN);
        cr_expect_null(world.answer.row);
        close_world();
    }
}
