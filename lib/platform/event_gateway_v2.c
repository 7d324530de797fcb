/*
 * API Gateway v2 (HTTP APIs, payload format 2.0) and Lambda function URLs.  The
 * query comes as the client wrote it; cookies come as an array and are joined
 * into one header field again.
 */
#include <string.h>

#include "platform/event_dialect.h"

static bool recognize(const struct json *root)
{
    const struct json *version = json_get(root, "version");

    /* Emulators leave the version out. */
    return (!version || slice_is(json_string(version), "2.0")) &&
           json_get(json_get(root, "requestContext"), "http");
}

/* Join the cookies as they stood in the client's header field. */
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

/* The resource of a route key such as "POST /api/{proxy+}". */
static struct slice resource_of(struct slice route_key)
{
    const char *blank =
        route_key.len ? memchr(route_key.at, ' ', route_key.len) : NULL;

    if (!blank)
        return (struct slice){0};
    return (struct slice){blank + 1,
                          route_key.len - (size_t)(blank + 1 - route_key.at)};
}

/* rawPath begins with a base path, or with the stage unless it is $default. */
static struct slice read_path(const struct json *root)
{
    struct slice stage =
        json_string(json_get(json_get(root, "requestContext"), "stage"));

    return event_without_base_path(
        event_without_stage(json_string(json_get(root, "rawPath")), stage),
        resource_of(json_string(json_get(root, "routeKey"))),
        json_get(root, "pathParameters"));
}

static bool read(struct event *event, struct message_request *request,
                 struct error *err)
{
    const struct json *root = event->document.root;
    const struct json *context = json_get(root, "requestContext");
    struct slice query = json_string(json_get(root, "rawQueryString"));

    request->method =
        json_string(json_get(json_get(context, "http"), "method"));
    request->path = read_path(root);
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
                  struct json_writer *answer)
{
    (void)event;
    json_write_integer(answer, "statusCode", response->status);
    event_write_headers(response, answer, "headers", true);
    json_write_string(answer, "body", event_body_text(response));
    json_write_bool(answer, "isBase64Encoded", false);
}

const struct event_dialect event_gateway_v2 = {
    .name = "api-gateway-v2",
    .recognize = recognize,
    .read = read,
    .write = write,
};
