/* API Gateway HTTP APIs and Lambda function URLs: payload format 2.0. */
#include <string.h>

#include "platform/event_dialect.h"

static bool recognize(const struct json *root)
{
    return slice_is(json_string(json_get(root, "version")), "2.0") &&
           json_get(json_get(root, "requestContext"), "http");
}

/* Cookies come apart from the headers; give them back the form they had. */
static bool join_cookies(struct event *event, const struct json *cookies)
{
    const struct json *cookie;

    for (cookie = json_first(cookies); cookie; cookie = json_next(cookie)) {
        struct slice text = json_string(cookie);

        if (event->cookie.len && !buffer_append_text(&event->cookie, "; "))
            return false;
        if (!buffer_append(&event->cookie, text.at, text.len))
            return false;
    }
    return true;
}

/* rawPath begins with the stage, unless that is $default. */
static struct slice without_stage(struct slice path, struct slice stage)
{
    size_t prefix_len = stage.len + 1;

    if (!stage.len || slice_is(stage, "$default") || path.len < prefix_len ||
        memcmp(path.at + 1, stage.at, stage.len) != 0)
        return path;
    if (path.len == prefix_len)
        return slice_of("/");
    if (path.at[prefix_len] != '/')
        return path;
    return (struct slice){path.at + prefix_len, path.len - prefix_len};
}

static bool read(struct event *event, struct message_request *request,
                 struct error *err)
{
    const struct json *root = event->document.root;
    const struct json *context = json_get(root, "requestContext");
    struct slice query = json_string(json_get(root, "rawQueryString"));

    request->method =
        json_string(json_get(json_get(context, "http"), "method"));
    request->path = without_stage(json_string(json_get(root, "rawPath")),
                                  json_string(json_get(context, "stage")));
    if (query.len)
        request->query = query;
    event_read_headers(json_get(root, "headers"), request);
    if (!join_cookies(event, json_get(root, "cookies"))) {
        error_set(err, "the event's cookies do not fit into memory");
        return false;
    }
    if (event->cookie.len)
        message_add_header(request, slice_of("cookie"),
                           buffer_slice(&event->cookie));
    return event_read_body(event, json_get(root, "body"),
                           json_is_true(json_get(root, "isBase64Encoded")),
                           request, err);
}

static void write(const struct event *event,
                  const struct message_response *response,
                  struct json_document *answer)
{
    struct json *root = answer->root;

    (void)event;
    json_add_integer(answer, root, "statusCode", response->status);
    event_write_headers(response, answer, "headers",
                        json_add_array(answer, root, "cookies"));
    json_add_string(answer, root, "body", event_body_text(response));
    json_add_bool(answer, root, "isBase64Encoded", false);
}

const struct event_dialect event_gateway_v2 = {
    .name = "api-gateway-v2",
    .recognize = recognize,
    .read = read,
    .write = write,
};
