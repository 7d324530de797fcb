/* What all dialects of events have in common; each has a file of its own. */
#include "platform/event.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "fixture.h"
#include "problem.h"

static const struct {
    const char *file;
    const char *dialect;
} dialects[] = {
    {"gateway_v2.json", "api-gateway-v2"},
    {"function_url.json", "api-gateway-v2"},
    {"gateway_v1.json", "api-gateway-v1"},
    {"alb.json", "alb"},
    {"alb_multi_value.json", "alb"},
    {"vercel.json", "vercel"},
    {"vercel_get.json", "vercel"},
};

Test(event, each_dialect_is_told_by_its_shape)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        fixture_open(dialects[i].file);
        cr_expect_str_eq(event_dialect_name(&fixture.event),
                         dialects[i].dialect);
        fixture_close();
    }
}

/* ---- what is no event ---- */

static const struct {
    const char *text;
    const char *words;
} unreadable[] = {
    {"", "unreadable event: empty"},
    {"   ", "unreadable event"},
    {"{", "unreadable event"},
    {"not json", "unreadable event"},
    {"{} trailing", "unreadable event: byte 3"},
    {"{\"version\":\"\xff\"}", "not UTF-8"},
    {"{\"a\":\"\n\"}", "control character"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
     "nested deeper"},
    {"null", "no HTTP request of a known platform"},
    {"5", "no HTTP request of a known platform"},
    {"\"Invoke\"", "no HTTP request of a known platform"},
    {"[]", "no HTTP request of a known platform"},
    {"{\"product_id\":1,\"buyer\":\"a\"}",
     "no HTTP request of a known platform"},
    {"{\"key1\":\"value1\"}", "no HTTP request of a known platform"},
    {"{\"buyer\":\"ping\"}", "no HTTP request of a known platform"},
    {"{\"source\":\"shop\",\"detail\":{}}",
     "no HTTP request of a known platform"},
    {"{\"source\":\"aws\"}", "no HTTP request of a known platform"},
    {"{\"source\":5,\"detail-type\":\"a\"}",
     "no HTTP request of a known platform"},
    {"{\"shipping\":true,\"swarm\":1,\"-\":1,\"\":2}",
     "no HTTP request of a known platform"},
    {"[{\"warmer\":true}]", "no HTTP request of a known platform"},
    {"\"ping\"", "no HTTP request of a known platform"},
    {"{\"raw_path\":\"/\",\"method\":\"GET\",\"headers\":{}}", "VPC Lattice"},
    {"{\"version\":\"2.0\",\"path\":\"/\",\"method\":\"GET\","
     "\"requestContext\":{\"serviceNetworkArn\":\"arn\"}}",
     "VPC Lattice"},
    {"{\"version\":\"2.0\"}", "no HTTP request of a known platform"},
    {"{\"version\":2.0,\"requestContext\":{\"http\":{}}}",
     "no HTTP request of a known platform"},
    {"{\"version\":\"3.0\",\"requestContext\":{\"http\":{}}}",
     "no HTTP request of a known platform"},
    {"{\"requestContext\":{}}", "no HTTP request of a known platform"},
    {"{\"requestContext\":\"elb\"}", "no HTTP request of a known platform"},
    {"{\"Action\":\"Invoke\"}", "no HTTP request of a known platform"},
    {"{\"Action\":\"Invoke\",\"body\":{}}",
     "no HTTP request of a known platform"},
    {"{\"Action\":\"Ping\",\"body\":\"{}\"}",
     "no HTTP request of a known platform"},
    {"{\"action\":\"Invoke\",\"body\":\"{}\"}",
     "no HTTP request of a known platform"},
    {"{\"httpMethod\":5,\"path\":\"/\"}",
     "no HTTP request of a known platform"},
    /* other things that invoke a Lambda function */
    {"{\"Records\":[{\"eventSource\":\"aws:sqs\",\"body\":\"x\"}]}",
     "no HTTP request of a known platform"},
    {"{\"Records\":[{\"cf\":{\"request\":{\"uri\":\"/\"}}}]}",
     "no HTTP request of a known platform"},
    /* the shape is there, the request is not */
    {"{\"version\":\"2.0\",\"requestContext\":{\"http\":{}}}",
     "no method or no path"},
    {"{\"version\":\"2.0\",\"rawPath\":\"/\",\"requestContext\":{\"http\":5}}",
     "no method or no path"},
    {"{\"version\":\"2.0\",\"rawPath\":[],\"requestContext\":{\"http\":"
     "{\"method\":\"GET\"}}}",
     "no method or no path"},
    {"{\"httpMethod\":\"GET\"}", "no method or no path"},
    {"{\"httpMethod\":\"GET\",\"path\":\"\"}", "no method or no path"},
    {"{\"httpMethod\":\"\",\"path\":\"/\"}", "no method or no path"},
    {"{\"requestContext\":{\"elb\":{}},\"path\":\"/\"}",
     "no method or no path"},
    {"{\"requestContext\":{\"elb\":{}},\"httpMethod\":7,\"path\":\"/\"}",
     "no method or no path"},
    {"{\"Action\":\"Invoke\",\"body\":\"{}\"}", "no method or no path"},
    {"{\"Action\":\"Invoke\",\"body\":\"[]\"}", "no method or no path"},
    {"{\"Action\":\"Invoke\",\"body\":\"\"}",
     "unreadable request in the event: empty"},
    {"{\"Action\":\"Invoke\",\"body\":\"{\"}",
     "unreadable request in the event"},
    /* base64 that is none */
    {"{\"httpMethod\":\"POST\",\"path\":\"/\",\"isBase64Encoded\":true,"
     "\"body\":\"{}\"}",
     "no base64"},
};

