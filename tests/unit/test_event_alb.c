/* Application Load Balancers, with and without multi-value headers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fixture.h"
#include "problem.h"

Test(alb, the_documented_event_is_read)
{
    fixture_open("alb.json");
    cr_expect(slice_is(fixture.request.method, "POST"));
    cr_expect(slice_is(fixture.request.path, "/api/purchase"));
    cr_expect_str_eq(fixture_header("Content-Type"), "application/json");
    cr_expect_str_eq(fixture_header("Cookie"), "session=abc");
    cr_expect(slice_is(fixture.request.body,
                       "{\"product_id\":1,\"buyer\":\"anna\"}"));
    fixture_close();
}

Test(alb, query_parameters_stay_as_the_client_encoded_them)
{
    fixture_open("alb.json");
    cr_expect(slice_is(fixture.request.query, "name=you%20%26%20me&tag=b"));
    fixture_close();
}

Test(alb, the_event_with_multi_value_headers_is_read)
{
    fixture_open("alb_multi_value.json");
    cr_expect(slice_is(fixture.request.method, "GET"));
    cr_expect(slice_is(fixture.request.path, "/api/health"));
    cr_expect(
        slice_is(fixture.request.query, "name=you%20%26%20me&tag=a&tag=b"));
    cr_expect_str_eq(fixture_header("x-repeated"), "one");
    cr_expect_eq(fixture.request.header_count, 12U);
    cr_expect(slice_is(fixture.request.body, ""));
    fixture_close();
}

static bool open_event(const char *more)
{
    char text[1024];

    (void)snprintf(text, sizeof(text),
                   "{\"requestContext\":{\"elb\":{}},\"httpMethod\":\"GET\","
                   "\"path\":\"/x\"%s}",
                   more);
    return fixture_open_text(text);
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
        cr_assert(open_event(bodies[i].more));
        cr_expect(slice_equal(fixture.request.body, slice_of(bodies[i].body)),
                  "%s", bodies[i].more);
        fixture_close();
    }
}

Test(alb, without_parameters_there_is_no_query)
{
    cr_assert(open_event(",\"queryStringParameters\":{}"));
    cr_expect_null(fixture.request.query.at);
    fixture_close();
}

/* Only a load balancer that fills it in wants that form back. */
Test(alb, an_empty_map_of_multi_value_headers_is_none)
{
    cr_assert(open_event(",\"headers\":{\"accept\":\"a\"},"
                         "\"multiValueHeaders\":{}"));
    cr_expect_str_eq(fixture_header("accept"), "a");
    cr_expect(!fixture.event.multi_value);
    fixture_close();
}

/* ---- answers ---- */

static void fill(void)
{
    problem(&fixture.res, 409, "busy", "Busy", NULL);
    message_set_header(&fixture.res, "retry-after", "1");
}

/* What both forms of an answer have. */
static void expect_rest(const struct json *answer)
{

    cr_expect(fixture_is(answer, "statusDescription", "409 Conflict"));
    cr_expect_eq(json_type(json_get(answer, "isBase64Encoded")), JSON_BOOL);
    cr_expect(!json_is_true(json_get(answer, "isBase64Encoded")));
}

Test(alb, single_values_are_answered_by_single_values)
{
    const struct json *answer;

    fixture_open("alb.json");
    fill();
    answer = fixture_answer();
    expect_rest(answer);
    cr_expect_null(json_get(answer, "multiValueHeaders"));
    cr_expect_eq(json_count(json_get(answer, "headers")), 2U);
    cr_expect(fixture_is(json_get(answer, "headers"), "retry-after", "1"));
    fixture_close();
}

Test(alb, multi_values_are_answered_by_multi_values)
{
    const struct json *answer;
    const struct json *headers;

    fixture_open("alb_multi_value.json");
    fill();
    message_append_header(&fixture.res, "set-cookie", "a=1");
    message_append_header(&fixture.res, "set-cookie", "b=2");
    answer = fixture_answer();
    expect_rest(answer);
    cr_expect_null(json_get(answer, "headers"));
    headers = json_get(answer, "multiValueHeaders");
    cr_expect_eq(json_count(headers), 3U);
    cr_expect(slice_is(
        json_string(json_at(json_get(headers, "retry-after"), 0)), "1"));
    cr_expect_eq(json_count(json_get(headers, "set-cookie")), 2U);
    fixture_close();
}

Test(alb, multi_values_are_answered_by_such_without_any_cookie_too)
{
    const struct json *answer;

    fixture_open("alb_multi_value.json");
    fill();
    answer = fixture_answer();
    expect_rest(answer);
    cr_expect_null(json_get(answer, "headers"));
    cr_expect_eq(json_count(json_get(answer, "multiValueHeaders")), 2U);
    fixture_close();
}

Test(alb, a_status_without_a_reason_phrase_has_a_description_all_the_same)
{
    fixture_open("alb.json");
    fixture.res.status = 299;
    cr_expect(fixture_is(fixture_answer(), "statusDescription", "299 Unknown"));
    fixture_close();
}
