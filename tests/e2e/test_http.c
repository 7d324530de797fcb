/* The real transport, against a scripted peer and the local cloud's TLS. */
#include "wire/http.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud.h"
#include "line.h"
#include "peer.h"

/* One exchange with a peer that does STEP. */
static enum transport_result meet(struct line *line, struct peer_step step)
{
    struct peer peer;
    enum transport_result result;

    peer_start(&peer, &step, 1);
    open_line(line, NULL, true);
    result = post(line, peer.url);
    cr_expect(!strstr(line->err.text, "s3cret"));
    peer_stop(&peer);
    return result;
}

Test(http, an_answer_has_status_headers_and_body)
{
    struct line line;

    cr_expect_eq(meet(&line, (struct peer_step){PEER_ANSWER, OK("hello", "5")}),
                 TRANSPORT_ANSWERED);
    cr_expect_eq(line.res.status, 200);
    cr_expect_eq(line.res.sends, 1);
    cr_expect_str_eq(line.res.body.data, "hello");
    cr_expect(slice_is(transport_response_header(&line.res, "x-word"), "yes"));
    cr_expect(!transport_response_header(&line.res, "x-wor").at);
    close_line(&line);
}

Test(http, a_request_is_sent_as_it_was_asked_for)
{
    const struct peer_step step = {PEER_ANSWER, OK("", "0")};
    struct peer peer;
    struct line line;

    peer_start(&peer, &step, 1);
    open_line(&line, NULL, true);
    cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
    cr_expect(strstr(peer.seen->last, "POST / HTTP/1.1\r\n"));
    cr_expect(strstr(peer.seen->last, "Authorization: Bearer s3cret\r\n"));
    cr_expect(strstr(peer.seen->last, "\r\n\r\n{}"));
    cr_expect(!strcasestr(peer.seen->last, "expect:"));
    cr_expect(!strcasestr(peer.seen->last, "accept-encoding:"));
    close_line(&line);
    peer_stop(&peer);
}

/* Each has something of the one before, or lacks something. */
static const char *const targets[] = {"/",  "/a",  "/a/b",   "/a/b", "/c?d=/e",
                                      "/c", "/f/", "/%67?h", "/",    "/i_-9"};

Test(http, a_request_goes_to_its_own_path_whatever_the_last_one_was)
{
    struct peer_step steps[COUNT(targets)];
    struct peer peer, other;
    struct line line;

    for (size_t i = 0; i < COUNT(targets); i++)
        steps[i] = (struct peer_step){PEER_ANSWER, OK("", "0")};
    peer_start(&peer, steps, COUNT(targets));
    peer_start(&other, steps, COUNT(targets));
    open_line(&line, NULL, true);
    for (size_t i = 0; i < COUNT(targets); i++) {
        const struct peer *asked = i >= 7 && i % 2 ? &other : &peer;
        char url[128], head[64];

        (void)snprintf(url, sizeof(url), "http://%s%s", asked->address,
                       targets[i]);
        (void)snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\n", targets[i]);
        cr_expect_eq(post(&line, url), TRANSPORT_ANSWERED);
        cr_expect(strstr(asked->seen->last, head), "%s", head);
    }
    close_line(&line);
    peer_stop(&peer);
    peer_stop(&other);
}

Test(http, interim_answers_leave_no_headers_behind)
{
    struct line line;

    cr_expect_eq(
        meet(&line, (struct peer_step){PEER_ANSWER,
                                       "HTTP/1.1 103 Early\r\n"
                                       "X-Word: no\r\n\r\n" OK("x", "1")}),
        TRANSPORT_ANSWERED);
    cr_expect(slice_is(transport_response_header(&line.res, "x-word"), "yes"));
    close_line(&line);
}

Test(http, a_redirect_is_an_answer_and_not_followed)
{
    struct line line;

    cr_expect_eq(
        meet(&line,
             (struct peer_step){PEER_ANSWER, "HTTP/1.1 302 Found\r\n"
                                             "Location: http://127.0.0.1:1/"
                                             "\r\nContent-Length: 0\r\n\r\n"}),
        TRANSPORT_ANSWERED);
    cr_expect_eq(line.res.status, 302);
    close_line(&line);
}

