/* HTTP as the local cloud's front and doors read it, by raw bytes. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cloud.h"

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
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t got = 0;
    ssize_t more = 0;
    int on = 1;

    address.sin_port = htons((uint16_t)strtol(strrchr(url, ':') + 1, NULL, 10));
    cr_assert_eq(
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
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

static int status_of(const char *answer)
{
    return strncmp(answer, "HTTP/1.1 ", 9) == 0
               ? (int)strtol(answer + 9, NULL, 10)
               : 0;
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
    cr_expect_eq(status_of(answer), status, "want %d for %.90s, got %s", status,
                 bytes, answer);
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
        cr_expect_eq(status_of(answer), taken[i / COUNT(pieces)].status,
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
    cr_expect_eq(status_of(answer), 200);
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
    cr_expect_eq(status_of(answer), 200);
    cr_expect_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
}

/* ---- what the front answers itself ---- */

Test(front, a_browser_sees_the_page_of_a_deployment)
{
    static const struct {
        const char *path, *file, *type;
    } parts[] = {
        {"/", "index.html", "text/html; charset=utf-8"},
        {"/index.html?x=1", "index.html", "text/html; charset=utf-8"},
        {"/page.js", "page.js", "application/javascript; charset=utf-8"},
        {"/style.css", "style.css", "text/css; charset=utf-8"},
    };

    for (size_t i = 0; i < COUNT(parts); i++) {
        struct answer answer =
            client_send(&(struct request){.url = cloud_url(parts[i].path)});
        static char file[ANSWER_MAX];
        char path[128];
        int fd;
        ssize_t len;

        (void)snprintf(path, sizeof(path), "deploy/vercel/static/%s",
                       parts[i].file);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        len = read(fd, file, sizeof(file));
        close(fd);
        cr_expect_eq(answer.status, 200, "%s", parts[i].path);
        cr_expect_eq((ssize_t)answer.body.len, len);
        cr_expect(len > 0 && !memcmp(answer.body.data, file, (size_t)len));
        cr_expect(strstr(answer.headers.data, parts[i].type), "%s",
                  answer.headers.data);
        cr_expect(strstr(answer.headers.data, "Content-Security-Policy: "));
        client_free(&answer, 1);
    }
}

#define INVOKE(name) "/2015-03-31/functions/" name "/invocations"
#define HEALTH                                                                 \
    "{\"version\":\"2.0\",\"rawPath\":\"/api/health\",\"requestContext\":"     \
    "{\"http\":{\"method\":\"GET\",\"path\":\"/api/health\"}}}"

static const struct {
    int status;
    const char *path, *field, *body, *header, *words;
} invocations[] = {
    {200, INVOKE("bouncer"), NULL, HEALTH, "X-Amz-Executed-Version: $LATEST",
     "{\"statusCode\":200,"},
    {200, INVOKE("bouncer:$LATEST"), NULL, HEALTH, "", "\"statusCode\":200"},
    {200,
     INVOKE("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3A"
            "bouncer"),
     "X-Amz-Invocation-Type: RequestResponse", HEALTH, "",
     "\"statusCode\":200"},
    {200, INVOKE("bouncer"), NULL, "{\"no\":\"such event\"}",
     "X-Amz-Function-Error: Unhandled", "\"errorType\":"},
    {202, INVOKE("bouncer"), "X-Amz-Invocation-Type: Event", HEALTH,
     "X-Amzn-RequestId: ", ""},
    {204, INVOKE("bouncer"), "X-Amz-Invocation-Type: DryRun", HEALTH, "", ""},
    {400, INVOKE("bouncer"), "X-Amz-Invocation-Type: Tea", HEALTH,
     "InvalidParameterValueException", ""},
    {400, INVOKE("bouncer"), NULL, "{", "InvalidRequestContentException", ""},
    {404, INVOKE("other"), NULL, HEALTH, "ResourceNotFoundException", "other"},
    {404, INVOKE("bouncer") "?Qualifier=7", NULL, HEALTH,
     "ResourceNotFoundException", ""},
};

Test(front, the_function_can_be_invoked_as_lambda_has_it)
{
    cloud_reset();
    for (size_t i = 0; i < COUNT(invocations); i++) {
        struct answer answer =
            client_send(&(struct request){.url = cloud_url(invocations[i].path),
                                          .body = invocations[i].body,
                                          .field = invocations[i].field});

        cr_expect_eq(answer.status, invocations[i].status, "%zu: %d", i,
                     answer.status);
        cr_expect(strstr(answer.headers.data, invocations[i].header), "%zu: %s",
                  i, answer.headers.data);
        cr_expect(invocations[i].words[0] == '\0' ||
                      client_said(&answer, invocations[i].words),
                  "%zu: %s", i, answer.body.data);
        client_free(&answer, 1);
    }
}

Test(front, an_event_that_nobody_waits_for_is_carried_out)
{
    const long long before = cloud_counter("invocations");
    struct answer answer =
        client_send(&(struct request){.url = cloud_url(INVOKE("bouncer")),
                                      .body = HEALTH,
                                      .field = "X-Amz-Invocation-Type: Event"});

    client_free(&answer, 1);
    CLOUD_WAIT_FOR(cloud_counter("invocations") == before + 1);
}

Test(front, an_invocation_has_the_limits_of_its_kind)
{
    static char body[7000000];
    static const struct {
        size_t len;
        const char *field;
        int status;
    } sizes[] = {
        {6291457, NULL, 413},
        {1048577, "X-Amz-Invocation-Type: Event", 413},
        {1048576, "X-Amz-Invocation-Type: Event", 202},
    };

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct answer answer;

        memset(body, ' ', sizes[i].len);
        memcpy(body, HEALTH, strlen(HEALTH));
        body[sizes[i].len] = '\0';
        answer =
            client_send(&(struct request){.url = cloud_url(INVOKE("bouncer")),
                                          .body = body,
                                          .field = sizes[i].field});
        cr_expect_eq(answer.status, sizes[i].status, "%zu: %d", i,
                     answer.status);
        client_free(&answer, 1);
    }
}

Test(front, the_function_has_the_environment_that_lambda_defines)
{
    static const char *const names[] = {
        "_HANDLER=",
        "AWS_ACCESS_KEY_ID=",
        "AWS_DEFAULT_REGION=us-east-1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
        "AWS_LAMBDA_FUNCTION_NAME=bouncer",
        "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/bouncer",
        "AWS_LAMBDA_LOG_STREAM_NAME=20",
        "AWS_LAMBDA_RUNTIME_API=127.",
        "AWS_REGION=us-east-1",
        "AWS_SECRET_ACCESS_KEY=",
        "AWS_SESSION_TOKEN=",
        "AWS_XRAY_CONTEXT_MISSING=",
        "AWS_XRAY_DAEMON_ADDRESS=",
        "LAMBDA_RUNTIME_DIR=",
        "LAMBDA_TASK_ROOT=/",
        "LANG=en_US.UTF-8",
        "PATH=",
        "TZ=:UTC",
    };
    static char vars[ANSWER_MAX];
    char path[64];
    ssize_t len;
    int fd;

    CLOUD_WAIT_FOR(cloud_pid("idle") != 0);
    (void)snprintf(path, sizeof(path), "/proc/%d/environ", cloud_pid("idle"));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    len = read(fd, vars + 1, sizeof(vars) - 1);
    close(fd);
    cr_assert_gt(len, 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        char want[64] = "";

        memcpy(want + 1, names[i], strlen(names[i]));
        cr_expect(memmem(vars, (size_t)len + 1, want, strlen(names[i]) + 1),
                  "no %s", names[i]);
    }
}
