/* API Gateway REST APIs, payload format 1.0. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fixture.h"
#include "problem.h"

Test(gateway_v1, the_documented_event_is_read)
{
    fixture_open("gateway_v1.json");
    cr_expect(slice_is(fixture.request.method, "POST"));
    cr_expect(slice_is(fixture.request.path, "/api/purchase"));
    cr_expect_str_eq(fixture_header("content-type"), "application/json");
    cr_expect_str_eq(fixture_header("idempotency-key"), "order-4711");
    cr_expect_str_eq(fixture_header("cookie"), "session=abc; theme=dark");
    cr_expect(
        slice_is(fixture.request.body,
                 "{\r\n\t\"product_id\": 1,\r\n\t\"buyer\": \"anna\"\r\n}"));
    fixture_close();
}

Test(gateway_v1, repeated_headers_are_taken_once_each)
{
    size_t repeated = 0;

    fixture_open("gateway_v1.json");
    for (size_t i = 0; i < fixture.request.header_count; i++)
        repeated += slice_is(fixture.request.headers[i].name, "X-Repeated");
    cr_expect_eq(repeated, 2U);
    cr_expect_eq(fixture.request.header_count, 8U);
    cr_expect_str_eq(fixture_header("x-repeated"), "one");
    fixture_close();
}

Test(gateway_v1, decoded_query_parameters_are_encoded_again)
{
    fixture_open("gateway_v1.json");
    cr_expect(slice_is(fixture.request.query,
                       "name=you%20%26%20me&tag=a&tag=b&empty="));
    fixture_close();
}

static bool open_event(const char *more)
{
    char text[1024];

    (void)snprintf(text, sizeof(text),
                   "{\"httpMethod\":\"GET\",\"path\":\"/x\"%s}", more);
    return fixture_open_text(text);
}

static const struct {
    const char *more;
    const char *query; /* NULL: none */
} queries[] = {
    {"", NULL},
    {",\"queryStringParameters\":null,\"multiValueQueryStringParameters\":null",
     NULL},
    {",\"queryStringParameters\":{},\"multiValueQueryStringParameters\":{}",
     NULL},
    {",\"queryStringParameters\":{\"a\":\"1\",\"b\":\"2\"}", "a=1&b=2"},
    {",\"queryStringParameters\":{\"a\":\"1\"},"
     "\"multiValueQueryStringParameters\":null",
     "a=1"},
    {",\"multiValueQueryStringParameters\":{\"a\":[\"1\",\"2\"]}", "a=1&a=2"},
    {",\"queryStringParameters\":{\"a\":\"1\"},"
     "\"multiValueQueryStringParameters\":{}",
     "a=1"},
    {",\"queryStringParameters\":{\"\xc3\xbc\":\"\xe2\x82\xac +/?#=&%\"}",
     "%C3%BC=%E2%82%AC%20%2B%2F%3F%23%3D%26%25"},
    {",\"queryStringParameters\":{\"aZ09-._~\":\"aZ09-._~\"}",
     "aZ09-._~=aZ09-._~"},
};

Test(gateway_v1, the_query_is_put_together_from_its_parameters)
{
    for (size_t i = 0; i < COUNT(queries); i++) {
        cr_assert(open_event(queries[i].more), "%s", queries[i].more);
        cr_expect(
            slice_equal(fixture.request.query, slice_of(queries[i].query)),
            "%s: %.*s", queries[i].more, (int)fixture.request.query.len,
            fixture.request.query.at ? fixture.request.query.at : "");
        fixture_close();
    }
}

static const struct {
    const char *more;
    const char *body; /* NULL: none */
} bodies[] = {
    {"", NULL},
    {",\"body\":null,\"isBase64Encoded\":false", NULL},
    {",\"body\":null,\"isBase64Encoded\":true", NULL},
    {",\"body\":\"\"", ""},
    {",\"body\":\"{}\"", "{}"},
    {",\"body\":\"e30=\",\"isBase64Encoded\":true", "{}"},
};

