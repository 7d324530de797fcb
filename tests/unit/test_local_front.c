/*
 * The local cloud's front: an HTTP request becomes an event in each dialect,
 * and lib's event reads it; what lib answers, the front reads.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fixture.h"
#include "platform/front_event.h"
#include "problem.h"

static const char *const dialects[][2] = {
    {"apigw2", "api-gateway-v2"}, {"apigw1", "api-gateway-v1"}, {"alb", "alb"},
    {"alb-multi", "alb"},         {"vercel", "vercel"},
};

static const struct front_request plain = {
    .method = "POST",
    .path = "/api/a%20b/purchase",
    .query = "",
    .body = {"", 0},
    .client = "203.0.113.7",
    .port = 3000,
    .request_id = "6f1c1e0e-0000-4000-8000-000000000000",
    .epoch_ms = 1795428000123,
};

/* The dialects that hand on one of several values alone: the last. */
static bool keeps_last(const char *dialect)
{
    return strcmp(dialect, "alb") == 0;
}

static void add(struct pairs *headers, const char *name, const char *value)
{
    cr_assert(pairs_add(headers, slice_of(name), slice_of(value)));
}

/* Write REQUEST as an event of DIALECT and read it. */
static void carry(const char *const dialect[2],
                  const struct front_request *request)
{
    const struct front_dialect *front = front_dialect_find(dialect[0]);
    struct buffer event;

    cr_assert(front, "%s", dialect[0]);
    buffer_init(&event, front->max_event_bytes);
    cr_assert(front_event_write(front, request, &event), "%s", dialect[0]);
    cr_assert(fixture_open_text(event.data), "%s: %s", dialect[0],
              fixture.err.text);
    cr_expect_str_eq(event_dialect_name(&fixture.event), dialect[1]);
    buffer_release(&event);
}

/* ---- requests ---- */

Test(local_front, method_and_path_arrive_in_every_dialect)
{
    static const char *const methods[] = {"GET", "POST", "DELETE", "OPTIONS"};

    for (size_t i = 0; i < COUNT(dialects) * COUNT(methods); i++) {
        struct front_request request = plain;
        struct pairs none = {.list = NULL};

        request.method = methods[i / COUNT(dialects)];
        request.headers = &none;
        carry(dialects[i % COUNT(dialects)], &request);
        cr_expect(slice_is(fixture.request.method, request.method));
        cr_expect(slice_is(fixture.request.path, request.path));
        cr_expect_eq(fixture.request.query.len, 0U);
        cr_expect_eq(fixture.request.body.len, 0U);
        fixture_close();
    }
}

/* Written as lib writes decoded parameters, so that they can be the same. */
static const struct {
    const char *query;
    const char *last; /* of the dialects that keep the last value */
} queries[] = {
    {"a=1", "a=1"},
    {"name=you%20%26%20me&empty=", "name=you%20%26%20me&empty="},
    {"%C3%BC=%E2%82%AC", "%C3%BC=%E2%82%AC"},
    {"tag=a&tag=b&n=1", "tag=b&n=1"},
};

Test(local_front, a_query_arrives_in_every_dialect)
{
    for (size_t i = 0; i < COUNT(dialects) * COUNT(queries); i++) {
        const char *const *dialect = dialects[i % COUNT(dialects)];
        size_t at = i / COUNT(dialects);
        struct front_request request = plain;
        struct pairs none = {.list = NULL};

        request.query = queries[at].query;
        request.headers = &none;
        carry(dialect, &request);
        cr_expect(slice_is(fixture.request.query, keeps_last(dialect[0])
                                                      ? queries[at].last
                                                      : queries[at].query),
                  "%s: %.*s", dialect[0], (int)fixture.request.query.len,
                  fixture.request.query.at);
        fixture_close();
    }
}

/* All values of header NAME, each followed by a bar. */
static void gather(const struct message_request *request, const char *name,
                   char text[256])
{
    struct message_values values = {.request = request, .name = name};
    struct slice value;
    size_t len = 0;

    while (message_next_value(&values, &value))
        len += (size_t)snprintf(text + len, 256 - len, "%.*s|", (int)value.len,
                                value.at);
    text[len] = '\0';
}

