/*
 * Requests and answers are built in memory, without a front; tables list the
 * types, header fields and status codes.
 */
#include "platform/message.h"
#include "problem.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"

/* ---- requests ---- */

static void add(struct message_request *request, const char *name,
                const char *value)
{
    message_add_header(request, slice_of(name), slice_of(value));
}

Test(message, header_names_ignore_case_and_the_first_field_counts)
{
    struct message_request request = {0};

    add(&request, "X-Other", "other");
    add(&request, "Idempotency-Key", " \tfirst \t");
    add(&request, "idempotency-key", "second");
    cr_expect(slice_is(message_header(&request, "IDEMPOTENCY-KEY"), "first"));
    cr_expect_null(message_header(&request, "idempotency").at);
    cr_expect_null(message_header(&request, "idempotency-key2").at);
}

Test(message, a_header_without_a_value_is_there)
{
    struct message_request request = {0};

    add(&request, "x-empty", "");
    cr_expect_not_null(message_header(&request, "x-empty").at);
    cr_expect_eq(message_header(&request, "x-empty").len, 0U);
}

Test(message, the_table_of_headers_has_an_end_that_is_noticed)
{
    struct message_request request = {0};

    for (int i = 0; i < MESSAGE_REQUEST_HEADERS_MAX; i++)
        add(&request, "x", "y");
    cr_expect(!request.too_many_headers);
    add(&request, "late", "y");
    cr_expect(request.too_many_headers);
    cr_expect_eq(request.header_count, (size_t)MESSAGE_REQUEST_HEADERS_MAX);
    cr_expect_null(message_header(&request, "late").at);
}

static const struct {
    const char *type;
    bool is_json;
} types[] = {
    {"application/json", true},
    {"Application/JSON", true},
    {"application/json; charset=utf-8", true},
    {"  application/json ;charset=utf-8", true},
    {"application/problem+json", true},
    {"application/vnd.api+JSON; v=1", true},
    {NULL, false},
    {"", false},
    {"application/json5", false},
    {"application/jsonp", false},
    {"text/json", false},
    {"text/plain", false},
    {"text/plain; application/json", false},
    {"application/x-www-form-urlencoded", false},
    {"+json", false},
    {"json", false},
    {";application/json", false},
    /* given twice and joined by a gateway */
    {"application/json,application/json", true},
    {"application/json, application/json; charset=utf-8", true},
    {"application/json; v=\"a,b\"", true},
    {"application/json; v=\"a\\\",text/plain\"", true},
    {"application/json,text/plain", false},
    {"text/plain,application/json", false},
    {"application/json,", false},
    {",", false},
};

Test(message, json_is_told_by_the_content_type)
{
    for (size_t i = 0; i < COUNT(types); i++) {
        struct message_request request = {0};

        if (types[i].type)
            add(&request, "Content-Type", types[i].type);
        cr_expect_eq(message_is_json(&request), types[i].is_json, "%s",
                     types[i].type ? types[i].type : "none");
    }
}

Test(message, json_given_twice_is_json_and_given_beside_another_type_is_none)
{
    struct message_request request = {0};

    add(&request, "Content-Type", "application/json");
    add(&request, "content-type", "application/json; charset=utf-8");
    cr_expect(message_is_json(&request));
    add(&request, "content-type", "text/plain");
    cr_expect(!message_is_json(&request));
}

Test(message, the_values_of_a_field_are_those_of_all_its_lines)
{
    static const char *const expected[] = {"a", "b \"c,d\"", "", "e", "", "f"};
    struct message_request request = {0};
    struct message_values values = {.request = &request, .name = "x-list"};
    struct slice value;
    size_t count = 0;

    add(&request, "X-List", "a, b \"c,d\" ,,e");
    add(&request, "x-other", "g");
    add(&request, "x-list", "");
    add(&request, "x-list", "f");
    while (message_next_value(&values, &value)) {
        cr_assert_lt(count, COUNT(expected));
        cr_expect(slice_is(value, expected[count]), "%zu: %.*s", count,
                  (int)value.len, value.at);
        count++;
    }
    cr_expect_eq(count, COUNT(expected));
}

/* ---- responses ---- */

static struct message_response open_response(void)
{
    struct message_response res;

    message_response_init(&res, 4096);
    return res;
}

Test(message, setting_a_header_replaces_it)
{
    struct message_response res = open_response();

    message_set_header(&res, "retry-after", "%d", 1);
    message_set_header(&res, "etag", "x");
    message_set_header(&res, "retry-after", "%d", 30);
    cr_expect_eq(res.header_count, 2U);
    cr_expect_str_eq(message_response_header(&res, "retry-after"), "30");
    cr_expect_null(message_response_header(&res, "retry"));
    message_response_release(&res);
}

Test(message, appending_a_header_keeps_the_one_before)
{
    struct message_response res = open_response();

    message_append_header(&res, "set-cookie", "a=%d", 1);
    message_append_header(&res, "set-cookie", "b=%d", 2);
    cr_expect_eq(res.header_count, 2U);
    cr_expect_str_eq(res.headers[0].value, "a=1");
    cr_expect_str_eq(res.headers[1].value, "b=2");
    message_response_release(&res);
}

Test(message, no_value_can_end_its_line)
{
    struct message_response res = open_response();

    message_set_header(&res, "x-id", "a\r\nset-cookie: b%c\x7f", '\0');
    cr_expect_str_eq(message_response_header(&res, "x-id"), "a??set-cookie: b");
    message_append_header(&res, "set-cookie", "%s", "\n\t\x7f");
    cr_expect_str_eq(message_response_header(&res, "set-cookie"), "???");
    message_response_release(&res);
}

