/*
 * A response is filled by hand, and a peer that answers from memory stands
 * behind the seam.
 */
#include "wire/transport.h"

#include <criterion/criterion.h>
#include <string.h>

/* ---- the response ---- */

Test(transport, a_header_is_found_by_its_name_without_its_case)
{
    struct transport_response res;

    transport_response_init(&res, 100);
    cr_expect_null(transport_response_header(&res, "x").at);
    cr_expect(buffer_append_text(&res.headers,
                                 "Lambda-Runtime-Deadline-Ms: 1500\n"
                                 "X-Empty:\n"
                                 "X-Twice: \t first \t\n"
                                 "x-twice: second\n"
                                 "X-Last:unended"));
    cr_expect(slice_is(
        transport_response_header(&res, "lambda-runtime-deadline-ms"), "1500"));
    cr_expect(slice_is(transport_response_header(&res, "x-empty"), ""));
    cr_expect(slice_is(transport_response_header(&res, "X-TWICE"), "first"));
    cr_expect(slice_is(transport_response_header(&res, "x-last"), "unended"));
    cr_expect_null(transport_response_header(&res, "x").at);
    cr_expect_null(transport_response_header(&res, "deadline-ms").at);
    cr_expect_null(transport_response_header(&res, "first").at);
    transport_response_release(&res);
}

Test(transport, a_status_line_starts_the_headers_anew)
{
    static const char *const lines[] = {
        "HTTP/1.1 103 Early Hints\r\n", "X-Word: no\r\n",  "\r\n",
        "HTTP/1.1 200 OK\r\n",          "X-Word: yes\r\n", "\r\n"};
    struct transport_response res;

    transport_response_init(&res, 100);
    for (size_t i = 0; i < 6; i++)
        transport_response_add_header(&res, slice_of(lines[i]));
    cr_expect(slice_is(buffer_slice(&res.headers), "X-Word: yes\n"));
    transport_response_release(&res);
}

Test(transport, clear_forgets_the_answer_and_keeps_the_limit)
{
    struct transport_response res;

    transport_response_init(&res, 3);
    res.status = 200;
    res.sends = 2;
    res.too_large = true;
    cr_expect(buffer_append_text(&res.headers, "a: b\n"));
    cr_expect(buffer_append_text(&res.body, "abc"));
    transport_response_clear(&res);
    cr_expect_eq(res.status, 0);
    cr_expect_eq(res.sends, 0);
    cr_expect(!res.too_large);
    cr_expect_eq(res.headers.len, 0U);
    cr_expect_eq(res.body.len, 0U);
    cr_expect(!buffer_append_text(&res.body, "abcd"));
    transport_response_release(&res);
}

/* ---- the seam ---- */

struct peer {
    const struct transport_request *request;
    size_t body_len_at_start;
    enum transport_result result;
};

static enum transport_result answer(void *state,
                                    const struct transport_request *request,
                                    struct transport_response *response,
                                    struct error *err)
{
    struct peer *peer = state;

    peer->request = request;
    peer->body_len_at_start = response->body.len;
    error_set(err, "words of the peer");
    response->status = 204;
    return peer->result;
}

Test(transport, an_exchange_is_the_peers_on_a_cleared_response)
{
    static const enum transport_result results[] = {
        TRANSPORT_UNKNOWN, TRANSPORT_ANSWERED, TRANSPORT_NOT_SENT};

    for (size_t i = 0; i < 3; i++) {
        struct peer peer = {.body_len_at_start = 99, .result = results[i]};
        struct transport transport = {.exchange = answer, .state = &peer};
        struct transport_request request = {.method = "GET"};
        struct transport_response res;
        struct error err;

        transport_response_init(&res, 100);
        cr_expect(buffer_append_text(&res.body, "the answer before"));
        cr_expect_eq(transport_exchange(&transport, &request, &res, &err),
                     results[i]);
        cr_expect_eq(peer.request, &request);
        cr_expect_eq(peer.body_len_at_start, 0U);
        cr_expect_eq(res.status, 204);
        cr_expect_str_eq(err.text, "words of the peer");
        transport_response_release(&res);
    }
}

/* Nothing is known is what a forgotten assignment says. */
Test(transport, unknown_is_zero)
{
    cr_expect_eq(TRANSPORT_UNKNOWN, 0);
}
