/*
 * Each payload has a writer and a reader.  What the gateway says of itself is
 * made up; what it says of the request is true.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "platform/front_parts.h"

#define EVENT_MAX (6UL * 1024 * 1024)
#define ANSWER_MAX (6UL * 1024 * 1024)
#define ACCOUNT "123456789012"
#define STAGE "prod"

/* ---- API Gateway HTTP API, payload 2.0, and function URLs ---- */

/* Add "a=1" and "b=2" to LIST for "a=1; b=2". */
static void split_cookies(const char *field, struct json_document *doc,
                          struct json *list)
{
    while (*field != '\0') {
        size_t len = strcspn(field, ";");
        char *cookie = strndup(field, len);

        json_add_string(doc, list, NULL, cookie);
        free(cookie);
        field += len;
        field += strspn(field, "; ");
    }
}

static void add_cookies(const struct pairs *headers, struct json_document *doc,
                        struct json *event)
{
    struct json *list = json_add_array(doc, event, "cookies");

    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->list[i].name, "cookie") == 0)
            split_cookies(headers->list[i].value, doc, list);
    }
}

/* Names in lower case; cookies have a place of their own. */
static void add_headers2(const struct front_request *request,
                         struct json_document *doc, struct json *event)
{
    struct json *object = json_add_object(doc, event, "headers");
    struct pairs headers = {.list = NULL};

    if (!pairs_copy(&headers, request->headers))
        doc->failed = true;
    pairs_lower_names(&headers);
    pairs_remove(&headers, "cookie");
    pairs_add_joined(&headers, doc, object);
    pairs_release(&headers);
}

static void add_context2(const struct front_request *request,
                         struct json_document *doc, struct json *event)
{
    struct json *context = json_add_object(doc, event, "requestContext");
    struct json *http;
    char time[FRONT_TIME_MAX];

    front_time(request->epoch_ms, time);
    json_add_string(doc, context, "accountId", ACCOUNT);
    json_add_string(doc, context, "apiId", FRONT_API_ID);
    json_add_string(doc, context, "domainName", FRONT_DOMAIN);
    json_add_string(doc, context, "domainPrefix", FRONT_API_ID);
    http = json_add_object(doc, context, "http");
    json_add_string(doc, http, "method", request->method);
    json_add_string(doc, http, "path", request->path);
    json_add_string(doc, http, "protocol", "HTTP/1.1");
    json_add_string(doc, http, "sourceIp", request->client);
    json_add_string(doc, http, "userAgent",
                    front_header(request, "user-agent"));
    json_add_string(doc, context, "requestId", request->request_id);
    json_add_string(doc, context, "routeKey", "$default");
    json_add_string(doc, context, "stage", "$default");
    json_add_string(doc, context, "time", time);
    json_add_integer(doc, context, "timeEpoch", request->epoch_ms);
}

static void write2(const struct front_request *request,
                   struct json_document *doc)
{
    struct json *event = json_new_object(doc);
    bool base64 = !front_body_is_text(request);

    json_add_string(doc, event, "version", "2.0");
    json_add_string(doc, event, "routeKey", "$default");
    json_add_string(doc, event, "rawPath", request->path);
    json_add_string(doc, event, "rawQueryString", request->query);
    if (pairs_get(request->headers, "cookie") != NULL)
        add_cookies(request->headers, doc, event);
    add_headers2(request, doc, event);
    if (request->query[0] != '\0')
        front_add_query(request, doc, event, "queryStringParameters", true,
                        pairs_add_joined);
    add_context2(request, doc, event);
    if (request->body.len > 0)
        front_add_body(request, doc, event, "body", base64);
    json_add_bool(doc, event, "isBase64Encoded",
                  base64 && request->body.len > 0);
}

static bool take_cookies(const struct json *list, struct front_answer *answer)
{
    const struct json *cookie;

    for (cookie = json_first(list); cookie != NULL;
         cookie = json_next(cookie)) {
        if (json_type(cookie) != JSON_STRING ||
            !pairs_add(&answer->headers, slice_of("Set-Cookie"),
                       json_string(cookie)))
            return false;
    }
    return true;
}

/* JSON without a status is the body itself: the format is inferred. */
static bool read2(const struct json *root, struct slice text,
                  struct front_answer *answer)
{
    if (json_get(root, "statusCode") == NULL) {
        answer->status = 200;
        return buffer_append(&answer->body, text.at, text.len);
    }
    return front_take_status(root, answer) &&
           pairs_from_json(&answer->headers, json_get(root, "headers")) &&
           take_cookies(json_get(root, "cookies"), answer) &&
           front_take_body(json_get(root, "body"),
                           json_is_true(json_get(root, "isBase64Encoded")),
                           answer);
}

