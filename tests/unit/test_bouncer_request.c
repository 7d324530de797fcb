/* What the bouncer makes of requests before the lock is asked for. */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "guard/bouncer.h"
#include "world.h"

#define ALICE "{\"product_id\":1,\"buyer\":\"alice\"}"

/* ---- requests that never reach a store ---- */

static const struct {
    const char *method;
    const char *path;
    const char *type;
    const char *body;
    int status;
    const char *words;
} rejected[] = {
    {"POST", "/", NULL, NULL, 404, ":not-found\""},
    {"POST", "/api/purchase//", NULL, NULL, 404, ":not-found\""},
    {"POST", "//api/purchase", NULL, NULL, 404, ":not-found\""},
    {"GET", "/api/purchase", NULL, NULL, 405, ":method-not-allowed\""},
    {"DELETE", "/api/health", NULL, NULL, 405, ":method-not-allowed\""},
    {"POST", "/api/purchase", NULL, ALICE, 415, ":unsupported-media-type\""},
    {"POST", "/api/purchase", "text/plain", ALICE, 415, "application/json"},
    {"POST", "/api/purchase", "application/json", NULL, 400, "empty"},
    {"POST", "/api/purchase", "application/json", "{", 400,
     "{\"type\":\"urn:bouncer:problem:malformed-body\",\"title\":\"The body is "
     "not valid JSON\",\"status\":400,\"detail\":\"byte 1: not valid JSON\"}"},
    {"POST", "/api/purchase", "application/json", "[]", 400,
     "{\"type\":\"urn:bouncer:problem:malformed-body\",\"title\":\"The body is "
     "not a JSON object\",\"status\":400}"},
    {"POST", "/api/purchase", "application/json", "{}", 400,
     "{\"errors\":[{\"field\":\"product_id\",\"detail\":\"is required\"},"
     "{\"field\":\"buyer\",\"detail\":\"is required\"}],"
     "\"type\":\"urn:bouncer:problem:invalid-fields\",\"title\":\"The request "
     "has missing or invalid fields\",\"status\":400}"},
    {"POST", "/api/purchase", "application/json",
     "{\"product_id\":1,\"product_id\":2,\"buyer\":\"a\"}", 400, "twice"},
    {"POST", "/api/purchase", "application/json",
     "{\"product_id\":\"1\",\"buyer\":\"a\"}", 400, "whole number"},
    {"POST", "/api/purchase", "application/json",
     "{\"product_id\":1,\"quantity\":11,\"buyer\":\"a\"}", 400, "from 1 to 10"},
    {"POST", "/api/purchase", "application/json",
     "{\"product_id\":1,\"buyer\":\"a\\u0000b\"}", 400, "u0000"},
    {"POST", "/api/username", "application/json",
     "{\"username\":\"a:b\",\"user\":\"u\"}", 400, "may hold only"},
    {"POST", "/api/username", "application/json",
     "{\"username\":\"Alice\",\"user\":\"u\"}", 400, "must match the pattern"},
};

Test(bouncer_request, bad_requests_are_refused_at_the_edge)
{
    for (size_t i = 0; i < COUNT(rejected); i++) {
        world_open();
        if (rejected[i].type)
            world_header("content-type", rejected[i].type);
        world_serve(rejected[i].method, rejected[i].path, rejected[i].body);
        cr_expect_eq(world.res.status, rejected[i].status, "%zu: %d", i,
                     world.res.status);
        cr_expect(world_said(rejected[i].words), "%zu: %s", i,
                  world.res.body.data);
        cr_expect_str_eq(world_told("content-type"),
                         "application/problem+json");
        cr_expect_str_eq(world_told("cache-control"), "no-store");
        cr_expect_str_eq(world_told("x-request-id"), "request-1");
        cr_expect_str_eq(world.guarded.outcome, "rejected");
        world_close();
    }
}

Test(bouncer_request, a_405_names_what_is_allowed)
{
    world_open();
    world_serve("GET", "/api/purchase", NULL);
    cr_expect_str_eq(world_told("allow"), "POST");
    world_serve("POST", "/api/health", NULL);
    cr_expect_str_eq(world_told("allow"), "GET, HEAD");
    world_close();
}

Test(bouncer_request, a_body_past_the_limit_is_a_413)
{
    static char body[65538];

    memset(body, ' ', sizeof(body) - 1);
    world_open();
    world_post("/api/purchase", body);
    cr_expect_eq(world.res.status, 413);
    world_close();
}

Test(bouncer_request, too_many_headers_are_a_431)
{
    world_open();
    for (int i = 0; i <= MESSAGE_REQUEST_HEADERS_MAX; i++)
        world_header("x", "y");
    world_buy();
    cr_expect_eq(world.res.status, 431);
    world_close();
}

