/*
 * Writes the request as JSON, and that text as a member of the event.
 */
#include <string.h>

#include "platform/front_parts.h"

/* 4.5 MB each way, and the event around a body. */
#define EVENT_MAX (4608UL * 1024 + 64UL * 1024)
#define ANSWER_MAX (4608UL * 1024)

/* The path with its query, as the request line had it. */
static void add_path(const struct front_request *request,
                     struct json_document *doc, struct json *inner)
{
    struct buffer path;
    bool fits;

    buffer_init(&path, EVENT_MAX);
    fits = buffer_append_text(&path, request->path) &&
           (request->query[0] == '\0' ||
            (buffer_append_text(&path, "?") &&
             buffer_append_text(&path, request->query)));
    json_add_string(doc, inner, "path", fits ? path.data : NULL);
    buffer_release(&path);
}

static bool write_inner(const struct front_request *request,
                        struct buffer *text)
{
    struct json_document doc;
    struct json *inner = json_new_object(&doc);
    struct pairs headers = {.list = NULL};
    bool written;

    if (!pairs_copy(&headers, request->headers))
        doc.failed = true;
    pairs_lower_names(&headers);
    json_add_string(&doc, inner, "method", request->method);
    json_add_string(&doc, inner, "host", front_header(request, "host"));
    add_path(request, &doc, inner);
    pairs_add_mixed(&headers, &doc, json_add_object(&doc, inner, "headers"));
    if (request->body.len > 0) {
        json_add_string(&doc, inner, "encoding", "base64");
        front_add_body(request, &doc, inner, "body", true);
    }
    written = json_print(&doc, text);
    json_release(&doc);
    pairs_release(&headers);
    return written;
}

/* JSON in a text in JSON. */
static void write(const struct front_request *request,
                  struct json_document *doc)
{
    struct json *event = json_new_object(doc);
    struct buffer inner;

    buffer_init(&inner, 2 * EVENT_MAX);
    json_add_string(doc, event, "Action", "Invoke");
    json_add_string(doc, event, "body",
                    write_inner(request, &inner) ? inner.data : NULL);
    buffer_release(&inner);
}

static bool read(const struct json *root, struct slice text,
                 struct front_answer *answer)
{
    struct slice encoding = json_string(json_get(root, "encoding"));

    (void)text;
    return front_take_status(root, answer) &&
           pairs_from_json(&answer->headers, json_get(root, "headers")) &&
           front_take_body(json_get(root, "body"), slice_is(encoding, "base64"),
                           answer);
}

const struct front_dialect front_vercel = {
    .name = "vercel",
    .max_event_bytes = EVENT_MAX,
    .max_answer_bytes = ANSWER_MAX,
    .content_type = "text/html; charset=utf-8",
    .write = write,
    .read = read,
};