Test(local_front, headers_arrive_in_every_dialect)
{
    struct front_request request = plain;
    struct pairs headers = {.list = NULL};

    add(&headers, "Host", "shop.example");
    add(&headers, "Idempotency-Key", "order-4711");
    add(&headers, "Cookie", "session=abc; theme=dark");
    add(&headers, "X-Repeated", "one");
    add(&headers, "x-repeated", "two");
    add(&headers, "X-Text",
        "Gr\xc3\xbc\xc3\x9f"
        "e");
    request.headers = &headers;
    for (size_t i = 0; i < COUNT(dialects); i++) {
        char repeated[256];

        carry(dialects[i], &request);
        cr_expect_str_eq(fixture_header("host"), "shop.example");
        cr_expect_str_eq(fixture_header("idempotency-key"), "order-4711");
        cr_expect_str_eq(fixture_header("cookie"), "session=abc; theme=dark",
                         "%s", dialects[i][0]);
        cr_expect_str_eq(fixture_header("x-text"), "Gr\xc3\xbc\xc3\x9f"
                                                   "e");
        gather(&fixture.request, "x-repeated", repeated);
        cr_expect_str_eq(repeated,
                         keeps_last(dialects[i][0]) ? "two|" : "one|two|");
        fixture_close();
    }
    pairs_release(&headers);
}

static const struct {
    const char *type;
    const char *bytes;
    size_t len;
} bodies[] = {
    {"application/json", "{\"buyer\":\"anna \xc3\xbc\"}", 19},
    {"text/plain", "a \"quoted\"\r\n\tline\\", 18},
    {"application/octet-stream", "text all the same", 17},
    {"application/json", "a\0b", 3},
    {"image/png", "\x89PNG\r\n\x1a\n\xff", 9},
};

Test(local_front, a_body_arrives_byte_by_byte_in_every_dialect)
{
    for (size_t i = 0; i < COUNT(dialects) * COUNT(bodies); i++) {
        const char *const *dialect = dialects[i % COUNT(dialects)];
        size_t at = i / COUNT(dialects);
        struct front_request request = plain;
        struct pairs headers = {.list = NULL};

        add(&headers, "Content-Type", bodies[at].type);
        request.headers = &headers;
        request.body = (struct slice){bodies[at].bytes, bodies[at].len};
        carry(dialect, &request);
        cr_expect(slice_equal(fixture.request.body, request.body), "%s: %s",
                  dialect[0], bodies[at].type);
        pairs_release(&headers);
        fixture_close();
    }
}

/* What lib does not read, but the vendors document. */
static const struct {
    const char *dialect;
    const char *excerpt;
} documented[] = {
    {"apigw2", "\"version\":\"2.0\""},
    {"apigw2", "\"cookies\":[\"a=1\",\"b=2\"],\"headers\":{\"user-agent\":"
               "\"test/1\"}"},
    {"apigw2", "\"queryStringParameters\":{\"n\":\"x y,z\"}"},
    {"apigw2", "\"sourceIp\":\"203.0.113.7\",\"userAgent\":\"test/1\""},
    {"apigw2", "\"time\":\"23/Nov/2026:10:00:00 +0000\","
               "\"timeEpoch\":1795428000123"},
    {"apigw1", "\"headers\":{\"User-Agent\":\"test/1\",\"Cookie\":"},
    {"apigw1", "\"queryStringParameters\":{\"n\":\"z\"},"
               "\"multiValueQueryStringParameters\":{\"n\":[\"x y\",\"z\"]}"},
    {"apigw1", "\"proxy\":\"api/a%20b/purchase\""},
    {"apigw1", "\"path\":\"/prod/api/a%20b/purchase\""},
    {"apigw1", "\"body\":null,\"isBase64Encoded\":false"},
    {"alb", "\"queryStringParameters\":{\"n\":\"z\"},\"headers\":{"
            "\"user-agent\":\"test/1\""},
    {"alb", "\"body\":\"\",\"isBase64Encoded\":false"},
    {"alb-multi", "\"multiValueQueryStringParameters\":{\"n\":[\"x%20y\","
                  "\"z\"]},\"multiValueHeaders\":{\"user-agent\":[\"test/1\"]"},
    {"vercel", "{\"Action\":\"Invoke\",\"body\":\"{\\\"method\\\":\\\"POST\\\""
               ",\\\"host\\\":\\\"\\\",\\\"path\\\":\\\"/api/a%20b/purchase?n="
               "x%20y&n=z\\\""},
};

