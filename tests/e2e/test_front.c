/* HTTP as the local cloud's front and doors read it, by raw bytes. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cloud.h"
#include "loopback.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define ANSWER_MAX (64UL * 1024)
#define TIMEOUT_S 10

#define POST "POST /api/username HTTP/1.1\r\nContent-Type: application/json\r\n"
#define CLOSE "Host: a\r\nConnection: close\r\n"
#define CHUNKED POST CLOSE "Transfer-Encoding: chunked\r\n\r\n"
/* A body that the function reads and refuses with this status. */
#define EMPTY_OBJECT_STATUS 400

/*
 * Send LEN BYTES to the server at URL, PIECE at a time; what it says until it
 * hangs up.
 */
static void talk_in(size_t piece, const char *url, const char *bytes,
                    size_t len, char answer[static ANSWER_MAX])
{
    int fd = loopback_connect(url, TIMEOUT_S);
    size_t got = 0;
    ssize_t more = 0;
    int on = 1;

    cr_assert_geq(fd, 0);
    cr_assert_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
    for (size_t at = 0; at < len; at += piece)
        cr_assert_gt(send(fd, bytes + at, piece < len - at ? piece : len - at,
                          MSG_NOSIGNAL),
                     0);
    while (got < ANSWER_MAX - 1 &&
           (more = read(fd, answer + got, ANSWER_MAX - 1 - got)) > 0)
        got += (size_t)more;
    answer[got] = '\0';
    cr_expect_eq(more, 0, "it does not hang up after %.60s", bytes);
    close(fd);
}

static void talk(const char *url, const char *bytes, size_t len,
                 char answer[static ANSWER_MAX])
{
    talk_in(len, url, bytes, len, answer);
}

