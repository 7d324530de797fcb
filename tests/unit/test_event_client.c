/* The client's part in an event: what is wrong in it never spoils the event. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fixture.h"

Test(event_client, header_values_that_are_no_strings_are_left_out)
{
    cr_assert(fixture_open_text(
        "{\"httpMethod\":\"GET\",\"path\":\"/\",\"headers\":{\"a\":1,"
        "\"b\":null,\"c\":[\"x\",2,\"y\"],\"d\":{},\"e\":\"z\"}}"));
    cr_expect_eq(fixture.request.header_count, 3U);
    cr_expect_str_eq(fixture_header("c"), "x");
    cr_expect_str_eq(fixture_header("e"), "z");
    fixture_close();
}

Test(event_client, more_headers_than_the_table_holds_are_noticed)
{
    struct buffer text;

    buffer_init(&text, 65536);
    cr_assert(buffer_append_text(
        &text, "{\"httpMethod\":\"GET\",\"path\":\"/\",\"headers\":{"));
    for (int i = 0; i <= MESSAGE_REQUEST_HEADERS_MAX; i++)
        cr_assert(
            buffer_append_format(&text, "%s\"x-%d\":\"y\"", i ? "," : "", i));
    cr_assert(buffer_append_text(&text, "}}"));
    cr_assert(fixture_open_text(text.data));
    cr_expect(fixture.request.too_many_headers);
    fixture_close();
    buffer_release(&text);
}

/* A client's escaped U+0000 must not make the platform's envelope unreadable:
 * the body alone is malformed then. */
Test(event_client, an_escaped_nul_in_the_body_harms_the_body_alone)
{
    static const char *const texts[] = {
        "{\"httpMethod\":\"POST\",\"path\":\"/\",\"body\":\"{\\\"a\\\":"
        "\\\"x\\\\u0000y\\\"}\"}",
        "{\"httpMethod\":\"POST\",\"path\":\"/\",\"body\":\"a\\u0000b\"}",
        "{\"Action\":\"Invoke\",\"body\":\"{\\\"method\\\":\\\"POST\\\","
        "\\\"path\\\":\\\"/\\\",\\\"body\\\":\\\"a\\\\u0000b\\\"}\"}",
    };
    const struct json_limits limits = {
        .max_bytes = 100, .max_depth = 4, .max_values = 10};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct json_document doc;
        struct error err;

        cr_assert(fixture_open_text(texts[i]), "%zu: %s", i, fixture.err.text);
        cr_expect(slice_is(fixture.request.method, "POST"));
        cr_expect(!json_parse(&doc, fixture.request.body, &limits, &err));
        fixture_close();
    }
}

/* Where nobody looks, half a surrogate pair is nobody's concern. */
Test(event_client, half_a_character_harms_the_field_that_it_is_in_alone)
{
    cr_assert(
        fixture_open_text("{\"httpMethod\":\"GET\",\"path\":\"/\",\"headers\":"
                          "{\"x\":\"\\ud83d\",\"y\":\"\\ud83c\\udfab\"}}"),
        "%s", fixture.err.text);
    cr_expect_str_eq(fixture_header("x"), "\x01");
    cr_expect_str_eq(fixture_header("y"), "\xf0\x9f\x8e\xab");
    fixture_close();
}

/* Events up to their bodies, which are their last member. */
static const char *const places[] = {
    "{\"httpMethod\":\"POST\",\"path\":\"/\",\"body\":",
    "{\"requestContext\":{\"elb\":{}},\"httpMethod\":\"POST\",\"path\":\"/\","
    "\"body\":",
    "{\"rawPath\":\"/\",\"requestContext\":{\"http\":{\"method\":\"POST\"}},"
    "\"body\":",
};

static const struct {
    const char *body;
    bool is_no_text;
} kinds_of_bodies[] = {
    {"null", false}, {"\"\"", false}, {"\"{}\"", false}, {"{}", true},
    {"[1]", true},   {"5", true},     {"true", true},
};

Test(event_client, a_body_that_is_no_text_is_the_requests_mistake)
{
    for (size_t i = 0; i < COUNT(places) * COUNT(kinds_of_bodies); i++) {
        const size_t kind = i % COUNT(kinds_of_bodies);
        char text[256];

        (void)snprintf(text, sizeof(text), "%s%s}",
                       places[i / COUNT(kinds_of_bodies)],
                       kinds_of_bodies[kind].body);
        cr_assert(fixture_open_text(text), "%s: %s", text, fixture.err.text);
        cr_expect_eq(fixture.request.body_is_no_text,
                     kinds_of_bodies[kind].is_no_text, "%s", text);
        fixture_close();
    }
}

/* As many parameters as a gateway's 10 KB of request line can name. */
Test(event_client, no_query_that_a_gateway_lets_through_is_unreadable)
{
    struct buffer text;

    buffer_init(&text, 1UL << 20);
    cr_assert(buffer_append_text(&text, "{\"httpMethod\":\"GET\",\"path\":"
                                        "\"/\",\"queryStringParameters\":{"));
    for (int i = 0; i < 5000; i++)
        cr_assert(
            buffer_append_format(&text, "%s\"%x\":\"\"", i ? "," : "", i));
    cr_assert(
        buffer_append_text(&text, "},\"multiValueQueryStringParameters\":{"));
    for (int i = 0; i < 5000; i++)
        cr_assert(
            buffer_append_format(&text, "%s\"%x\":[\"\"]", i ? "," : "", i));
    cr_assert(buffer_append_text(&text, "}}"));
    cr_expect(fixture_open_text(text.data), "%s", fixture.err.text);
    cr_expect_gt(fixture.request.query.len, (size_t)MESSAGE_TARGET_MAX_BYTES);
    fixture_close();
    buffer_release(&text);
}
