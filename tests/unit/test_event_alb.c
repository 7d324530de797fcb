/* Application Load Balancers, with and without multi-value headers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "problem.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

Test(alb, the_documented_event_is_read)
{
    struct fixture f;

    fixture_open(&f, "alb.json");
    cr_expect(slice_is(f.request.method, "POST"));
    cr_expect(slice_is(f.request.path, "/api/purchase"));
    cr_expect_str_eq(fixture_header(&f, "Content-Type"), "application/json");
    cr_expect_str_eq(fixture_header(&f, "Cookie"), "session=abc");
    cr_expect(
        slice_is(f.request.body, "{\"product_id\":1,\"buyer\":\"anna\"}"));
    fixture_close(&f);
}

Test(alb, query_parameters_stay_as_the_client_encoded_them)
{
    struct fixture f;

    fixture_open(&f, "alb.json");
    cr_expect(slice_is(f.request.query, "name=you%20%26%20me&tag=b"));
    fixture_close(&f);
}

Test(alb, the_event_with_multi_value_headers_is_read)
{
    struct fixture f;

    fixture_open(&f, "alb_multi_value.json");
    cr_expect(slice_is(f.request.method, "GET"));
    cr_expect(slice_is(f.request.path, "/api/health"));
    cr_expect(slice_is(f.request.query, "name=you%20%26%20me&tag=a&tag=b"));
    cr_expect_str_eq(fixture_header(&f, "x-repeated"), "one");
    cr_expect_eq(f.request.header_count, 12U);
    cr_expect(slice_is(f.request.body, ""));
    fixture_close(&f);
}

static bool open_event(struct fixture *f, const char *more)
{
    char text[1024];

    (void)snprintf(text, sizeof(text),
                   "{\"requestContext\":{\"elb\":{}},\"httpMethod\":\"GET\","
                   "\"path\":\"/x\"%s}",
                   more);
    return fixture_open_text(f, text);
}

static const struct {
    const char *more;
    const char *body; /* NULL: none */
} bodies[] = {
    {"", NULL},
    {",\"body\":null", NULL},
    {",\"body\":\"\",\"isBase64Encoded\":false", ""},
    {",\"body\":\"\",\"isBase64Encoded\":true", ""},
    {",\"body\":\"{}\",\"isBase64Encoded\":false", "{}"},
    {",\"body\":\"e30=\",\"isBase64Encoded\":true", "{}"},
};

Test(alb, bodies_may_be_empty_and_may_be_base64)
{
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct fixture f;

        cr_assert(open_event(&f, bodies[i].more));
        cr_expect(slice_equal(f.request.body, slice_of(bodies[i].body)), "%s",
                  bodies[i].more);
        fixture_close(&f);
    }
}

Test(alb, without_parameters_there_is_no_query)
{
    struct fixture f;

    cr_assert(open_event(&f, ",\"queryStringParameters\":{}"));
    cr_expect_null(f.request.query.at);
    fixture_close(&f);
}

/* Only a load balancer that fills it in wants that form back. */
Test(alb, an_empty_map_of_multi_value_headers_is_none)
{
    struct fixture f;

    cr_assert(open_event(&f, ",\"headers\":{\"accept\":\"a\"},"
                             "\"multiValueHeaders\":{}"));
    cr_expect_str_eq(fixture_header(&f, "accept"), "a");
    cr_expect(!f.event.multi_value);
    fixture_close(&f);
}

/* ---- answers ---- */

static void fill(struct message_response *res)
{
    message_response_init(res, 1000);
    problem(res, 409, "busy", "Busy", NULL);
    message_set_header(res, "retry-after", "1");
}

/* What both forms of an answer have. */
static void expect_rest(const struct json *answer,
                        const struct message_response *res)
{
    int64_t status;

    cr_assert(json_integer(json_get(answer, "statusCode"), &status));
    cr_expect_eq(status, 409);
    cr_expect(fixture_is(answer, "statusDescription", "409 Conflict"));
    cr_expect(slice_equal(json_string(json_get(answer, "body")),
                          buffer_slice(&res->body)));
    cr_expect_eq(json_type(json_get(answer, "isBase64Encoded")), JSON_BOOL);
    cr_expect(!json_is_true(json_get(answer, "isBase64Encoded")));
}

Test(alb, single_values_are_answered_by_single_values)
{
    struct fixture f;
    struct message_response res;
    const struct json *answer;

    fill(&res);
    fixture_open(&f, "alb.json");
    answer = fixture_answer(&f, &res);
    expect_rest(answer, &res);
    cr_expect_null(json_get(answer, "multiValueHeaders"));
    cr_expect_eq(json_count(json_get(answer, "headers")), 2U);
    cr_expect(fixture_is(json_get(answer, "headers"), "retry-after", "1"));
    fixture_close(&f);
    message_response_release(&res);
}

Test(alb, multi_values_are_answered_by_multi_values)
{
    struct fixture f;
    struct message_response res;
    const struct json *answer;
    const struct json *headers;

    fill(&res);
    message_append_header(&res, "set-cookie", "a=1");
    message_append_header(&res, "set-cookie", "b=2");
    fixture_open(&f, "alb_multi_value.json");
    answer = fixture_answer(&f, &res);
    expect_rest(answer, &res);
    cr_expect_null(json_get(answer, "headers"));
    headers = json_get(answer, "multiValueHeaders");
    cr_expect_eq(json_count(headers), 3U);
    cr_expect(slice_is(
        json_string(json_at(json_get(headers, "retry-after"), 0)), "1"));
    cr_expect_eq(json_count(json_get(headers, "set-cookie")), 2U);
    fixture_close(&f);
    message_response_release(&res);
}

Test(alb, multi_values_are_answered_by_such_without_any_cookie_too)
{
    struct fixture f;
    struct message_response res;
    const struct json *answer;

    fill(&res);
    fixture_open(&f, "alb_multi_value.json");
    answer = fixture_answer(&f, &res);
    expect_rest(answer, &res);
    cr_expect_null(json_get(answer, "headers"));
    cr_expect_eq(json_count(json_get(answer, "multiValueHeaders")), 2U);
    fixture_close(&f);
    message_response_release(&res);
}

Test(alb, a_status_without_a_reason_phrase_has_a_description_all_the_same)
{
    struct fixture f;
    struct message_response res;

    message_response_init(&res, 100);
    res.status = 299;
    fixture_open(&f, "alb.json");
    cr_expect(fixture_is(fixture_answer(&f, &res), "statusDescription",
                         "299 Unknown"));
    fixture_close(&f);
    message_response_release(&res);
}