/* The longest path and query that pass, and one byte more, for any path. */
Test(bouncer_request, a_query_past_the_limit_is_a_414)
{
    static char query[MESSAGE_TARGET_MAX_BYTES];

    memset(query, 'q', sizeof(query) - 1);
    for (int more = 0; more < 2; more++) {
        world_open();
        world.request.query = (struct slice){
            query, MESSAGE_TARGET_MAX_BYTES - strlen("/nowhere") + more};
        world_post("/nowhere", ALICE);
        cr_expect_eq(world.res.status, more ? 414 : 404);
        cr_expect_eq(world_said(":uri-too-long\""), more);
        world_close();
    }
}

Test(bouncer_request, a_compressed_body_is_a_415)
{
    static const char *const codings[] = {"gzip", "br", "identity, gzip",
                                          "GZIP"};

    for (size_t i = 0; i < COUNT(codings); i++) {
        world_open();
        world_header("content-encoding", codings[i]);
        world_buy();
        cr_expect_eq(world.res.status, 415, "%s", codings[i]);
        cr_expect(world_said("compressed"));
        cr_expect_str_eq(world_told("accept-encoding"), "identity");
        world_close();
    }
}

Test(bouncer_request, a_body_that_is_no_text_is_a_400)
{
    world_open();
    world.request.body_is_no_text = true;
    world_post("/api/purchase", NULL);
    cr_expect_eq(world.res.status, 400);
    cr_expect(world_said("The body is not text"));
    world_close();
}

/* Requests as people, proxies and gateways write them, that are served. */
static const struct {
    const char *path;
    const char *prefix; /* NULL: none configured */
    const char *name;   /* of a header field; NULL: none */
    const char *value;
} served[] = {
    {"/api/purchase/", NULL, NULL, NULL},
    {"/shop/api/purchase/", "/shop", NULL, NULL},
    {"/api/purchase", NULL, "content-encoding", "identity"},
    {"/api/purchase", NULL, "content-encoding", "Identity, identity"},
    {"/api/purchase", NULL, "content-encoding", ""},
    {"/api/purchase", NULL, "content-type", "application/json; charset=utf-8"},
};

Test(bouncer_request, requests_as_they_really_come_are_served)
{
    for (size_t i = 0; i < COUNT(served); i++) {
        world_open();
        world.instance.options.path_prefix = served[i].prefix;
        world_store(WORLD_BUSY);
        if (served[i].name)
            world_header(served[i].name, served[i].value);
        world_post(served[i].path, ALICE);
        cr_expect_eq(world.res.status, 409, "%zu: %d", i, world.res.status);
        world_close();
    }
}

/* Behind a gateway that joins repeated fields, and behind one that does not. */
static const struct {
    const char *first, *second; /* values; NULL: the field is there once */
    int status;
} repeated_keys[] = {
    {"k-1", NULL, 409},      {"k-1", "k-1", 409},      {"k-1,k-1", NULL, 409},
    {"k-1, k-1", NULL, 409}, {"k-1, k-1", "k-1", 409}, {"k-1", "k-2", 400},
    {"k-1,k-2", NULL, 400},  {"k-1", "", 400},         {"k-1,", NULL, 400},
};

Test(bouncer_request, a_key_given_twice_is_one_key_and_two_keys_are_a_400)
{
    for (size_t i = 0; i < COUNT(repeated_keys); i++) {
        world_open();
        world_header("Idempotency-Key", repeated_keys[i].first);
        if (repeated_keys[i].second)
            world_header("idempotency-key", repeated_keys[i].second);
        if (repeated_keys[i].status == 409) {
            world_store(WORLD_BUSY_MARKED);
            world_store(WORLD_RELEASED);
        }
        world_buy();
        cr_expect_eq(world.res.status, repeated_keys[i].status, "%zu", i);
        if (repeated_keys[i].status == 409)
            cr_expect_str_eq(world_told("idempotency-key"), "k-1");
        world_close();
    }
}

Test(bouncer_request, a_key_that_is_no_key_is_a_400)
{
    static char too_long[REQUEST_KEY_MAX + 2];
    const char *const keys[] = {"", "a b", "a\x01", "\xc3\xa4", too_long};

    memset(too_long, 'k', sizeof(too_long) - 1);
    for (size_t i = 0; i < COUNT(keys); i++) {
        world_open();
        world_header("idempotency-key", keys[i]);
        world_buy();
        cr_expect_eq(world.res.status, 400, "key %zu", i);
        cr_expect(world_said(":invalid-key\""));
        world_close();
    }
}
