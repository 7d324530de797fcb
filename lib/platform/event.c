/*
 * The whole event is parsed once, and the dialects then look at its shape in a
 * fixed order: the special ones first, since API Gateway v1's mark (httpMethod)
 * is in a load balancer's events too.  Strings stay in the parsed document;
 * only what has to be decoded or joined is copied.
 */
#include "platform/event.h"

#include <string.h>

#include "base/base64.h"
#include "base/json_text.h"
#include "platform/event_dialect.h"

/*
 * The depth is the parser's own limit: requests are flat, but other events must
 * be parsed too before they can be told from requests.  The platform writes the
 * keys of an event; a key given twice is no error, and the first one counts.
 */
static const struct json_limits event_limits = {
    .max_bytes = EVENT_MAX_BYTES,
    .max_depth = JSON_DEPTH_MAX,
    .max_values = EVENT_MAX_VALUES,
};

static const struct event_dialect *const dialects[] = {
    &event_gateway_v2, &event_alb,  &event_vercel,
    &event_gateway_v1, &event_ping,
};

void event_init(struct event *event)
{
    *event = (struct event){0};
    buffer_init(&event->body, EVENT_MAX_BYTES);
    buffer_init(&event->query, EVENT_MAX_BYTES);
    buffer_init(&event->cookie, EVENT_MAX_BYTES);
    buffer_init(&event->inner_text, EVENT_MAX_BYTES);
}

void event_release(struct event *event)
{
    json_release(&event->document);
    json_release(&event->inner);
    buffer_release(&event->body);
    buffer_release(&event->query);
    buffer_release(&event->cookie);
    buffer_release(&event->inner_text);
    event->dialect = NULL;
}

void event_clear(struct event *event)
{
    json_clear(&event->document);
    json_clear(&event->inner);
    buffer_clear(&event->body);
    buffer_clear(&event->query);
    buffer_clear(&event->cookie);
    buffer_clear(&event->inner_text);
    event->dialect = NULL;
    event->multi_value = false;
}

static void forget_request(struct message_request *request)
{
    request->method = request->path = request->query = request->body =
        (struct slice){0};
    request->header_count = 0;
    request->too_many_headers = false;
    request->body_is_no_text = false;
}

/* VPC Lattice, in both versions of its event (VPC Lattice User Guide). */
static bool is_lattice(const struct json *root)
{
    return json_get(root, "raw_path") ||
           json_get(json_get(root, "requestContext"), "serviceNetworkArn");
}

static void explain_unknown(const struct json *root, struct error *err)
{
    if (is_lattice(root))
        error_set(err, "the event is a VPC Lattice request, which is not "
                       "supported: use API Gateway, a function URL or an "
                       "Application Load Balancer");
    else
        error_set(err, "the event is no HTTP request of a known platform");
}

enum event_kind event_read(struct event *event, struct buffer *text,
                           struct message_request *request, struct error *err)
{
    const size_t count = sizeof(dialects) / sizeof(dialects[0]);

    event_clear(event);
    forget_request(request);
    if (text->data)
        json_text_defuse(text->data, text->len);
    if (!json_parse_again(&event->document, buffer_slice(text), &event_limits,
                          err)) {
        error_prefix(err, "unreadable event");
        return EVENT_UNREADABLE;
    }
    for (size_t i = 0; i < count && !event->dialect; i++) {
        if (dialects[i]->recognize(event->document.root))
            event->dialect = dialects[i];
    }
    if (!event->dialect) {
        explain_unknown(event->document.root, err);
        return EVENT_UNREADABLE;
    }
    if (event->dialect == &event_ping)
        return EVENT_PING;
    if (!event->dialect->read(event, request, err))
        return EVENT_UNREADABLE;
    if (request->method.len && request->path.len)
        return EVENT_REQUEST;
    error_set(err, "the event has no method or no path");
    return EVENT_UNREADABLE;
}

bool event_write(const struct event *event,
                 const struct message_response *response, struct buffer *answer)
{
    struct json_writer writer;

    if (!event->dialect)
        return false;
    writer = json_write_object_into(answer);
    event->dialect->write(event, response, &writer);
    return json_write_finish(&writer);
}

const char *event_dialect_name(const struct event *event)
{
    return event->dialect ? event->dialect->name : "none";
}

/* ---- what the dialects share ---- */

struct slice event_without_stage(struct slice path, struct slice stage)
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

static struct slice without_last_slash(struct slice path)
{
    if (path.len && path.at[path.len - 1] == '/')
        path.len--;
    return path;
}

/* The value of the parameter NAME, written as "name}" or "name+}". */
static struct slice parameter(const struct json *parameters, struct slice name)
{
    const struct json *one;