Test(gateway_v1, bodies_may_be_missing_and_may_be_base64)
{
    for (size_t i = 0; i < COUNT(bodies); i++) {
        cr_assert(open_event(bodies[i].more));
        cr_expect(slice_equal(fixture.request.body, slice_of(bodies[i].body)),
                  "%s", bodies[i].more);
        fixture_close();
    }
}

Test(gateway_v1, headers_may_come_in_one_form_alone)
{
    cr_assert(open_event(",\"headers\":{\"Accept\":\"a\"},"
                         "\"multiValueHeaders\":null"));
    cr_expect_str_eq(fixture_header("accept"), "a");
    fixture_close();
    cr_assert(open_event(",\"multiValueHeaders\":{\"Accept\":[\"b\"]}"));
    cr_expect_str_eq(fixture_header("accept"), "b");
    fixture_close();
    cr_assert(open_event(",\"headers\":null,\"multiValueHeaders\":null"));
    cr_expect_eq(fixture.request.header_count, 0U);
    fixture_close();
}

/* What is missing in one map is taken from the other. */
static const struct {
    const char *more;
    const char *accept; /* all values, each with a blank behind it */
} header_maps[] = {
    {"\"headers\":{\"Accept\":\"a\"},\"multiValueHeaders\":{}", "a "},
    {"\"headers\":{\"Accept\":\"a\"},\"multiValueHeaders\":{\"Host\":[\"x\"]}",
     "a "},
    {"\"headers\":{},\"multiValueHeaders\":{\"Accept\":[\"b\",\"c\"]}", "b c "},
    {"\"headers\":{\"accept\":\"c\"},\"multiValueHeaders\":{\"Accept\":"
     "[\"b\",\"c\"]}",
     "b c "},
    {"\"headers\":{\"accept\":\"a\",\"Accept\":\"b\"}", "a b "},
    {"\"headers\":{\"accept\":null},\"multiValueHeaders\":{\"Host\":[\"x\"]}",
     ""},
};

Test(gateway_v1, a_field_in_one_of_both_maps_is_there)
{
    for (size_t i = 0; i < COUNT(header_maps); i++) {
        struct message_values values = {.name = "accept"};
        struct slice value;
        char more[256];
        char accept[64] = "";

        (void)snprintf(more, sizeof(more), ",%s", header_maps[i].more);
        cr_assert(open_event(more));
        values.request = &fixture.request;
        while (message_next_value(&values, &value))
            (void)snprintf(accept + strlen(accept), 16, "%.*s ", (int)value.len,
                           value.at);
        cr_expect_str_eq(accept, header_maps[i].accept, "%zu", i);
        fixture_close();
    }
}

