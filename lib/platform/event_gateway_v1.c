/*
 * API Gateway v1 (REST APIs, payload format 1.0) and Application Load
 * Balancers.  Their events are the same but for a few points:
 *
 * - a load balancer sends `headers` or `multiValueHeaders`, never both, and
 *   wants the answer in the same form, with a statusDescription;
 * - it passes query parameters on as the client encoded them; API Gateway
 *   decodes them, so they are encoded again here.
 */
#include <stdio.h>

#include "base/url.h"
#include "platform/event_dialect.h"

static bool recognize_alb(const struct json *root)
{
    return json_get(json_get(root, "requestContext"), "elb") != NULL;
}

static bool recognize_v1(const struct json *root)
{
    return json_type(json_get(root, "httpMethod")) == JSON_STRING;
}

static bool append_encoded(struct buffer *query, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool fine = url_is_unreserved(text.at[i])
                        ? buffer_append(query, &text.at[i], 1)
                        : buffer_append_format(query, "%%%02X",
                                               (unsigned char)text.at[i]);

        if (!fine)
            return false;
    }
    return true;
}

static bool append_parameter(struct event *event, struct slice name,
                             struct slice value)
{
    struct buffer *query = &event->query;

    if (query->len && !buffer_append(query, "&", 1))
        return false;
    if (event->dialect == &event_alb)
        return buffer_append(query, name.at, name.len) &&
               buffer_append(query, "=", 1) &&
               buffer_append(query, value.at, value.len);
    return append_encoded(query, name) && buffer_append(query, "=", 1) &&
           append_encoded(query, value);
}

/* Put the query together again from its parameters. */
static bool join_query(struct event *event, const struct json *parameters)
{
    const struct json *one;
    const struct json *value;

    for (one = json_first(parameters); one; one = json_next(one)) {
        struct slice name = slice_of(json_key(one));

        if (json_type(one) == JSON_STRING &&
            !append_parameter(event, name, json_string(one)))
            return false;
        for (value = json_type(one) == JSON_ARRAY ? json_first(one) : NULL;
             value; value = json_next(value)) {
            if (!append_parameter(event, name, json_string(value)))
                return false;
        }
    }
    return true;
}

/* ---- requests ---- */

/*
 * REST APIs leave the stage out of `path`.  HTTP APIs with payload format 1.0
 * have it there and in requestContext.path.
 */
static bool has_stage_in_path(const struct json *root)
{
    return slice_is(json_string(json_get(root, "version")), "1.0") ||
           slice_equal(
               json_string(json_get(root, "path")),
               json_string(json_get(json_get(root, "requestContext"), "path")));
}

static struct slice read_path(const struct json *root)
{
    const struct json *context = json_get(root, "requestContext");
    struct slice path = json_string(json_get(root, "path"));
    struct slice resource = json_string(json_get(context, "resourcePath"));

    if (!resource.at)
        resource = json_string(json_get(root, "resource"));
    if (path.at && has_stage_in_path(root))
        path =
            event_without_stage(path, json_string(json_get(context, "stage")));
    return event_without_base_path(path, resource,
                                   json_get(root, "pathParameters"));
}

static bool is_among_first(const struct message_request *request, size_t count,
                           const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is_ignoring_case(request->headers[i].name, name))
            return true;
    }
    return false;
}

/*
 * Emulators and hand-written events fill in one map only, or leave a field out
 * of one.  A field that multiValueHeaders lacks is taken from headers.
 */
static void read_headers(const struct json *root,
                         struct message_request *request)
{
    const struct json *field;
    size_t count;

    event_read_headers(json_get(root, "multiValueHeaders"), request);
    count = request->header_count;
    for (field = json_first(json_get(root, "headers")); field;
         field = json_next(field)) {
        if (!is_among_first(request, count, json_key(field)))
            event_read_field(field, request);
    }
}

/* The multi-value member if there is something in it, else the other. */
static const struct json *parameters_of(const struct json *root)
{
    const struct json *multi =
        json_get(root, "multiValueQueryStringParameters");

    return json_count(multi) ? multi : json_get(root, "queryStringParameters");
}

static bool read(struct event *event, struct message_request *request,
                 struct error *err)
{
    const struct json *root = event->document.root;

    request->method = json_string(json_get(root, "httpMethod"));
    request->path = read_path(root);
    event->multi_value = json_count(json_get(root, "multiValueHeaders")) > 0;
    read_headers(root, request);
    if (!join_query(event, parameters_of(root))) {
        error_set(err, "the event's query does not fit into memory");
        return false;
    }
    if (event->query.len)
        request->query = buffer_slice(&event->query);
    return event_read_body(event, json_get(root, "body"),
                           json_is_true(json_get(root, "isBase64Encoded")),
                           request, err);
}

/* ---- answers ---- */

static void write_body(const struct message_response *response,
                       struct json_writer *answer)
{
    json_write_string(answer, "body", event_body_text(response));
    json_write_bool(answer, "isBase64Encoded", false);
}

static void write_v1(const struct event *event,
                     const struct message_response *response,
                     struct json_writer *answer)
{
    (void)event;
    json_write_integer(answer, "statusCode", response->status);
    event_write_multi_headers(response, answer, "multiValueHeaders");
    write_body(response, answer);
}

static void write_alb(const struct event *event,
                      const struct message_response *response,
                      struct json_writer *answer)
{
    char description[64];

    (void)snprintf(description, sizeof(description), "%d %s", response->status,
                   message_reason(response->status));
    json_write_integer(answer, "statusCode", response->status);
    json_write_string(answer, "statusDescription", description);
    if (event->multi_value)
        event_write_multi_headers(response, answer, "multiValueHeaders");
    else
        event_write_headers(response, answer, "headers", false);
    write_body(response, answer);
}

const struct event_dialect event_gateway_v1 = {
    .name = "api-gateway-v1",
    .recognize = recognize_v1,
    .read = read,
    .write = write_v1,
};

const struct event_dialect event_alb = {
    .name = "alb",
    .recognize = recognize_alb,
    .read = read,
    .write = write_alb,
};
