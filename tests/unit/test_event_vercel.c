/* Vercel's invocation event: the request is JSON text inside the event. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "fixture.h"
#include "problem.h"

Test(vercel, the_event_is_read)
{
    fixture_open("vercel.json");
    cr_expect(slice_is(fixture.request.method, "POST"));
    cr_expect(slice_is(fixture.request.path, "/api/purchase"));
    cr_expect(
        slice_is(fixture.request.query, "name=you%20%26%20me&tag=a&tag=b"));
    cr_expect_str_eq(fixture_header("Content-Type"), "application/json");
    cr_expect_str_eq(fixture_header("Idempotency-Key"), "order-4711");
    cr_expect_str_eq(fixture_header("cookie"), "session=abc; theme=dark");
    cr_expect_str_eq(fixture_header("x-repeated"), "one");
    cr_expect_eq(fixture.request.header_count, 8U);
    cr_expect(slice_is(fixture.request.body,
                       "{\"product_id\":1,\"buyer\":\"anna \xc3\xbc\"}"));
    fixture_close();
}

Test(vercel, an_event_without_a_body_is_read)
{
    fixture_open("vercel_get.json");
    cr_expect(slice_is(fixture.request.method, "GET"));
    cr_expect(slice_is(fixture.request.path, "/api/health"));
    cr_expect_null(fixture.request.query.at);
    cr_expect_null(fixture.request.body.at);
    fixture_close();
}

/* An event around the request {METHOD, MORE}, whose quotes are single ones. */
static bool open_event(const char *more)
{
    char inner[1024];
    char text[2048];
    size_t len = 0;

    (void)snprintf(inner, sizeof(inner), "{'method':'POST'%s}", more);
    len = (size_t)snprintf(text, sizeof(text),
                           "{\"Action\":\"Invoke\",\"body\":\"");
    for (const char *at = inner; *at; at++)
        len +=
            (size_t)snprintf(text + len, sizeof(text) - len, "%s%c",
                             *at == '\'' ? "\\" : "", *at == '\'' ? '"' : *at);
    (void)snprintf(text + len, sizeof(text) - len, "\"}");
    return fixture_open_text(text);
}

static const struct {
    const char *path;
    const char *read;
    const char *query; /* NULL: none */
} paths[] = {
    {"/", "/", NULL},
    {"/a/b", "/a/b", NULL},
    {"/a?", "/a", ""},
    {"/a?b", "/a", "b"},
    {"/a?b=c?d", "/a", "b=c?d"},
    {"/a%3Fb", "/a%3Fb", NULL},
};

Test(vercel, the_path_ends_at_the_first_question_mark)
{
    for (size_t i = 0; i < COUNT(paths); i++) {
        char more[128];

        (void)snprintf(more, sizeof(more), ",'path':'%s'", paths[i].path);
        cr_assert(open_event(more));
        cr_expect(slice_is(fixture.request.path, paths[i].read), "%s",
                  paths[i].path);
        cr_expect(slice_equal(fixture.request.query, slice_of(paths[i].query)),
                  "%s", paths[i].path);
        fixture_close();
    }
}

static const struct {
    const char *more;
    const char *body; /* NULL: none */
} bodies[] = {
    {"", NULL},
    {",'body':null", NULL},
    {",'encoding':'base64'", NULL},
    {",'body':''", ""},
    {",'body':'','encoding':'base64'", ""},
    {",'body':'e30='", "e30="},
    {",'body':'e30=','encoding':'utf-8'", "e30="},
    {",'body':'e30=','encoding':'base64'", "{}"},
};

Test(vercel, bodies_may_be_missing_and_may_be_base64)
{
    for (size_t i = 0; i < COUNT(bodies); i++) {
        char more[128];

        (void)snprintf(more, sizeof(more), ",'path':'/'%s", bodies[i].more);
        cr_assert(open_event(more));
        cr_expect(slice_equal(fixture.request.body, slice_of(bodies[i].body)),
                  "%s", bodies[i].more);
        fixture_close();
    }
}

static const char *const refused[] = {
    "",
    ",'path':''",
    ",'path':'?a=b'",
    ",'path':5",
    ",'path':'/','body':'{}','encoding':'base64'",
    ",'path':'/'} trailing {",
    ",'path':'/','x':[[[[[[[[]]]]]]]]",
};

Test(vercel, a_request_that_makes_no_sense_is_refused)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        cr_expect(!open_event(refused[i]), "%s", refused[i]);
        cr_expect_gt(strlen(fixture.err.text), 0U);
        fixture_close();
    }
}

/* ---- answers ---- */

Test(vercel, an_answer_has_single_values)
{
    const struct json *answer;

    fixture_open("vercel.json");
    problem(&fixture.res, 409, "busy", "Busy", NULL);
    message_set_header(&fixture.res, "retry-after", "1");
    answer = fixture_answer();
    cr_expect_eq(json_count(json_get(answer, "headers")), 2U);
    cr_expect(fixture_is(json_get(answer, "headers"), "retry-after", "1"));
    cr_expect_null(json_get(answer, "encoding"));
    cr_expect_null(json_get(answer, "isBase64Encoded"));
    fixture_close();
}

Test(vercel, cookies_of_an_answer_make_its_headers_lists)
{
    const struct json *headers;

    fixture_open("vercel_get.json");
    fixture.res.status = 200;
    message_append_header(&fixture.res, "set-cookie", "a=1");
    message_set_header(&fixture.res, "etag", "x");
    message_append_header(&fixture.res, "set-cookie", "b=2");
    headers = json_get(fixture_answer(), "headers");
    cr_expect_eq(json_count(json_get(headers, "set-cookie")), 2U);
    cr_expect(slice_is(json_string(json_at(json_get(headers, "set-cookie"), 1)),
                       "b=2"));
    cr_expect(
        slice_is(json_string(json_at(json_get(headers, "etag"), 0)), "x"));
    fixture_close();
}