Test(event, what_is_no_event_is_refused_with_a_reason)
{
    for (size_t i = 0; i < COUNT(unreadable); i++) {
        cr_expect(!fixture_open_text(unreadable[i].text), "%s",
                  unreadable[i].text);
        cr_expect(strstr(fixture.err.text, unreadable[i].words), "%s: %s",
                  unreadable[i].text, fixture.err.text);
        fixture_close();
    }
}

/* Any prefix of an event is none, and reading it harms nothing. */
Test(event, no_event_that_was_cut_short_is_readable)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        struct buffer whole;
        size_t end;

        buffer_init(&whole, 65536);
        fixture_load(dialects[i].file, &whole);
        for (end = whole.len; whole.data[end - 1] != '}'; end--)
            continue;
        for (size_t len = 0; len < end; len += 7) {
            char *part = strndup(whole.data, len);

            cr_expect(!fixture_open_text(part), "%s: %zu", dialects[i].file,
                      len);
            fixture_close();
            free(part);
        }
        buffer_release(&whole);
    }
}

Test(event, an_event_past_the_limit_of_all_platforms_is_refused)
{
    char *text = malloc(EVENT_MAX_BYTES + 2);

    cr_assert(text);
    memset(text, ' ', EVENT_MAX_BYTES + 1);
    text[EVENT_MAX_BYTES + 1] = '\0';
    cr_expect(!fixture_open_text(text));
    cr_expect(strstr(fixture.err.text, "longer than"), "%s", fixture.err.text);
    fixture_close();
    free(text);
}

/* What an event unfolds to has a ceiling of its own. */
Test(event, what_does_not_fit_into_memory_is_refused)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        const bool has_something_to_unfold =
            strcmp(dialects[i].file, "function_url.json") != 0;

        for (size_t max_bytes = 0; max_bytes < 20; max_bytes++) {
            fixture_open(dialects[i].file);
            event_release(&fixture.event);
            fixture.event.body.max_bytes = max_bytes;
            fixture.event.query.max_bytes = max_bytes;
            fixture.event.cookie.max_bytes = max_bytes;
            fixture.event.inner_text.max_bytes = max_bytes;
            cr_expect_eq(event_read(&fixture.event, &fixture.text,
                                    &fixture.request,
                                    &fixture.err) == EVENT_REQUEST,
                         !has_something_to_unfold, "%s: %zu", dialects[i].file,
                         max_bytes);
            fixture_close();
        }
    }
}