/* What is no request, and what it gets, at the front and at the doors. */
static const struct {
    int status;
    const char *bytes;
} refused[] = {
    {400, "nonsense\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"},
    {400, "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"},
    {400, POST CLOSE "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "},
    {400, POST CLOSE "Content-Length: 2, 2\r\n\r\n{}"},
    {400, POST CLOSE "Content-Length: -2\r\n\r\n{}"},
    {400, POST CLOSE "Content-Length: 99999999999999999999\r\n\r\n{}"},
    {400, POST CLOSE "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, CHUNKED "zz\r\n{}\r\n0\r\n\r\n"},
    {400, CHUNKED "-2\r\n{}\r\n0\r\n\r\n"},
    {400, CHUNKED "0x2\r\n{}\r\n0\r\n\r\n"},
    {400, CHUNKED "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n"},
    {400, CHUNKED "1\r\n{}\r\n0\r\n\r\n"},
    {413, CHUNKED "fffffff\r\n{}"},
    {413,
     POST CLOSE "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"},
    {417, POST CLOSE "Expect: tea\r\nContent-Length: 2\r\n\r\n{}"},
    {501, POST CLOSE "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {501, "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
};

static void expect_problem(const char *url, const char *bytes, size_t len,
                           int status)
{
    static char answer[ANSWER_MAX];

    talk(url, bytes, len, answer);
    cr_expect_eq(loopback_status(answer), status, "want %d for %.90s, got %s",
                 status, bytes, answer);
    cr_expect(strstr(answer, "\r\nContent-Type: application/problem+json\r\n"),
              "%s", answer);
    cr_expect(strncmp(bytes, "HEAD", 4) == 0 || strstr(answer, "\"detail\":"),
              "%s", answer);
}

Test(front, what_is_no_http_is_refused_by_name_at_every_address)
{
    const char *const urls[] = {"FUNCTION_URL", "UPSTASH_REDIS_REST_URL",
                                "REST_URL"};

    for (size_t i = 0; i < COUNT(urls) * COUNT(refused); i++)
        expect_problem(cloud_setting(urls[i % COUNT(urls)]),
                       refused[i / COUNT(urls)].bytes,
                       strlen(refused[i / COUNT(urls)].bytes),
                       refused[i / COUNT(urls)].status);
}

Test(front, a_nul_in_the_head_is_refused)
{
    static const char bytes[] = "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n";

    expect_problem(cloud_setting("FUNCTION_URL"), bytes, sizeof(bytes) - 1,
                   400);
}

Test(front, what_is_too_long_is_refused_by_what_it_is)
{
    static char bytes[20000];

    memset(bytes, 'a', sizeof(bytes));
    memcpy(bytes, "GET /", 5);
    expect_problem(cloud_setting("FUNCTION_URL"), bytes, sizeof(bytes), 414);
    memcpy(bytes, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 29);
    expect_problem(cloud_setting("FUNCTION_URL"), bytes, sizeof(bytes), 431);
}

/* Odd, and right. */
static const struct {
    int status;
    const char *bytes;
} taken[] = {
    {404, "GET /nothing HTTP/1.0\r\n\r\n"},
    {404, "\r\n\r\nGET /nothing HTTP/1.1\r\n" CLOSE "\r\n"},
    {404, "GET http://a/nothing HTTP/1.1\r\n" CLOSE "\r\n"},
    {EMPTY_OBJECT_STATUS,
     POST CLOSE "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"},
    {EMPTY_OBJECT_STATUS, CHUNKED "2\r\n{}\r\n0\r\n\r\n"},
    {EMPTY_OBJECT_STATUS, CHUNKED "2;a=b;c=\"d\"\r\n{}\r\n0 ;e\r\n\r\n"},
    {EMPTY_OBJECT_STATUS, CHUNKED "1\r\n{\r\n01\r\n}\r\n00\r\n\r\n"},
    /* A trailer is no header field: this one would be a 415. */
    {EMPTY_OBJECT_STATUS,
     CHUNKED "2\r\n{}\r\n0\r\nContent-Encoding: gzip\r\nHost: b\r\n\r\n"},
    {405, "PATCH /api/health HTTP/1.1\r\n" CLOSE "\r\n"},
};

Test(front, what_is_odd_and_right_gets_to_the_function)
{
    static const size_t pieces[] = {1, 7, ANSWER_MAX};
    static char answer[ANSWER_MAX];

    cloud_reset();
    for (size_t i = 0; i < COUNT(taken) * COUNT(pieces); i++) {
        const char *bytes = taken[i / COUNT(pieces)].bytes;

        talk_in(pieces[i % COUNT(pieces)], cloud_setting("FUNCTION_URL"), bytes,
                strlen(bytes), answer);
        answer[7] = '1'; /* HTTP/1.0 is answered as such */
        cr_expect_eq(loopback_status(answer), taken[i / COUNT(pieces)].status,
                     "%s: %s", bytes, answer);
        cr_expect(strcasestr(answer, "\r\nx-request-id: "), "%s", answer);
    }
}

Test(front, requests_in_one_piece_are_answered_in_their_order)
{
    static const char bytes[] =
        "GET /api/health HTTP/1.1\r\nHost: a\r\n\r\n" POST
        "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2;x\r\n{}\r\n0\r\n\r\n"
        "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
        "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /never HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char *const want[] = {"HTTP/1.1 200 ", "HTTP/1.1 400 ",
                                       "HTTP/1.1 404 ", "HTTP/1.1 501 "};
    static char answer[ANSWER_MAX];
    const char *at = answer;

    cloud_reset();
    talk(cloud_setting("FUNCTION_URL"), bytes, sizeof(bytes) - 1, answer);
    for (size_t i = 0; i < COUNT(want); i++) {
        at = strstr(at, want[i]);
        cr_assert(at, "no %s in its place: %s", want[i], answer);
        at++;
    }
    cr_expect(!strstr(at, "HTTP/1.1"), "%s", at);
}

Test(front, the_answer_to_head_has_no_body_and_its_length)
{
    static const char page[] = "HEAD / HTTP/1.1\r\n" CLOSE "\r\n";
    static const char health[] = "HEAD /api/health HTTP/1.1\r\n" CLOSE "\r\n";
    static char answer[ANSWER_MAX];
    char length[64];
    struct answer whole = client_send(&(struct request){.url = cloud_url("/")});

    talk(cloud_setting("FUNCTION_URL"), page, sizeof(page) - 1, answer);
    (void)snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n",
                   whole.body.len);
    cr_expect(strstr(answer, length), "%s in %s", length, answer);
    cr_expect_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    client_free(&whole, 1);
    talk(cloud_setting("FUNCTION_URL"), health, sizeof(health) - 1, answer);
    cr_expect_eq(loopback_status(answer), 200);
    whole = client_send(&(struct request){.url = cloud_url("/api/health")});
    (void)snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n",
                   whole.body.len);
    client_free(&whole, 1);
    cr_expect(strcasestr(answer, length), "%s in %s", length, answer);
    cr_expect_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
}

Test(front, the_doors_leave_the_body_out_for_head)
{
    static char answer[ANSWER_MAX];
    char bytes[512];

    (void)snprintf(bytes, sizeof(bytes),
                   "HEAD /ping HTTP/1.1\r\n" CLOSE
                   "Authorization: Bearer %s\r\n\r\n",
                   cloud_setting("UPSTASH_REDIS_REST_TOKEN"));
    talk(cloud_setting("UPSTASH_REDIS_REST_URL"), bytes, strlen(bytes), answer);
    cr_expect_eq(loopback_status(answer), 200);
    cr_expect_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
}
