/* API Gateway HTTP APIs and function URLs, payload format 2.0. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fixture.h"
#include "problem.h"

Test(gateway_v2, the_documented_event_is_read)
{
    fixture_open("gateway_v2.json");
    cr_expect(slice_is(fixture.request.method, "POST"));
    cr_expect(slice_is(fixture.request.path, "/api/purchase"));
    cr_expect(slice_is(fixture.request.query,
                       "parameter1=value1&parameter1=value2&parameter2="
                       "a%20b"));
    cr_expect_str_eq(fixture_header("Content-Type"), "application/json");
    cr_expect_str_eq(fixture_header("Idempotency-Key"), "order-4711");
    cr_expect_str_eq(fixture_header("x-forwarded-for"),
                     "203.0.113.7,198.51.100.2");
    cr_expect(slice_is(fixture.request.body,
                       "{\"product_id\":1,\"quantity\":1,\"buyer\":\"anna\"}"));
    cr_expect(message_is_json(&fixture.request));
    fixture_close();
}

Test(gateway_v2, cookies_come_back_as_the_header_they_were)
{
    fixture_open("gateway_v2.json");
    cr_expect_str_eq(fixture_header("cookie"), "session=abc; theme=dark");
    fixture_close();
}

Test(gateway_v2, the_event_of_a_function_url_is_read)
{
    fixture_open("function_url.json");
    cr_expect(slice_is(fixture.request.method, "GET"));
    cr_expect(slice_is(fixture.request.path, "/api/health"));
    cr_expect_null(fixture.request.query.at);
    cr_expect_null(fixture.request.body.at);
    cr_expect_str_eq(fixture_header("header2"), "value1,value2");
    cr_expect_str_eq(fixture_header("cookie"), "");
    fixture_close();
}

/* An event of PATH at STAGE with further members. */
static bool open_event(const char *path, const char *stage, const char *more)
{
    char text[1024];

    (void)snprintf(text, sizeof(text),
                   "{\"version\":\"2.0\",\"rawPath\":\"%s\",\"requestContext\":"
                   "{\"http\":{\"method\":\"POST\"},\"stage\":\"%s\"}%s}",
                   path, stage, more);
    return fixture_open_text(text);
}

static const struct {
    const char *path;
    const char *stage;
    const char *read;
} stages[] = {
    {"/api/purchase", "$default", "/api/purchase"},
    {"/$default/x", "$default", "/$default/x"},
    {"/prod/api/purchase", "prod", "/api/purchase"},
    {"/prod", "prod", "/"},
    {"/prod/", "prod", "/"},
    {"/prod/prod/x", "prod", "/prod/x"},
    {"/product/1", "prod", "/product/1"},
    {"/api/prod/x", "prod", "/api/prod/x"},
    {"/pro", "prod", "/pro"},
    {"/Prod/x", "prod", "/Prod/x"},
    {"/", "prod", "/"},
    {"/api", "", "/api"},
};

Test(gateway_v2, the_stage_in_front_of_the_path_is_taken_off)
{
    for (size_t i = 0; i < COUNT(stages); i++) {
        cr_assert(open_event(stages[i].path, stages[i].stage, ""));
        cr_expect(slice_is(fixture.request.path, stages[i].read),
                  "%s at %s: %.*s", stages[i].path, stages[i].stage,
                  (int)fixture.request.path.len, fixture.request.path.at);
        fixture_close();
    }
}

/* A custom domain's base path, told by what the route key leaves of a path. */
static const struct {
    const char *path;
    const char *more;
    const char *read;
} base_paths[] = {
    {"/shop/api/purchase",
     ",\"routeKey\":\"ANY /{proxy+}\",\"pathParameters\":{\"proxy\":"
     "\"api/purchase\"}",
     "/api/purchase"},
    {"/shop/api/purchase", ",\"routeKey\":\"POST /api/purchase\"",
     "/api/purchase"},
    {"/shop/api/purchase", ",\"routeKey\":\"$default\"", "/shop/api/purchase"},
    {"/shop/api/purchase", "", "/shop/api/purchase"},
};

Test(gateway_v2, a_base_path_is_taken_off)
{
    for (size_t i = 0; i < COUNT(base_paths); i++) {
        cr_assert(
            open_event(base_paths[i].path, "$default", base_paths[i].more));
        cr_expect(slice_is(fixture.request.path, base_paths[i].read),
                  "%zu: %.*s", i, (int)fixture.request.path.len,
                  fixture.request.path.at);
        fixture_close();
    }
}

