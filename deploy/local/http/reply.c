/*
 * evhttp sends whatever content it is given, so the content of an answer that
 * must have none is drained first.
 */
#include "http/reply.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define PROBLEM_MAX 1024

static void add_header(struct evhttp_request *request, const char *name,
                       const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

/* evhttp sends what it is given. */
static void leave_out(struct evhttp_request *request, struct evbuffer *content)
{
    size_t len = evbuffer_get_length(content);
    char text[32];

    (void)snprintf(text, sizeof(text), "%zu", len);
    if (len > 0 && evhttp_request_get_command(request) == EVHTTP_REQ_HEAD &&
        evhttp_find_header(evhttp_request_get_output_headers(request),
                           "Content-Length") == NULL)
        add_header(request, "Content-Length", text);
    evbuffer_drain(content, len);
}

void reply_send(struct evhttp_request *request, int status, const char *reason,
                struct evbuffer *content)
{
    bool no_content = status == HTTP_NOCONTENT || status == HTTP_NOTMODIFIED;

    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD)
        leave_out(request, content);
    else if (no_content)
        evbuffer_drain(content, evbuffer_get_length(content));
    evhttp_send_reply(request, status, reason, content);
}

static void send_body(struct evhttp_request *request, int status,
                      const char *reason, const char *type, struct slice body)
{
    struct evbuffer *content = evbuffer_new();

    if (content == NULL) {
        evhttp_connection_free(evhttp_request_get_connection(request));
        return;
    }
    add_header(request, "Content-Type", type);
    evbuffer_add(content, body.at, body.len);
    reply_send(request, status, reason, content);
    evbuffer_free(content);
}

void reply_body(struct evhttp_request *request, int status, const char *type,
                struct slice body)
{
    send_body(request, status, NULL, type, body);
}

void reply_problem(struct evhttp_request *request, const char *problem)
{
    int status = (int)strtol(problem, NULL, 10);
    char title[64];
    struct json_document doc;
    struct json *object = json_new_object(&doc);
    struct buffer text;

    (void)snprintf(title, sizeof(title), "%.*s", (int)strcspn(problem + 4, ":"),
                   problem + 4);
    json_add_string(&doc, object, "type", "about:blank");
    json_add_string(&doc, object, "title", title);
    json_add_integer(&doc, object, "status", status);
    json_add_string(&doc, object, "detail", strchr(problem, ':') + 2);
    buffer_init(&text, PROBLEM_MAX);
    if (json_print(&doc, &text))
        send_body(request, status, title, "application/problem+json",
                  buffer_slice(&text));
    else
        send_body(request, status, title, "text/plain", slice_of(title));
    buffer_release(&text);
    json_release(&doc);
}
