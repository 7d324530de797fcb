/*
 * Vercel: {"Action":"Invoke","body":"<JSON text>"}.  The text holds
 * {method, host, path, headers, encoding, body}; it is copied and parsed a
 * second time.
 */
#include "base/json_text.h"
#include "platform/event_dialect.h"

static const struct json_limits inner_limits = {
    .max_bytes = EVENT_MAX_BYTES,
    .max_depth = 8,
    .max_values = EVENT_MAX_VALUES,
};

static bool recognize(const struct json *root)
{
    return slice_is(json_string(json_get(root, "Action")), "Invoke") &&
           json_type(json_get(root, "body")) == JSON_STRING;
}

static bool read(struct event *event, struct message_request *request,
                 struct error *err)
{
    struct slice text = json_string(json_get(event->document.root, "body"));
    struct buffer *copy = &event->inner_text;
    const struct json *root;

    if (!buffer_append(copy, text.at, text.len)) {
        error_set(err, "the request in the event does not fit into memory");
        return false;
    }
    json_text_defuse(copy->data, copy->len);
    if (!json_parse_again(&event->inner, buffer_slice(copy), &inner_limits,
                          err)) {
        error_prefix(err, "unreadable request in the event");
        return false;
    }
    root = event->inner.root;
    request->method = json_string(json_get(root, "method"));
    event_split_path(json_string(json_get(root, "path")), request);
    event_read_headers(json_get(root, "headers"), request);
    return event_read_body(
        event, json_get(root, "body"),
        slice_is(json_string(json_get(root, "encoding")), "base64"), request,
        err);
}

static void write(const struct event *event,
                  const struct message_response *response,
                  struct json_writer *answer)
{
    (void)event;
    json_write_integer(answer, "statusCode", response->status);
    if (event_has_cookies(response))
        event_write_multi_headers(response, answer, "headers");
    else
        event_write_headers(response, answer, "headers", false);
    json_write_string(answer, "body", event_body_text(response));
}

const struct event_dialect event_vercel = {
    .name = "vercel",
    .recognize = recognize,
    .read = read,
    .write = write,
};
