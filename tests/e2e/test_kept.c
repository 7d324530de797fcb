/* The connections that the real transport keeps open. */
#include <criterion/criterion.h>
#include <string.h>

#include "line.h"
#include "peer.h"

Test(http, connections_are_kept)
{
    const struct peer_step steps[] = {{PEER_ANSWER, OK("1", "1")},
                                      {PEER_ANSWER, OK("2", "1")},
                                      {PEER_ANSWER, OK("3", "1")}};
    struct peer peer;
    struct line line;

    peer_start(&peer, steps, COUNT(steps));
    open_line(&line, NULL, true);
    for (size_t i = 0; i < COUNT(steps); i++)
        cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
    cr_expect_eq(peer.seen->requests, 3);
    cr_expect_eq(peer.seen->connections, 1);
    close_line(&line);
    peer_stop(&peer);
}

Test(http, a_request_on_a_dead_connection_is_sent_again_and_counted)
{
    const struct peer_step steps[] = {{PEER_ANSWER, OK("1", "1")},
                                      {PEER_CLOSE, ""},
                                      {PEER_ANSWER, OK("2", "1")}};
    struct peer peer;
    struct line line;

    peer_start(&peer, steps, COUNT(steps));
    open_line(&line, NULL, true);
    cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
    cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
    cr_expect_eq(line.res.sends, 2);
    cr_expect_str_eq(line.res.body.data, "2");
    close_line(&line);
    peer_stop(&peer);
}

Test(http, a_second_send_that_finds_nobody_may_still_have_been_carried_out)
{
    const struct peer_step steps[] = {
        {PEER_ANSWER, OK("1", "1")}, {PEER_CLOSE, ""}, {PEER_CLOSE, ""}};
    struct peer peer;
    struct line line;

    peer_start(&peer, steps, COUNT(steps));
    open_line(&line, NULL, true);
    cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
    cr_expect_eq(post(&line, peer.url), TRANSPORT_UNKNOWN);
    close_line(&line);
    peer_stop(&peer);
}

/* ---- what nobody asked for ---- */

static const struct peer_step unasked[] = {
    {PEER_SPEAK, OK("bob's", "5")},
    {PEER_SPEAK, "x"},
    {PEER_LEAVE, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"},
    {PEER_LEAVE, ""},
};

Test(http, what_was_said_before_the_request_is_no_answer_to_it)
{
    for (size_t i = 0; i < COUNT(unasked); i++) {
        const struct peer_step steps[] = {{PEER_ANSWER, OK("alice's", "7")},
                                          unasked[i],
                                          {PEER_ANSWER, OK("carol's", "7")},
                                          {PEER_ANSWER, OK("dave's", "6")}};
        struct peer peer;
        struct line line;

        peer_start(&peer, steps, COUNT(steps));
        open_line(&line, NULL, true);
        cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
        peer_cue(&peer);
        cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
        cr_expect_str_eq(line.res.body.data, "carol's", "unasked %zu", i);
        cr_expect_eq(line.res.sends, 1, "unasked %zu", i);
        cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
        cr_expect_str_eq(line.res.body.data, "dave's", "unasked %zu", i);
        cr_expect_eq(peer.seen->connections, 2);
        close_line(&line);
        peer_stop(&peer);
    }
}

/* Two answers to one request, in one read. */
static const char *const doubles[] = {
    OK("alice's", "7") OK("bob's", "5"),
    OK("", "0") OK("bob's", "5"),
    "HTTP/1.1 204 No Content\r\n\r\n" OK("bob's", "5"),
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "7\r\nalice's\r\n0\r\n\r\n" OK("bob's", "5"),
};

Test(http, what_came_with_an_answer_is_not_the_next)
{
    for (size_t i = 0; i < COUNT(doubles); i++) {
        const struct peer_step steps[] = {{PEER_ANSWER, doubles[i]},
                                          {PEER_ANSWER, OK("carol's", "7")}};
        struct peer peer;
        struct line line;

        peer_start(&peer, steps, COUNT(steps));
        open_line(&line, NULL, true);
        cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
        cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
        cr_expect_str_eq(line.res.body.data, "carol's", "double %zu", i);
        cr_expect_eq(line.res.sends, 1, "double %zu", i);
        close_line(&line);
        peer_stop(&peer);
    }
}

Test(http, the_channels_of_one_host_share_what_is_known_of_its_connection)
{
    const struct peer_step steps[] = {{PEER_ANSWER, OK("", "0")},
                                      {PEER_ANSWER, OK("alice's", "7")},
                                      {PEER_SPEAK, OK("bob's", "5")},
                                      {PEER_ANSWER, OK("carol's", "7")}};
    struct transport *transports[2];
    struct peer peer;
    struct line line;
    const char *urls[2] = {peer.url, peer.url};

    peer_start(&peer, steps, COUNT(steps));
    open_line(&line, NULL, true);
    transports[0] = line.transport;
    transports[1] = http_session_channel(line.session, true, &line.err);
    cr_expect_eq(http_preconnect(transports, urls, 1, 1000), 1U);
    line.transport = transports[1];
    cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
    peer_cue(&peer);
    line.transport = transports[0];
    cr_expect_eq(post(&line, peer.url), TRANSPORT_ANSWERED);
    cr_expect_str_eq(line.res.body.data, "carol's");
    cr_expect_eq(peer.seen->connections, 2);
    close_line(&line);
    peer_stop(&peer);
}
