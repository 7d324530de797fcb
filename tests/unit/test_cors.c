/*
 * Tables: which lists of origins are accepted, and what an answer to a page of
 * each origin carries.
 */
#include "guard/cors.h"
#include "problem.h"

#include <criterion/criterion.h>
#include <string.h>

#include "count.h"

#define SHOP "https://shop.example"
#define LIST SHOP ", https://www.shop.example:8443 http://localhost:3000"

static const struct {
    const char *origins;
    bool fine;
} lists[] = {
    {"*", true},
    {SHOP, true},
    {LIST, true},
    {SHOP "," SHOP, true},
    {"capacitor://localhost", true},
    {"https://[2001:db8::1]:8443", true},
    {",", false},
    {"*, " SHOP, false},
    {SHOP ", *", false},
    {"null", false},
    {"shop.example", false},
    {"//shop.example", false},
    {SHOP "/", false},
    {SHOP "/cart", false},
    {SHOP "?a=b", false},
    {SHOP ":port", false},
    {"https://user@shop.example", false},
    {"https://*.shop.example", false},
    {"https://", false},
    {SHOP ", https://", false},
    {SHOP ";https://other.example", false},
};

Test(cors, a_list_holds_origins_as_a_browser_sends_them)
{
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct error err = {0};

        cr_expect_eq(cors_check(lists[i].origins, &err), lists[i].fine, "%s",
                     lists[i].origins);
        cr_expect_eq(err.text[0] == '\0', lists[i].fine, "%s",
                     lists[i].origins);
        cr_expect(!strstr(err.text, "shop"), "%s", err.text);
    }
}

/* ---- answers ---- */

static struct message_request request;
static struct message_response res;

static void ask(const char *method, const char *origin)
{
    request = (struct message_request){.method = slice_of(method)};
    if (origin)
        message_add_header(&request, slice_of("Origin"), slice_of(origin));
    message_response_release(&res);
    message_response_init(&res, 4096);
}

static const char *header(const char *name)
{
    const char *value = message_response_header(&res, name);

    return value ? value : "(none)";
}

/* As the bouncer answers a method that the path does not serve. */
static void answer_405(void)
{
    problem(&res, 405, "method-not-allowed", "No", NULL);
    message_set_header(&res, "allow", "GET, HEAD");
}

static const struct {
    const char *origins;
    const char *origin; /* of the page; NULL: it is none */
    const char *allowed;
    const char *vary;
} answers[] = {
    {NULL, SHOP, "(none)", "(none)"},
    {"*", SHOP, "*", "(none)"},
    {"*", "null", "*", "(none)"},
    {"*", NULL, "*", "(none)"},
    {LIST, SHOP, SHOP, "Origin"},
    {LIST, "https://www.shop.example:8443", "https://www.shop.example:8443",
     "Origin"},
    {LIST, "http://localhost:3000", "http://localhost:3000", "Origin"},
    {"https://Shop.Example", SHOP, SHOP, "Origin"},
    {LIST, NULL, "(none)", "Origin"},
    {LIST, "https://other.example", "(none)", "Origin"},
    {LIST, "http://shop.example", "(none)", "Origin"},
    {LIST, SHOP ":8443", "(none)", "Origin"},
    {LIST, SHOP ".evil.example", "(none)", "Origin"},
    {LIST, "https://evil-shop.example", "(none)", "Origin"},
    {LIST, "null", "(none)", "Origin"},
    {LIST, "", "(none)", "Origin"},
};

Test(cors, an_answer_names_the_origin_that_may_read_it)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        ask("POST", answers[i].origin);
        problem(&res, 409, "busy", "Busy", NULL);
        cr_expect(!cors_answer(answers[i].origins, &request, &res));
        cr_expect_str_eq(header("access-control-allow-origin"),
                         answers[i].allowed, "%zu", i);
        cr_expect_str_eq(header("vary"), answers[i].vary, "%zu", i);
        cr_expect_str_eq(header("access-control-allow-credentials"), "(none)");
        cr_expect_eq(res.status, 409);
        cr_expect_gt(res.body.len, 0U);
    }
    message_response_release(&res);
}

Test(cors, a_page_may_read_what_it_needs_to_come_back)
{
    static const char *const names[] = {"retry-after", "idempotency-key",
                                        "server-timing", "idempotent-replayed",
                                        "x-request-id"};

    ask("POST", SHOP);
    problem(&res, 503, "lock-unavailable", "No", NULL);
    cr_expect(!cors_answer(LIST, &request, &res));
    for (size_t i = 0; i < COUNT(names); i++)
        cr_expect(strstr(header("access-control-expose-headers"), names[i]),
                  "%s", names[i]);
    message_response_release(&res);
}

Test(cors, a_preflight_is_allowed_what_the_path_serves)
{
    ask("OPTIONS", SHOP);
    message_add_header(&request, slice_of("Access-Control-Request-Method"),
                       slice_of("POST"));
    answer_405();
    cr_expect(cors_answer(LIST, &request, &res));
    cr_expect_eq(res.status, 204);
    cr_expect_eq(res.body.len, 0U);
    cr_expect_str_eq(header("access-control-allow-origin"), SHOP);
    cr_expect_str_eq(header("access-control-allow-methods"), "GET, HEAD");
    cr_expect_str_eq(header("access-control-allow-headers"),
                     "authorization, content-type, idempotency-key, "
                     "traceparent, tracestate");
    cr_expect_str_eq(header("access-control-allow-credentials"), "(none)");
    cr_expect_str_eq(header("access-control-max-age"), "7200");
    cr_expect_str_eq(header("content-type"), "(none)");
    cr_expect_str_eq(header("vary"), "Origin");
    message_response_release(&res);
}

/* Each is a preflight but for one thing. */
static const struct {
    const char *method;
    const char *origin;
    const char *asked;
    int status;
} others[] = {
    {"OPTIONS", SHOP, NULL, 405},
    {"OPTIONS", "https://other.example", "POST", 405},
    {"OPTIONS", NULL, "POST", 405},
    {"DELETE", SHOP, "POST", 405},
    {"OPTIONS", SHOP, "POST", 404},
};

Test(cors, where_all_may_ask_a_preflight_still_names_its_origin)
{
    ask("OPTIONS", NULL);
    message_add_header(&request, slice_of("Access-Control-Request-Method"),
                       slice_of("POST"));
    answer_405();
    cr_expect(!cors_answer("*", &request, &res));
    cr_expect_eq(res.status, 405);
    message_response_release(&res);
}

Test(cors, what_is_no_preflight_keeps_its_answer)
{
    for (size_t i = 0; i < COUNT(others); i++) {
        ask(others[i].method, others[i].origin);
        if (others[i].asked)
            message_add_header(&request,
                               slice_of("Access-Control-Request-Method"),
                               slice_of(others[i].asked));
        answer_405();
        res.status = others[i].status;
        cr_expect(!cors_answer(LIST, &request, &res), "%zu", i);
        cr_expect_eq(res.status, others[i].status, "%zu", i);
        cr_expect_str_eq(header("access-control-allow-methods"), "(none)");
    }
    message_response_release(&res);
}