const struct front_dialect front_apigw2 = {
    .name = "apigw2",
    .max_event_bytes = EVENT_MAX,
    .max_answer_bytes = ANSWER_MAX,
    .content_type = "application/json",
    .write = write2,
    .read = read2,
};

/* ---- API Gateway REST API, payload 1.0 ---- */

static void add_identity(const struct front_request *request,
                         struct json_document *doc, struct json *context)
{
    static const char *const unknown[] = {
        "accessKey",
        "accountId",
        "caller",
        "cognitoAuthenticationProvider",
        "cognitoAuthenticationType",
        "cognitoIdentityId",
        "cognitoIdentityPoolId",
        "principalOrgId",
        "user",
        "userArn",
    };
    struct json *identity = json_add_object(doc, context, "identity");

    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        json_add_null(doc, identity, unknown[i]);
    json_add_string(doc, identity, "sourceIp", request->client);
    json_add_string(doc, identity, "userAgent",
                    front_header(request, "user-agent"));
}

static void add_context1(const struct front_request *request,
                         struct json_document *doc, struct json *event)
{
    struct json *context = json_add_object(doc, event, "requestContext");
    struct buffer staged;
    char time[FRONT_TIME_MAX];
    bool fits;

    buffer_init(&staged, EVENT_MAX);
    fits = buffer_append_text(&staged, "/" STAGE) &&
           buffer_append_text(&staged, request->path);
    front_time(request->epoch_ms, time);
    json_add_string(doc, context, "accountId", ACCOUNT);
    json_add_string(doc, context, "apiId", FRONT_API_ID);
    json_add_string(doc, context, "domainName", FRONT_DOMAIN);
    json_add_string(doc, context, "domainPrefix", FRONT_API_ID);
    json_add_string(doc, context, "extendedRequestId", request->request_id);
    json_add_string(doc, context, "httpMethod", request->method);
    add_identity(request, doc, context);
    json_add_string(doc, context, "path", fits ? staged.data : NULL);
    json_add_string(doc, context, "protocol", "HTTP/1.1");
    json_add_string(doc, context, "requestId", request->request_id);
    json_add_string(doc, context, "requestTime", time);
    json_add_integer(doc, context, "requestTimeEpoch", request->epoch_ms);
    json_add_string(doc, context, "resourceId", "local1");
    json_add_string(doc, context, "resourcePath", "/{proxy+}");
    json_add_string(doc, context, "stage", STAGE);
    buffer_release(&staged);
}

static void add_queries1(const struct front_request *request,
                         struct json_document *doc, struct json *event)
{
    if (request->query[0] == '\0') {
        json_add_null(doc, event, "queryStringParameters");
        json_add_null(doc, event, "multiValueQueryStringParameters");
        return;
    }
    front_add_query(request, doc, event, "queryStringParameters", true,
                    pairs_add_last);
    front_add_query(request, doc, event, "multiValueQueryStringParameters",
                    true, pairs_add_lists);
}

/* A REST API has no binary types unless told: a body that is text is text. */
static void write1(const struct front_request *request,
                   struct json_document *doc)
{
    struct json *event = json_new_object(doc);
    bool base64 = !utf8_is_text(request->body);
    struct json *parameters;

    json_add_string(doc, event, "resource", "/{proxy+}");
    json_add_string(doc, event, "path", request->path);
    json_add_string(doc, event, "httpMethod", request->method);
    pairs_add_last(request->headers, doc,
                   json_add_object(doc, event, "headers"));
    pairs_add_lists(request->headers, doc,
                    json_add_object(doc, event, "multiValueHeaders"));
    add_queries1(request, doc, event);
    parameters = json_add_object(doc, event, "pathParameters");
    json_add_string(doc, parameters, "proxy",
                    request->path + strspn(request->path, "/"));
    json_add_null(doc, event, "stageVariables");
    add_context1(request, doc, event);
    if (request->body.len > 0)
        front_add_body(request, doc, event, "body", base64);
    else
        json_add_null(doc, event, "body");
    json_add_bool(doc, event, "isBase64Encoded", base64);
}

/* Where both name a header, the list counts. */
static bool read1(const struct json *root, struct slice text,
                  struct front_answer *answer)
{
    (void)text;
    return front_take_status(root, answer) &&
           front_take_both_headers(root, answer) &&
           front_take_body(json_get(root, "body"),
                           json_is_true(json_get(root, "isBase64Encoded")),
                           answer);
}

const struct front_dialect front_apigw1 = {
    .name = "apigw1",
    .max_event_bytes = EVENT_MAX,
    .max_answer_bytes = ANSWER_MAX,
    .content_type = "application/json",
    .write = write1,
    .read = read1,
};