    if (!name.len || name.at[name.len - 1] != '}')
        return (struct slice){0};
    name.len--;
    if (name.len && name.at[name.len - 1] == '+')
        name.len--;
    for (one = json_first(parameters); one; one = json_next(one)) {
        if (slice_equal(slice_of(json_key(one)), name))
            return json_string(one);
    }
    return (struct slice){0};
}

struct slice event_without_base_path(struct slice path, struct slice resource,
                                     const struct json *parameters)
{
    const char *brace =
        resource.len ? memchr(resource.at, '{', resource.len) : NULL;
    struct slice fixed = resource;
    struct slice end = SLICE_EMPTY;
    size_t len = without_last_slash(path).len;
    size_t start;

    if (brace) {
        fixed.len = (size_t)(brace - resource.at);
        end =
            parameter(parameters,
                      (struct slice){brace + 1, resource.len - fixed.len - 1});
        end = without_last_slash(end);
    }
    if (!fixed.len || fixed.at[0] != '/' || !end.at ||
        len <= fixed.len + end.len)
        return path;
    start = len - fixed.len - end.len;
    if (memcmp(path.at + start, fixed.at, fixed.len) != 0 ||
        memcmp(path.at + start + fixed.len, end.at, end.len) != 0)
        return path;
    return (struct slice){path.at + start, path.len - start};
}

void event_read_field(const struct json *field, struct message_request *request)
{
    struct slice name = slice_of(json_key(field));
    const struct json *value;

    if (json_type(field) == JSON_STRING)
        message_add_header(request, name, json_string(field));
    for (value = json_type(field) == JSON_ARRAY ? json_first(field) : NULL;
         value; value = json_next(value)) {
        if (json_type(value) == JSON_STRING)
            message_add_header(request, name, json_string(value));
    }
}

void event_read_headers(const struct json *object,
                        struct message_request *request)
{
    const struct json *field;

    for (field = json_first(object); field; field = json_next(field))
        event_read_field(field, request);
}

bool event_read_body(struct event *event, const struct json *body, bool base64,
                     struct message_request *request, struct error *err)
{
    request->body = json_string(body);
    request->body_is_no_text = !request->body.at &&
                               json_type(body) != JSON_NONE &&
                               json_type(body) != JSON_NULL;
    if (!base64 || !request->body.at)
        return true;
    if (!base64_decode(request->body, &event->body)) {
        error_set(err, "the event's body is no base64");
        return false;
    }
    request->body = buffer_slice(&event->body);
    return true;
}

void event_split_path(struct slice path, struct message_request *request)
{
    const char *mark = path.at ? memchr(path.at, '?', path.len) : NULL;

    request->path = path;
    if (!mark)
        return;
    request->path.len = (size_t)(mark - path.at);
    request->query = (struct slice){mark + 1, path.len - request->path.len - 1};
}

static bool is_cookie(const struct message_response_header *header)
{
    return strcmp(header->name, "set-cookie") == 0;
}

bool event_has_cookies(const struct message_response *response)
{
    return message_response_header(response, "set-cookie") != NULL;
}

static void write_cookies(const struct message_response *response,
                          struct json_writer *answer)
{
    json_write_array(answer, "cookies");
    for (size_t i = 0; i < response->header_count; i++) {
        if (is_cookie(&response->headers[i]))
            json_write_string(answer, NULL, response->headers[i].value);
    }
    json_write_end(answer);
}

void event_write_headers(const struct message_response *response,
                         struct json_writer *answer, const char *key,
                         bool apart)
{
    if (apart)
        write_cookies(response, answer);
    json_write_object(answer, key);
    for (size_t i = 0; i < response->header_count; i++) {
        const struct message_response_header *header = &response->headers[i];

        if (!apart || !is_cookie(header))
            json_write_string(answer, header->name, header->value);
    }
    json_write_end(answer);
}

/* Whether a field before INDEX has taken the values of this name already. */
static bool is_repeated(const struct message_response *response, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(response->headers[i].name, response->headers[index].name) ==
            0)
            return true;
    }
    return false;
}

void event_write_multi_headers(const struct message_response *response,
                               struct json_writer *answer, const char *key)
{
    json_write_object(answer, key);
    for (size_t i = 0; i < response->header_count; i++) {
        const char *name = response->headers[i].name;

        if (is_repeated(response, i))
            continue;
        json_write_array(answer, name);
        for (size_t j = i; j < response->header_count; j++) {
            if (strcmp(response->headers[j].name, name) == 0)
                json_write_string(answer, NULL, response->headers[j].value);
        }
        json_write_end(answer);
    }
    json_write_end(answer);
}

const char *event_body_text(const struct message_response *response)
{
    return response->body.data ? response->body.data : "";
}