/* ---- one struct for many events ---- */

Test(event, nothing_of_an_event_is_left_in_the_next_one)
{
    struct error err;

    fixture_open("gateway_v2.json");
    for (size_t i = 0; i < MESSAGE_REQUEST_HEADERS_MAX; i++)
        message_add_header(&fixture.request, slice_of("x"), slice_of("y"));
    cr_expect(fixture.request.too_many_headers);

    buffer_clear(&fixture.text);
    fixture_load("function_url.json", &fixture.text);
    cr_assert_eq(
        event_read(&fixture.event, &fixture.text, &fixture.request, &err),
        EVENT_REQUEST);
    cr_expect(slice_is(fixture.request.method, "GET"));
    cr_expect_null(fixture.request.body.at);
    cr_expect_null(fixture.request.query.at);
    cr_expect(!fixture.request.too_many_headers);
    cr_expect_str_eq(fixture_header("cookie"), "");
    cr_expect_str_eq(fixture_header("idempotency-key"), "");

    buffer_clear(&fixture.text);
    fixture_load("alb_multi_value.json", &fixture.text);
    cr_assert_eq(
        event_read(&fixture.event, &fixture.text, &fixture.request, &err),
        EVENT_REQUEST);
    cr_expect(
        slice_is(fixture.request.query, "name=you%20%26%20me&tag=a&tag=b"));
    buffer_clear(&fixture.text);
    fixture_load("alb.json", &fixture.text);
    cr_assert_eq(
        event_read(&fixture.event, &fixture.text, &fixture.request, &err),
        EVENT_REQUEST);
    cr_expect(slice_is(fixture.request.query, "name=you%20%26%20me&tag=b"));
    cr_expect(!fixture.event.multi_value);
    fixture_close();
}

Test(event, after_an_unreadable_event_there_is_no_dialect)
{
    struct error err;

    fixture_open("alb.json");
    buffer_clear(&fixture.text);
    cr_expect(buffer_append_text(&fixture.text, "[]"));
    cr_expect_eq(
        event_read(&fixture.event, &fixture.text, &fixture.request, &err),
        EVENT_UNREADABLE);
    cr_expect_str_eq(event_dialect_name(&fixture.event), "none");
    cr_expect(!event_write(&fixture.event, &fixture.res, &fixture.answer_text));
    cr_expect_null(fixture.request.method.at);
    cr_expect_eq(fixture.request.header_count, 0U);
    fixture_close();
}

Test(event, before_any_event_there_is_no_dialect)
{
    struct event event;
    struct message_request request;
    struct buffer text;
    struct error err;

    buffer_init(&text, 10);
    event_init(&event);
    cr_expect_str_eq(event_dialect_name(&event), "none");
    cr_expect_eq(event_read(&event, &text, &request, &err), EVENT_UNREADABLE);
    event_release(&event);
}

/* ---- answers ---- */

Test(event, an_answer_past_the_ceiling_is_refused)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        struct buffer small;

        fixture_open(dialects[i].file);
        buffer_init(&small, 20);
        problem(&fixture.res, 503, "a", "b", NULL);
        cr_expect(!event_write(&fixture.event, &fixture.res, &small));
        cr_expect_eq(small.len, 0U);
        fixture_close();
        buffer_release(&small);
    }
}

Test(event, an_answer_without_a_body_has_an_empty_one)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        const struct json *answer;

        fixture_open(dialects[i].file);
        fixture.res.status = 204;
        answer = fixture_answer();
        cr_expect(fixture_is(answer, "body", ""));
        cr_expect_eq(json_type(json_get(answer, "headers")) == JSON_OBJECT ||
                         json_type(json_get(answer, "multiValueHeaders")) ==
                             JSON_OBJECT,
                     true);
        fixture_close();
    }
}
