/*
 * Any bytes as a platform's event: a request has a method and a path, and what
 * is read can be answered by an event in the same dialect that is JSON.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "platform/event.h"
#include "problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fine)
{
    if (!fine)
        abort();
}

/* Touch every byte that the request borrows. */
static void touch(struct slice bytes)
{
    volatile char sink = 0;

    for (size_t i = 0; i < bytes.len; i++)
        sink = (char)(sink ^ bytes.at[i]);
    (void)sink;
}

static void touch_all(const struct message_request *request)
{
    require(request->method.len > 0 && request->path.len > 0);
    require(request->header_count <= MESSAGE_REQUEST_HEADERS_MAX);
    touch(request->method);
    touch(request->path);
    touch(request->query);
    touch(request->body);
    for (size_t i = 0; i < request->header_count; i++) {
        touch(request->headers[i].name);
        touch(request->headers[i].value);
    }
}

static void write_answer(const struct event *event)
{
    const struct json_limits limits = {.max_bytes = 1UL << 16,
                                       .max_depth = 8,
                                       .max_values = 100,
                                       .unique_keys = true};
    struct message_response response;
    struct json_document doc;
    struct buffer answer;
    struct error err;

    message_response_init(&response, 1UL << 14);
    problem(&response, 409, "busy", "Busy", "Try \"again\".");
    message_append_header(&response, "set-cookie", "a=1");
    buffer_init(&answer, 1UL << 16);
    require(event_write(event, &response, &answer));
    require(json_parse(&doc, buffer_slice(&answer), &limits, &err));
    json_release(&doc);
    buffer_release(&answer);
    message_response_release(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message_request request;
    struct event event;
    struct buffer text;
    struct error err;

    buffer_init(&text, EVENT_MAX_BYTES);
    event_init(&event);
    require(buffer_append(&text, data, size));
    switch (event_read(&event, &text, &request, &err)) {
    case EVENT_REQUEST:
        touch_all(&request);
        write_answer(&event);
        break;
    case EVENT_PING:
        write_answer(&event);
        break;
    case EVENT_UNREADABLE:
        break;
    }
    event_release(&event);
    buffer_release(&text);
    return 0;
}