Test(message, long_header_values_are_cut)
{
    struct message_response res = open_response();

    message_set_header(&res, "x", "%0600d", 1);
    cr_expect_eq(strlen(message_response_header(&res, "x")),
                 MESSAGE_HEADER_VALUE_MAX - 1U);
    message_response_release(&res);
}

Test(message, more_headers_than_the_table_holds_are_dropped)
{
    struct message_response res = open_response();

    for (int i = 0; i < MESSAGE_RESPONSE_HEADERS_MAX; i++)
        message_append_header(&res, "x", "%d", i);
    message_append_header(&res, "y", "late");
    message_set_header(&res, "z", "late");
    cr_expect_eq(res.header_count, (size_t)MESSAGE_RESPONSE_HEADERS_MAX);
    cr_expect_null(message_response_header(&res, "y"));
    cr_expect_null(message_response_header(&res, "z"));
    message_response_release(&res);
}

Test(message, clear_forgets_everything_but_the_memory)
{
    struct message_response res = open_response();

    problem(&res, 409, "busy", "Busy", NULL);
    message_response_clear(&res);
    cr_expect_eq(res.status, 0);
    cr_expect_eq(res.header_count, 0U);
    cr_expect_eq(res.body.len, 0U);
    cr_expect_gt(res.body.capacity, 0U);
    message_response_release(&res);
    cr_expect_null(res.body.data);
}

Test(message, json_answers_carry_status_type_and_body)
{
    struct message_response res = open_response();
    struct json_writer body = message_begin(&res);

    json_write_integer(&body, "n", 1);
    message_json(&res, 201, &body);
    cr_expect_eq(res.status, 201);
    cr_expect_str_eq(message_response_header(&res, "content-type"),
                     "application/json");
    cr_expect_str_eq(res.body.data, "{\"n\":1}");
    message_response_release(&res);
}

Test(message, a_problem_has_type_title_status_and_detail)
{
    struct message_response res = open_response();

    problem(&res, 409, "busy", "Somebody else", "Try again.");
    cr_expect_eq(res.status, 409);
    cr_expect_str_eq(message_response_header(&res, "content-type"),
                     "application/problem+json");
    cr_expect_str_eq(res.body.data,
                     "{\"type\":\"urn:bouncer:problem:busy\","
                     "\"title\":\"Somebody else\",\"status\":409,"
                     "\"detail\":\"Try again.\"}");
    message_response_release(&res);
}

Test(message, a_problem_without_a_detail_has_no_such_member)
{
    struct message_response res = open_response();

    problem(&res, 404, "not-found", "No", NULL);
    cr_expect(!strstr(res.body.data, "detail"));
    message_response_release(&res);
}

Test(message, a_problem_keeps_what_its_caller_has_put_into_it)
{
    struct message_response res = open_response();
    struct json_writer body = message_begin(&res);

    json_write_integer(&body, "left", 3);
    message_problem(&res, 410, "sold-out", "Sold out", NULL, &body);
    cr_expect_str_eq(res.body.data,
                     "{\"left\":3,\"type\":\"urn:bouncer:problem:sold-out\","
                     "\"title\":\"Sold out\",\"status\":410}");
    message_response_release(&res);
}

Test(message, a_later_answer_takes_the_place_of_an_earlier_one)
{
    struct message_response res = open_response();
    struct json_writer body = message_begin(&res);

    message_json(&res, 200, &body);
    problem(&res, 500, "internal", "Internal", NULL);
    cr_expect_eq(res.status, 500);
    cr_expect_eq(res.header_count, 1U);
    cr_expect(strncmp(res.body.data, "{\"type\"", 7) == 0);
    message_response_release(&res);
}

Test(message, a_body_that_failed_becomes_a_500)
{
    struct message_response res = open_response();
    struct json_writer body = message_begin(&res);

    json_write_string(&body, "a", NULL);
    message_json(&res, 201, &body);
    cr_expect_eq(res.status, 500);
    cr_expect_str_eq(message_response_header(&res, "content-type"),
                     "application/problem+json");
    cr_expect(strstr(res.body.data, "\"status\":500"));
    message_response_release(&res);
}

Test(message, a_body_past_the_ceiling_becomes_a_500)
{
    struct message_response res;
    char detail[512];

    memset(detail, 'x', sizeof(detail));
    detail[sizeof(detail) - 1] = '\0';
    message_response_init(&res, 256);
    problem(&res, 400, "a", "b", detail);
    cr_expect_eq(res.status, 500);
    cr_expect(strstr(res.body.data, "\"status\":500"));
    message_response_release(&res);

    message_response_init(&res, 8);
    problem(&res, 400, "a", "b", detail);
    cr_expect_eq(res.status, 500);
    cr_expect_eq(res.body.len, 0U);
    message_response_release(&res);
}

Test(message, a_status_has_its_standard_reason)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {203, "Non-Authoritative Information"},
        {400, "Bad Request"},
        {402, "Payment Required"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {425, "Too Early"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {511, "Network Authentication Required"},
        {299, "Unknown"},
        {0, "Unknown"},
    };

    for (size_t i = 0; i < COUNT(reasons); i++)
        cr_expect_str_eq(message_reason(reasons[i].status), reasons[i].reason);
}
