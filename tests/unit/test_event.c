/* What all dialects of events have in common; each has a file of its own. */
#include "platform/event.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "problem.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

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
        struct fixture f;

        fixture_open(&f, dialects[i].file);
        cr_expect_str_eq(event_dialect_name(&f.event), dialects[i].dialect);
        fixture_close(&f);
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
        struct fixture f;

        cr_expect(!fixture_open_text(&f, unreadable[i].text), "%s",
                  unreadable[i].text);
        cr_expect(strstr(f.err.text, unreadable[i].words), "%s: %s",
                  unreadable[i].text, f.err.text);
        fixture_close(&f);
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
            struct fixture f;

            cr_expect(!fixture_open_text(&f, part), "%s: %zu", dialects[i].file,
                      len);
            fixture_close(&f);
            free(part);
        }
        buffer_release(&whole);
    }
}

Test(event, an_event_past_the_limit_of_all_platforms_is_refused)
{
    struct fixture f;
    char *text = malloc(EVENT_MAX_BYTES + 2);

    cr_assert(text);
    memset(text, ' ', EVENT_MAX_BYTES + 1);
    text[EVENT_MAX_BYTES + 1] = '\0';
    cr_expect(!fixture_open_text(&f, text));
    cr_expect(strstr(f.err.text, "longer than"), "%s", f.err.text);
    fixture_close(&f);
    free(text);
}

/* What an event unfolds to has a ceiling of its own. */
Test(event, what_does_not_fit_into_memory_is_refused)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        const bool has_something_to_unfold =
            strcmp(dialects[i].file, "function_url.json") != 0;

        for (size_t max_bytes = 0; max_bytes < 20; max_bytes++) {
            struct fixture f;

            fixture_open(&f, dialects[i].file);
            event_release(&f.event);
            f.event.body.max_bytes = max_bytes;
            f.event.query.max_bytes = max_bytes;
            f.event.cookie.max_bytes = max_bytes;
            f.event.inner_text.max_bytes = max_bytes;
            cr_expect_eq(event_read(&f.event, &f.text, &f.request, &f.err) ==
                             EVENT_REQUEST,
                         !has_something_to_unfold, "%s: %zu", dialects[i].file,
                         max_bytes);
            fixture_close(&f);
        }
    }
}

/* ---- one struct for many events ---- */

Test(event, nothing_of_an_event_is_left_in_the_next_one)
{
    struct fixture f;
    struct error err;

    fixture_open(&f, "gateway_v2.json");
    for (size_t i = 0; i < MESSAGE_REQUEST_HEADERS_MAX; i++)
        message_add_header(&f.request, slice_of("x"), slice_of("y"));
    cr_expect(f.request.too_many_headers);

    buffer_clear(&f.text);
    fixture_load("function_url.json", &f.text);
    cr_assert_eq(event_read(&f.event, &f.text, &f.request, &err),
                 EVENT_REQUEST);
    cr_expect(slice_is(f.request.method, "GET"));
    cr_expect_null(f.request.body.at);
    cr_expect_null(f.request.query.at);
    cr_expect(!f.request.too_many_headers);
    cr_expect_str_eq(fixture_header(&f, "cookie"), "");
    cr_expect_str_eq(fixture_header(&f, "idempotency-key"), "");

    buffer_clear(&f.text);
    fixture_load("alb_multi_value.json", &f.text);
    cr_assert_eq(event_read(&f.event, &f.text, &f.request, &err),
                 EVENT_REQUEST);
    cr_expect(slice_is(f.request.query, "name=you%20%26%20me&tag=a&tag=b"));
    buffer_clear(&f.text);
    fixture_load("alb.json", &f.text);
    cr_assert_eq(event_read(&f.event, &f.text, &f.request, &err),
                 EVENT_REQUEST);
    cr_expect(slice_is(f.request.query, "name=you%20%26%20me&tag=b"));
    cr_expect(!f.event.multi_value);
    fixture_close(&f);
}

Test(event, after_an_unreadable_event_there_is_no_dialect)
{
    struct fixture f;
    struct message_response res;
    struct error err;

    message_response_init(&res, 100);
    fixture_open(&f, "alb.json");
    buffer_clear(&f.text);
    cr_expect(buffer_append_text(&f.text, "[]"));
    cr_expect_eq(event_read(&f.event, &f.text, &f.request, &err),
                 EVENT_UNREADABLE);
    cr_expect_str_eq(event_dialect_name(&f.event), "none");
    cr_expect(!event_write(&f.event, &res, &f.answer_text));
    cr_expect_null(f.request.method.at);
    cr_expect_eq(f.request.header_count, 0U);
    fixture_close(&f);
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
        struct fixture f;
        struct message_response res;
        struct buffer small;

        buffer_init(&small, 20);
        message_response_init(&res, 100);
        problem(&res, 503, "a", "b", NULL);
        fixture_open(&f, dialects[i].file);
        cr_expect(!event_write(&f.event, &res, &small));
        cr_expect_eq(small.len, 0U);
        fixture_close(&f);
        message_response_release(&res);
        buffer_release(&small);
    }
}

Test(event, an_answer_without_a_body_has_an_empty_one)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        struct fixture f;
        struct message_response res;
        const struct json *answer;
        int64_t status = 0;

        message_response_init(&res, 100);
        res.status = 204;
        fixture_open(&f, dialects[i].file);
        answer = fixture_answer(&f, &res);
        cr_expect(fixture_is(answer, "body", ""));
        cr_expect(json_integer(json_get(answer, "statusCode"), &status));
        cr_expect_eq(status, 204);
        cr_expect_eq(json_type(json_get(answer, "headers")) == JSON_OBJECT ||
                         json_type(json_get(answer, "multiValueHeaders")) ==
                             JSON_OBJECT,
                     true);
        fixture_close(&f);
        message_response_release(&res);
    }
}