/* Where the API begins in a path, by what else the event says. */
static const struct {
    const char *path;
    const char *more; /* members of the event */
    const char *context;
    const char *read;
} paths[] = {
    /* a REST API's path has no stage */
    {"/api/purchase", "\"resource\":\"/{proxy+}\"",
     "\"stage\":\"prod\",\"path\":\"/prod/api/purchase\"", "/api/purchase"},
    {"/prod/x", "\"resource\":\"/{proxy+}\"",
     "\"stage\":\"prod\",\"path\":\"/prod/prod/x\"", "/prod/x"},
    /* an HTTP API's has it, unless it is $default */
    {"/dev/api/purchase", "\"version\":\"1.0\"", "\"stage\":\"dev\"",
     "/api/purchase"},
    {"/dev/api/purchase", "\"resource\":\"$default\"",
     "\"stage\":\"dev\",\"path\":\"/dev/api/purchase\"", "/api/purchase"},
    {"/dev/api/purchase", "\"version\":\"1.0\"", "\"stage\":\"$default\"",
     "/dev/api/purchase"},
    {"/device/x", "\"version\":\"1.0\"", "\"stage\":\"dev\"", "/device/x"},
    /* a custom domain's base path */
    {"/shop/api/purchase", "\"pathParameters\":{\"proxy\":\"api/purchase\"}",
     "\"stage\":\"prod\",\"resourcePath\":\"/{proxy+}\",\"path\":"
     "\"/shop/api/purchase\"",
     "/api/purchase"},
    {"/shop/v2/api/purchase/",
     "\"pathParameters\":{\"any\":\"purchase\"},\"resource\":\"/api/{any+}\"",
     "\"stage\":\"prod\"", "/api/purchase/"},
    {"/shop/api/purchase",
     "\"pathParameters\":{\"proxy\":\"api/purchase/\"},\"resource\":"
     "\"/{proxy+}\"",
     "\"stage\":\"prod\"", "/api/purchase"},
    {"/shop/api/purchase",
     "\"pathParameters\":null,\"resource\":\"/api/purchase\"",
     "\"stage\":\"prod\"", "/api/purchase"},
    {"/api/purchase",
     "\"pathParameters\":{\"proxy\":\"api/purchase\"},\"resource\":"
     "\"/{proxy+}\"",
     "\"stage\":\"prod\"", "/api/purchase"},
    /* nothing that fits */
    {"/shop/api/purchase",
     "\"pathParameters\":{\"proxy\":\"api/other\"},\"resource\":\"/{proxy+}\"",
     "\"stage\":\"prod\"", "/shop/api/purchase"},
    {"/shop/api/purchase", "\"pathParameters\":{},\"resource\":\"/{proxy+}\"",
     "\"stage\":\"prod\"", "/shop/api/purchase"},
    {"/shop/api/purchase", "\"resource\":\"/{proxy+\"", "\"stage\":\"prod\"",
     "/shop/api/purchase"},
    {"/shop/api/purchase", "\"resource\":\"/{\"", "\"stage\":\"prod\"",
     "/shop/api/purchase"},
    {"/", "\"resource\":\"/\"", "\"stage\":\"prod\",\"path\":\"/\"", "/"},
    {"/x", "\"resource\":\"/much/longer/{a}\",\"pathParameters\":{\"a\":\"b\"}",
     "\"stage\":\"much-longer-than-the-path\",\"path\":\"/x\"", "/x"},
};

Test(gateway_v1, a_stage_and_a_base_path_are_taken_off)
{
    for (size_t i = 0; i < COUNT(paths); i++) {
        char text[512];

        (void)snprintf(text, sizeof(text),
                       "{\"httpMethod\":\"POST\",\"path\":\"%s\",%s,"
                       "\"requestContext\":{%s}}",
                       paths[i].path, paths[i].more, paths[i].context);
        cr_assert(fixture_open_text(text), "%s: %s", text, fixture.err.text);
        cr_expect(slice_is(fixture.request.path, paths[i].read), "%zu: %.*s", i,
                  (int)fixture.request.path.len, fixture.request.path.at);
        fixture_close();
    }
}

/* ---- answers ---- */

Test(gateway_v1, an_answer_has_the_documented_form)
{
    const struct json *answer;
    const struct json *headers;

    fixture_open("gateway_v1.json");
    problem(&fixture.res, 410, "sold-out", "Sold out", NULL);
    message_append_header(&fixture.res, "set-cookie", "a=1");
    message_set_header(&fixture.res, "etag", "x");
    message_append_header(&fixture.res, "set-cookie", "b=2");
    answer = fixture_answer();
    headers = json_get(answer, "multiValueHeaders");
    cr_expect_eq(json_count(headers), 3U);
    cr_expect_eq(json_count(json_get(headers, "content-type")), 1U);
    cr_expect(
        slice_is(json_string(json_at(json_get(headers, "etag"), 0)), "x"));
    cr_expect_eq(json_count(json_get(headers, "set-cookie")), 2U);
    cr_expect(slice_is(json_string(json_at(json_get(headers, "set-cookie"), 0)),
                       "a=1"));
    cr_expect(slice_is(json_string(json_at(json_get(headers, "set-cookie"), 1)),
                       "b=2"));
    cr_expect_eq(json_type(json_get(answer, "isBase64Encoded")), JSON_BOOL);
    cr_expect(!json_is_true(json_get(answer, "isBase64Encoded")));
    cr_expect_null(json_get(answer, "statusDescription"));
    fixture_close();
}
