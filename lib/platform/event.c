#include "platform/event.h"

#include <string.h>

#include "base/base64.h"
#include "platform/event_dialect.h"

/*
 * An event's own structure is flat; the client's part in it is strings.  Of
 * keys given twice the platform's last word counts, so that is no error here.
 */
static const struct json_limits event_limits = {
    .max_bytes = EVENT_MAX_BYTES,
    .max_depth = 16,
    .max_values = 8192,
};

static const struct event_dialect *const dialects[] = {
    &event_gateway_v2,
    &event_alb,
    &event_vercel,
    &event_gateway_v1,
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

static void forget(struct event *event)
{
    json_release(&event->document);
    json_release(&event->inner);
    buffer_clear(&event->body);
    buffer_clear(&event->query);
    buffer_clear(&event->cookie);
    buffer_clear(&event->inner_text);
    event->dialect = NULL;
    event->multi_value = false;
}

bool event_read(struct event *event, struct buffer *text,
                struct message_request *request, struct error *err)
{
    const size_t count = sizeof(dialects) / sizeof(dialects[0]);

    forget(event);
    request->method = request->path = request->query = request->body =
        (struct slice){0};
    request->header_count = 0;
    request->too_many_headers = false;
    if (text->data)
        json_text_defuse(text->data, text->len);
    if (!json_parse(&event->document, buffer_slice(text), &event_limits, err)) {
        error_prefix(err, "unreadable event");
        return false;
    }
    for (size_t i = 0; i < count && !event->dialect; i++) {
        if (dialects[i]->recognize(event->document.root))
            event->dialect = dialects[i];
    }
    if (!event->dialect) {
        error_set(err, "the event is no HTTP request of a known platform");
        return false;
    }
    if (!event->dialect->read(event, request, err))
        return false;
    if (request->method.len && request->path.len)
        return true;
    error_set(err, "the event has no method or no path");
    return false;
}

bool event_write(const struct event *event,
                 const struct message_response *response, struct buffer *answer)
{
    struct json_document doc;
    bool written;

    if (!event->dialect)
        return false;
    json_new_object(&doc);
    event->dialect->write(event, response, &doc);
    written = json_print(&doc, answer);
    json_release(&doc);
    return written;
}

const char *event_dialect_name(const struct event *event)
{
    return event->dialect ? event->dialect->name : "none";
}

/* ---- what the dialects share ---- */

void event_read_headers(const struct json *object,
                        struct message_request *request)
{
    const struct json *field;
    const struct json *value;

    for (field = json_first(object); field; field = json_next(field)) {
        struct slice name = slice_of(json_key(field));

        if (json_type(field) == JSON_STRING)
            message_add_header(request, name, json_string(field));
        for (value = json_type(field) == JSON_ARRAY ? json_first(field) : NULL;
             value; value = json_next(value)) {
            if (json_type(value) == JSON_STRING)
                message_add_header(request, name, json_string(value));
        }
    }
}

bool event_read_body(struct event *event, const struct json *body, bool base64,
                     struct message_request *request, struct error *err)
{
    request->body = json_string(body);
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

void event_write_headers(const struct message_response *response,
                         struct json_document *answer, const char *key,
                         struct json *cookies)
{
    struct json *headers = json_add_object(answer, answer->root, key);

    for (size_t i = 0; i < response->header_count; i++) {
        const struct message_response_header *header = &response->headers[i];

        if (cookies && is_cookie(header))
            json_add_string(answer, cookies, NULL, header->value);
        else
            json_add_string(answer, headers, header->name, header->value);
    }
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
                               struct json_document *answer, const char *key)
{
    struct json *headers = json_add_object(answer, answer->root, key);

    for (size_t i = 0; i < response->header_count; i++) {
        const char *name = response->headers[i].name;
        struct json *values;

        if (is_repeated(response, i))
            continue;
        values = json_add_array(answer, headers, name);
        for (size_t j = i; j < response->header_count; j++) {
            if (strcmp(response->headers[j].name, name) == 0)
                json_add_string(answer, values, NULL,
                                response->headers[j].value);
        }
    }
}

const char *event_body_text(const struct message_response *response)
{
    return response->body.data ? response->body.data : "";
}