/* What may have been carried out, as far as anybody can know. */
static const struct peer_step unknowns[] = {
    {PEER_CLOSE, ""},
    {PEER_CLOSE, "garbage\r\n\r\n"},
    {PEER_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234"},
    {PEER_STALL, ""},
    {PEER_STALL, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234"},
    {PEER_CLOSE, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz"},
};

Test(http, a_request_whose_answer_is_not_whole_may_have_been_carried_out)
{
    for (size_t i = 0; i < COUNT(unknowns); i++) {
        struct line line;

        cr_expect_eq(meet(&line, unknowns[i]), TRANSPORT_UNKNOWN,
                     "unknown %zu: %d", i, line.res.status);
        cr_expect_gt(strlen(line.err.text), 0U);
        close_line(&line);
    }
}

Test(http, an_answer_past_the_ceiling_is_refused)
{
    static char answer[256] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    struct line line;

    memset(answer + strlen(answer), 'x', 100);
    cr_expect_eq(meet(&line, (struct peer_step){PEER_ANSWER, answer}),
                 TRANSPORT_UNKNOWN);
    cr_expect_str_eq(line.err.text, "the answer is larger than allowed");
    cr_expect(line.res.too_large);
    cr_expect_eq(line.res.status, 200);
    cr_expect(slice_is(transport_response_header(&line.res, "content-length"),
                       "100"));
    close_line(&line);
}

Test(http, a_header_that_does_not_fit_is_left_out)
{
    static char answer[48 * 1024];
    struct line line;

    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 200 OK\r\nX-Long: %0*d\r\n"
                   "Content-Length: 5\r\nX-Word: yes\r\n\r\nhello",
                   40 * 1024, 0);
    cr_expect_eq(meet(&line, (struct peer_step){PEER_ANSWER, answer}),
                 TRANSPORT_ANSWERED);
    cr_expect_str_eq(line.res.body.data, "hello");
    cr_expect(!transport_response_header(&line.res, "x-long").at);
    cr_expect(slice_is(transport_response_header(&line.res, "x-word"), "yes"));
    close_line(&line);
}

Test(http, endless_headers_are_refused)
{
    static char answer[512 * 1024] = "HTTP/1.1 200 OK\r\n";
    struct line line;
    size_t len = strlen(answer);

    while (len + 64 < sizeof(answer)) {
        memcpy(answer + len, "X-Filler: 0123456789012345678901234567\r\n", 40);
        len += 40;
    }
    cr_expect_eq(meet(&line, (struct peer_step){PEER_CLOSE, answer}),
                 TRANSPORT_UNKNOWN);
    cr_expect_leq(line.res.headers.len, 32UL * 1024);
    close_line(&line);
}

Test(http, a_refused_connection_is_a_request_that_was_not_sent)
{
    struct peer peer;
    struct line line;

    /* A port that was just in use and is not any more. */
    peer_start(&peer, NULL, 0);
    peer_stop(&peer);
    open_line(&line, NULL, true);
    cr_expect_eq(post(&line, peer.url), TRANSPORT_NOT_SENT);
    close_line(&line);
}

Test(http, plain_http_is_refused_where_it_is_not_allowed)
{
    struct line line;

    open_line(&line, NULL, false);
    cr_expect_eq(post(&line, "http://127.0.0.1:1/"), TRANSPORT_NOT_SENT);
    cr_expect_eq(post(&line, "ftp://127.0.0.1:1/"), TRANSPORT_NOT_SENT);
    cr_expect_eq(post(&line, "not a url"), TRANSPORT_NOT_SENT);
    close_line(&line);
}

Test(http, the_environments_proxy_is_not_used)
{
    struct line line;

    cr_assert_eq(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    cr_assert_eq(setenv("all_proxy", "http://127.0.0.1:1", 1), 0);
    cr_expect_eq(meet(&line, (struct peer_step){PEER_ANSWER, OK("", "0")}),
                 TRANSPORT_ANSWERED);
    close_line(&line);
}

/* ---- TLS, with the local cloud's door ---- */

Test(http, a_server_with_a_trusted_certificate_answers)
{
    struct line line;

    open_line(&line, cloud_setting("CA_FILE"), false);
    cr_expect_eq(post(&line, cloud_setting("UPSTASH_REDIS_REST_URL_TLS")),
                 TRANSPORT_ANSWERED, "%s", line.err.text);
    cr_expect_eq(line.res.status, 401);
    close_line(&line);
}

Test(http, a_server_whose_authority_is_not_trusted_gets_nothing)
{
    const char *const others[] = {NULL, "/etc/ssl/certs/ca-certificates.crt"};

    for (size_t i = 0; i < COUNT(others); i++) {
        struct line line;

        open_line(&line, others[i], false);
        cr_expect_eq(post(&line, cloud_setting("UPSTASH_REDIS_REST_URL_TLS")),
                     TRANSPORT_NOT_SENT);
        cr_expect_gt(strlen(line.err.text), 0U);
        close_line(&line);
    }
}

Test(http, a_server_that_speaks_no_tls_gets_nothing)
{
    const struct peer_step step = {PEER_CLOSE, "plain text\r\n\r\n"};
    struct peer peer;
    struct line line;
    char url[96];

    peer_start(&peer, &step, 1);
    (void)snprintf(url, sizeof(url), "https://%s/", peer.address);
    open_line(&line, cloud_setting("CA_FILE"), false);
    cr_expect_eq(post(&line, url), TRANSPORT_NOT_SENT);
    close_line(&line);
    peer_stop(&peer);
}

/* ---- connecting ahead ---- */

Test(http, a_connection_made_ahead_is_used_by_the_first_exchange)
{
    const struct peer_step steps[] = {{PEER_ANSWER, OK("", "0")},
                                      {PEER_ANSWER, OK("1", "1")}};
    struct peer peer;
    struct line line;
    const char *url = peer.url;

    peer_start(&peer, steps, COUNT(steps));
    open_line(&line, NULL, true);
    cr_expect_eq(http_preconnect(&line.transport, &url, 1, 1000), 1U);
    cr_expect(strstr(peer.seen->last, "OPTIONS / HTTP/1.1\r\n"));
    cr_expect(!strcasestr(peer.seen->last, "authorization"));
    cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
    cr_expect(strstr(peer.seen->last, "POST / HTTP/1.1\r\n"));
    cr_expect_eq(peer.seen->connections, 1);
    close_line(&line);
    peer_stop(&peer);
}

Test(http, a_peer_that_is_silent_or_absent_does_not_stop_the_others)
{
    const struct peer_step stall = {PEER_STALL, ""};
    const struct peer_step answer = {PEER_ANSWER, OK("", "0")};
    struct peer silent, good;
    struct line line;
    struct transport *transports[3];
    const char *urls[3];

    peer_start(&silent, &stall, 1);
    peer_start(&good, &answer, 1);
    open_line(&line, NULL, true);
    transports[0] = line.transport;
    transports[1] = http_session_channel(line.session, true, &line.err);
    transports[2] = http_session_channel(line.session, true, &line.err);
    urls[0] = silent.url;
    urls[1] = "http://127.0.0.1:1/";
    urls[2] = good.url;
    cr_expect_eq(http_preconnect(transports, urls, 3, 200), 1U);
    close_line(&line);
    peer_stop(&silent);
    peer_stop(&good);
}

Test(http, a_session_has_a_bounded_number_of_channels)
{
    struct line line;

    open_line(&line, NULL, true);
    for (int i = 1; i < HTTP_CHANNELS_MAX; i++)
        cr_expect(http_session_channel(line.session, true, &line.err));
    cr_expect(!http_session_channel(line.session, true, &line.err));
    close_line(&line);
}