Test(local_front, events_have_the_documented_shape)
{
    struct front_request request = plain;
    struct pairs headers = {.list = NULL};

    add(&headers, "User-Agent", "test/1");
    add(&headers, "Cookie", "a=1; b=2");
    request.headers = &headers;
    request.query = "n=x%20y&n=z";
    for (size_t i = 0; i < COUNT(documented); i++) {
        struct buffer event;

        buffer_init(&event, 10000);
        cr_assert(front_event_write(front_dialect_find(documented[i].dialect),
                                    &request, &event));
        cr_expect(strstr(event.data, documented[i].excerpt), "%s: %s\n%s",
                  documented[i].dialect, documented[i].excerpt, event.data);
        buffer_release(&event);
    }
    pairs_release(&headers);
}

Test(local_front, an_event_that_is_too_long_is_not_written)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        struct front_request request = plain;
        struct pairs none = {.list = NULL};
        struct buffer event;

        request.headers = &none;
        buffer_init(&event, 64);
        cr_expect(!front_event_write(front_dialect_find(dialects[i][0]),
                                     &request, &event),
                  "%s", dialects[i][0]);
        buffer_release(&event);
    }
}

Test(local_front, a_dialect_is_found_by_its_name)
{
    cr_expect_null(front_dialect_find(NULL));
    cr_expect_null(front_dialect_find("apigw3"));
    cr_expect_str_eq(front_dialect_default()->name, "apigw2");
}

/* ---- answers ---- */

/* What lib writes for DIALECT, as the front reads it. */
static void answer_in(const char *const dialect[2],
                      struct message_response *response,
                      struct front_answer *answer)
{
    struct pairs headers = {.list = NULL};
    struct front_request request = plain;
    struct error err;

    /* Without any, lib cannot tell which headers a load balancer wants. */
    add(&headers, "Host", "shop.example");
    request.headers = &headers;
    carry(dialect, &request);
    cr_assert(event_write(&fixture.event, response, &fixture.answer_text));
    cr_assert(front_answer_read(front_dialect_find(dialect[0]),
                                buffer_slice(&fixture.answer_text), answer,
                                &err),
              "%s: %s", dialect[0], err.text);
    pairs_release(&headers);
    fixture_close();
}

Test(local_front, an_answer_comes_back_from_every_dialect)
{
    for (size_t i = 0; i < COUNT(dialects); i++) {
        struct message_response response;
        struct front_answer answer;

        message_response_init(&response, 1000);
        problem(&response, 409, "busy",
                "Gr\xc3\xbc\xc3\x9f"
                "e",
                NULL);
        message_set_header(&response, "retry-after", "1");
        message_append_header(&response, "set-cookie", "a=1; Path=/");
        answer_in(dialects[i], &response, &answer);
        cr_expect_eq(answer.status, 409);
        cr_expect_str_eq(answer.reason, strncmp(dialects[i][0], "alb", 3) == 0
                                            ? "Conflict"
                                            : "");
        cr_expect_str_eq(pairs_get(&answer.headers, "Content-Type"),
                         "application/problem+json");
        cr_expect_str_eq(pairs_get(&answer.headers, "Retry-After"), "1");
        cr_expect_str_eq(pairs_get(&answer.headers, "Set-Cookie"),
                         "a=1; Path=/", "%s", dialects[i][0]);
        cr_expect(slice_equal(buffer_slice(&answer.body),
                              buffer_slice(&response.body)));
        front_answer_release(&answer);
        message_response_release(&response);
    }
}
