/*
 * An event is written once, head and body as one text, and sent as it is; an
 * answer is searched for its status and not parsed, so that the time measured
 * is the function's and not ours.
 */
#include "invoke.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loopback.h"

#define REQUEST_MAX (64UL * 1024)
#define BODY_WITHOUT_BLANKS 64

/* ---- events ---- */

/* One line, as gateways send it; %s path, %s body. */
#define EVENT                                                                  \
    "{\"version\":\"2.0\",\"routeKey\":\"$default\",\"rawPath\":\"%s\","       \
    "\"rawQueryString\":\"\",\"cookies\":[],\"headers\":{"                     \
    "\"accept\":\"*/*\",\"content-type\":\"application/json\","                \
    "\"host\":\"bench.lambda-url.eu-central-1.on.aws\","                       \
    "\"user-agent\":\"bench\",\"x-forwarded-for\":\"127.0.0.1\","              \
    "\"x-forwarded-port\":\"443\",\"x-forwarded-proto\":\"https\"},"           \
    "\"requestContext\":{\"accountId\":\"123456789012\",\"apiId\":\"bench\","  \
    "\"domainName\":\"bench.lambda-url.eu-central-1.on.aws\","                 \
    "\"domainPrefix\":\"bench\",\"http\":{\"method\":\"POST\","                \
    "\"path\":\"%s\",\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"127.0.0.1\","    \
    "\"userAgent\":\"bench\"},\"requestId\":\"bench\","                        \
    "\"routeKey\":\"$default\",\"stage\":\"$default\","                        \
    "\"time\":\"01/Jan/2026:00:00:00 +0000\",\"timeEpoch\":1767225600000},"    \
    "\"body\":\"%s%*s\",\"isBase64Encoded\":false}"

/* The deadline is far away, in 2100. */
#define HEAD                                                                   \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"                    \
    "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"  \
    "Lambda-Runtime-Deadline-Ms: 4102444800000\r\n"                            \
    "Lambda-Runtime-Invoked-Function-Arn: "                                    \
    "arn:aws:lambda:eu-central-1:123456789012:function:bench\r\n"              \
    "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;"       \
    "Parent=9a9197af755a6419;Sampled=1\r\n"                                    \
    "Content-Length: %zu\r\n\r\n"

static void write_body(char text[BODY_WITHOUT_BLANKS], enum wish wish,
                       long number)
{
    if (wish == WISH_PURCHASE)
        (void)snprintf(text, BODY_WITHOUT_BLANKS,
                       "{\\\"product_id\\\":%ld,\\\"buyer\\\":\\\"bench\\\"}",
                       number);
    else
        (void)snprintf(text, BODY_WITHOUT_BLANKS,
                       "{\\\"username\\\":\\\"bench%ld\\\","
                       "\\\"user\\\":\\\"bench\\\"}",
                       number);
}

bool event_make(struct event_text *event, enum wish wish, long number,
                size_t body_bytes)
{
    const char *path =
        wish == WISH_PURCHASE ? "/api/purchase" : "/api/username";
    char body[BODY_WITHOUT_BLANKS];
    char head[1024];
    size_t head_len;
    int blanks;
    int len;

    write_body(body, wish, number);
    blanks = body_bytes > strlen(body) ? (int)(body_bytes - strlen(body)) : 0;
    len = snprintf(NULL, 0, EVENT, path, path, body, blanks, "");
    (void)snprintf(head, sizeof(head), HEAD, (size_t)len);
    head_len = strlen(head);
    event->len = head_len + (size_t)len;
    event->bytes = malloc(event->len + 1);
    if (!event->bytes)
        return false;
    memcpy(event->bytes, head, head_len);
    (void)snprintf(event->bytes + head_len, (size_t)len + 1, EVENT, path, path,
                   body, blanks, "");
    return true;
}

void event_free(struct event_text *event)
{
    free(event->bytes);
    event->bytes = NULL;
}

/* ---- the API ---- */

bool invoke_send(int connection, const struct event_text *event)
{
    return loopback_send(connection, event->bytes, event->len);
}

/* Read one request into TEXT. */
static bool read_request(int connection, char text[REQUEST_MAX],
                         struct error *err)
{
    if (loopback_read(connection, text, REQUEST_MAX) > 0)
        return true;
    error_set(err, "the function is gone, or said too much");
    return false;
}

int invoke_answer(int connection, struct error *err)
{
    static const char name[] = "\"statusCode\":";
    static char taken[] = "HTTP/1.1 202 Accepted\r\n"
                          "Content-Type: application/json\r\n"
                          "Content-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
    const struct event_text reply = {taken, sizeof(taken) - 1};
    char text[REQUEST_MAX];
    const char *at;

    if (!read_request(connection, text, err) ||
        !invoke_send(connection, &reply))
        return -1;
    at = strstr(text, name);
    if (at && strstr(text, "/response HTTP/1.1"))
        return (int)strtol(at + sizeof(name) - 1, NULL, 10);
    error_set(err, "no answer: %.400s", text);
    return -1;
}

bool invoke_next(int connection, struct error *err)
{
    char text[REQUEST_MAX];

    if (!read_request(connection, text, err))
        return false;
    if (strstr(text, "/invocation/next "))
        return true;
    error_set(err, "not GET /next: %.400s", text);
    return false;
}

bool invoke(const struct launched *launched, const struct event_text *event,
            struct invoked *invoked, struct error *err)
{
    const int64_t begin_ns = launch_now_ns();

    if (!invoke_send(launched->connection, event)) {
        error_set(err, "the function takes no event");
        return false;
    }
    invoked->status = invoke_answer(launched->connection, err);
    invoked->answer_ns = launch_now_ns() - begin_ns;
    if (invoked->status < 0 || !invoke_next(launched->connection, err))
        return false;
    invoked->next_ns = launch_now_ns() - begin_ns;
    return true;
}
