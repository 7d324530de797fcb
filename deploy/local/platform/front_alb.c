/*
 * The two forms differ only in how they write headers and the query, as single
 * values or as lists.
 */
#include <stdio.h>
#include <stdlib.h>

#include "platform/front_parts.h"

/* What a load balancer passes on, each way. */
#define EVENT_MAX (1024UL * 1024)
#define ANSWER_MAX (1024UL * 1024)

#define TARGET_GROUP                                                           \
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:"                     \
    "targetgroup/local/6d0ecf831eec9f09"

static void begin(const struct front_request *request,
                  struct json_document *doc, struct json *event)
{
    struct json *context = json_add_object(doc, event, "requestContext");
    struct json *elb = json_add_object(doc, context, "elb");

    json_add_string(doc, elb, "targetGroupArn", TARGET_GROUP);
    json_add_string(doc, event, "httpMethod", request->method);
    json_add_string(doc, event, "path", request->path);
}

static void finish(const struct front_request *request,
                   struct json_document *doc, struct json *event)
{
    bool base64 = request->body.len > 0 && !front_body_is_text(request);

    front_add_body(request, doc, event, "body", base64);
    json_add_bool(doc, event, "isBase64Encoded", base64);
}

/* A load balancer writes header names in lower case and decodes no query. */
static void add_headers(const struct front_request *request,
                        struct json_document *doc, struct json *object,
                        void (*add)(const struct pairs *pairs,
                                    struct json_document *doc,
                                    struct json *object))
{
    struct pairs headers = {.list = NULL};

    if (!pairs_copy(&headers, request->headers))
        doc->failed = true;
    pairs_lower_names(&headers);
    add(&headers, doc, object);
    pairs_release(&headers);
}

static void write_single(const struct front_request *request,
                         struct json_document *doc)
{
    struct json *event = json_new_object(doc);

    begin(request, doc, event);
    front_add_query(request, doc, event, "queryStringParameters", false,
                    pairs_add_last);
    add_headers(request, doc, json_add_object(doc, event, "headers"),
                pairs_add_last);
    finish(request, doc, event);
}

static void write_multi(const struct front_request *request,
                        struct json_document *doc)
{
    struct json *event = json_new_object(doc);

    begin(request, doc, event);
    front_add_query(request, doc, event, "multiValueQueryStringParameters",
                    false, pairs_add_lists);
    add_headers(request, doc, json_add_object(doc, event, "multiValueHeaders"),
                pairs_add_lists);
    finish(request, doc, event);
}

/* "409 Conflict": the words are the reason, the number must fit. */
static bool take_description(const struct json *root,
                             struct front_answer *answer)
{
    const char *text = json_string(json_get(root, "statusDescription")).at;
    char *reason;

    if (text == NULL)
        return true;
    if (strtol(text, &reason, 10) != answer->status || *reason != ' ')
        return false;
    (void)snprintf(answer->reason, sizeof(answer->reason), "%s", reason + 1);
    return true;
}

static bool read_with(const struct json *root, const char *headers,
                      struct front_answer *answer)
{
    return front_take_status(root, answer) && take_description(root, answer) &&
           pairs_from_json(&answer->headers, json_get(root, headers)) &&
           front_take_body(json_get(root, "body"),
                           json_is_true(json_get(root, "isBase64Encoded")),
                           answer);
}

static bool read_single(const struct json *root, struct slice text,
                        struct front_answer *answer)
{
    (void)text;
    return read_with(root, "headers", answer);
}

static bool read_multi(const struct json *root, struct slice text,
                       struct front_answer *answer)
{
    (void)text;
    return read_with(root, "multiValueHeaders", answer);
}

const struct front_dialect front_alb = {
    .name = "alb",
    .max_event_bytes = EVENT_MAX,
    .max_answer_bytes = ANSWER_MAX,
    .content_type = "application/octet-stream",
    .write = write_single,
    .read = read_single,
};

const struct front_dialect front_alb_multi = {
    .name = "alb-multi",
    .max_event_bytes = EVENT_MAX,
    .max_answer_bytes = ANSWER_MAX,
    .content_type = "application/octet-stream",
    .write = write_multi,
    .read = read_multi,
};