/* Emulators leave it out; another version is another format. */
Test(gateway_v2, the_version_may_be_missing_and_must_not_be_another)
{
    static const char *const versions[] = {"", "\"version\":\"2.0\",",
                                           "\"version\":\"3.0\",",
                                           "\"version\":null,"};

    for (size_t i = 0; i < COUNT(versions); i++) {
        char text[256];

        (void)snprintf(text, sizeof(text),
                       "{%s\"rawPath\":\"/x\",\"requestContext\":{\"http\":"
                       "{\"method\":\"POST\"}}}",
                       versions[i]);
        cr_expect_eq(fixture_open_text(text), i < 2, "%s", versions[i]);
        fixture_close();
    }
}

static const struct {
    const char *more;
    const char *body; /* NULL: none */
} bodies[] = {
    {"", NULL},
    {",\"body\":null", NULL},
    {",\"body\":{}", NULL},
    {",\"isBase64Encoded\":true", NULL},
    {",\"body\":\"\"", ""},
    {",\"body\":\"\",\"isBase64Encoded\":true", ""},
    {",\"body\":\"e30=\"", "e30="},
    {",\"body\":\"e30=\",\"isBase64Encoded\":false", "e30="},
    {",\"body\":\"e30=\",\"isBase64Encoded\":true", "{}"},
    {",\"body\":\"eyJhIjoiw7wifQ==\",\"isBase64Encoded\":true",
     "{\"a\":\"\xc3\xbc\"}"},
};

Test(gateway_v2, bodies_may_be_missing_and_may_be_base64)
{
    for (size_t i = 0; i < COUNT(bodies); i++) {
        cr_assert(open_event("/", "$default", bodies[i].more), "%s",
                  bodies[i].more);
        cr_expect(slice_equal(fixture.request.body, slice_of(bodies[i].body)),
                  "%s", bodies[i].more);
        fixture_close();
    }
}

Test(gateway_v2, a_body_that_is_no_base64_is_refused)
{
    cr_expect(!open_event("/", "$default",
                          ",\"body\":\"{}\",\"isBase64Encoded\":true"));
    cr_expect(strstr(fixture.err.text, "no base64"));
    fixture_close();
}

Test(gateway_v2, an_empty_list_of_cookies_is_no_header)
{
    cr_assert(open_event("/", "$default", ",\"cookies\":[]"));
    cr_expect_eq(fixture.request.header_count, 0U);
    fixture_close();
}

/* ---- answers ---- */

Test(gateway_v2, an_answer_has_the_documented_form)
{
    const struct json *answer;

    fixture_open("gateway_v2.json");
    problem(&fixture.res, 409, "busy", "Busy", NULL);
    message_set_header(&fixture.res, "retry-after", "1");
    answer = fixture_answer();
    cr_expect(fixture_is(json_get(answer, "headers"), "content-type",
                         "application/problem+json"));
    cr_expect(fixture_is(json_get(answer, "headers"), "retry-after", "1"));
    cr_expect_eq(json_type(json_get(answer, "isBase64Encoded")), JSON_BOOL);
    cr_expect(!json_is_true(json_get(answer, "isBase64Encoded")));
    cr_expect_null(json_get(answer, "multiValueHeaders"));
    fixture_close();
}

Test(gateway_v2, cookies_of_an_answer_have_a_list_of_their_own)
{
    const struct json *answer;
    const struct json *cookies;

    fixture_open("function_url.json");
    fixture.res.status = 200;
    message_append_header(&fixture.res, "set-cookie", "a=1; Path=/");
    message_set_header(&fixture.res, "etag", "x");
    message_append_header(&fixture.res, "set-cookie", "b=2");
    answer = fixture_answer();
    cookies = json_get(answer, "cookies");
    cr_expect_eq(json_count(cookies), 2U);
    cr_expect(slice_is(json_string(json_at(cookies, 0)), "a=1; Path=/"));
    cr_expect(slice_is(json_string(json_at(cookies, 1)), "b=2"));
    cr_expect_eq(json_count(json_get(answer, "headers")), 1U);
    fixture_close();
}
