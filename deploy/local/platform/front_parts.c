/*
 * Steps that several writers or readers share, on top of pairs.h and json.h.
 */
#include "platform/front_parts.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/base64.h"
#include "base/utf8.h"

#define STATUS_MIN 200
#define STATUS_MAX 599

void front_time(int64_t epoch_ms, char text[static FRONT_TIME_MAX])
{
    time_t seconds = (time_t)(epoch_ms / 1000);
    struct tm utc;

    gmtime_r(&seconds, &utc);
    (void)strftime(text, FRONT_TIME_MAX, "%d/%b/%Y:%H:%M:%S +0000", &utc);
}

const char *front_header(const struct front_request *request, const char *name)
{
    const char *value = pairs_get(request->headers, name);

    return value != NULL ? value : "";
}

bool front_body_is_text(const struct front_request *request)
{
    static const char *const types[] = {
        "text/",
        "application/json",
        "application/javascript",
        "application/xml",
    };
    const char *type = front_header(request, "content-type");
    bool textual = false;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        textual |= strncasecmp(type, types[i], strlen(types[i])) == 0;
    return textual && front_header(request, "content-encoding")[0] == '\0' &&
           utf8_is_text(request->body);
}

static char *base64_of(struct slice bytes)
{
    char *text = malloc(bytes.len / 3 * 4 + 5);

    if (text != NULL)
        EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes.at,
                        (int)bytes.len);
    return text;
}

void front_add_body(const struct front_request *request,
                    struct json_document *doc, struct json *object,
                    const char *key, bool base64)
{
    char *text = base64 ? base64_of(request->body)
                        : strndup(request->body.at, request->body.len);

    json_add_string(doc, object, key, text);
    free(text);
}

void front_add_query(const struct front_request *request,
                     struct json_document *doc, struct json *object,
                     const char *key, bool decode,
                     void (*add)(const struct pairs *pairs,
                                 struct json_document *doc,
                                 struct json *object))
{
    struct pairs parameters = {.list = NULL};
    struct json *member = json_add_object(doc, object, key);

    if (pairs_parse_query(&parameters, request->query, decode))
        add(&parameters, doc, member);
    else
        doc->failed = true;
    pairs_release(&parameters);
}

bool front_take_status(const struct json *root, struct front_answer *answer)
{
    int64_t status;

    if (!json_integer(json_get(root, "statusCode"), &status) ||
        status < STATUS_MIN || status > STATUS_MAX)
        return false;
    answer->status = (int)status;
    return true;
}

bool front_take_both_headers(const struct json *root,
                             struct front_answer *answer)
{
    struct pairs single = {.list = NULL};
    bool taken = pairs_from_json(&answer->headers,
                                 json_get(root, "multiValueHeaders")) &&
                 pairs_from_json(&single, json_get(root, "headers"));

    for (size_t i = 0; taken && i < answer->headers.count; i++)
        pairs_remove(&single, answer->headers.list[i].name);
    for (size_t i = 0; taken && i < single.count; i++)
        taken = pairs_add(&answer->headers, slice_of(single.list[i].name),
                          slice_of(single.list[i].value));
    pairs_release(&single);
    return taken;
}

bool front_take_body(const struct json *body, bool base64,
                     struct front_answer *answer)
{
    struct slice text = json_string(body);

    if (json_type(body) == JSON_NONE || json_type(body) == JSON_NULL)
        return true;
    if (json_type(body) != JSON_STRING)
        return false;
    if (base64)
        return base64_decode(text, &answer->body);
    return buffer_append(&answer->body, text.at, text.len);
}
