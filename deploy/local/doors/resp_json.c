/*
 * Walks hiredis' reply by recursion.  Where a string holds a NUL, kv_nul hides
 * it from the JSON library, and the form tells the caller to reveal it.
 */
#include "doors/resp_json.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "doors/kv_nul.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* A copy of REPLY's bytes that JSON can carry; to be freed.  NULL: memory. */
static char *as_text(const redisReply *reply, struct resp_json_form *form)
{
    const char *from = reply->str;
    size_t wide = sizeof(replacement) - 1;
    char *text = malloc(reply->len * wide + 1);
    size_t len = 0;

    if (!text)
        return NULL;
    for (size_t pos = 0; pos < reply->len;) {
        size_t step = utf8_sequence(from + pos, reply->len - pos);

        if (from[pos] == '\0' || from[pos] == '\x01') {
            kv_nul_put(from[pos++], text + len);
            len += 2;
            form->has_nul = true;
            continue;
        }
        memcpy(text + len, step ? from + pos : replacement, step ? step : wide);
        len += step ? step : wide;
        pos += step ? step : 1;
    }
    text[len] = '\0';
    return text;
}

/* To be freed.  NULL: memory. */
static char *as_base64(const redisReply *reply)
{
    char *text = malloc(reply->len / 3 * 4 + 5);

    if (text)
        EVP_EncodeBlock((unsigned char *)text,
                        (const unsigned char *)reply->str, (int)reply->len);
    return text;
}

static void add_text(struct json_document *doc, struct json *parent,
                     const char *key, const redisReply *reply,
                     struct resp_json_form *form)
{
    bool is_plain =
        reply->type == REDIS_REPLY_ERROR ||
        (reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, "OK") == 0);
    char *text =
        form->base64 && !is_plain ? as_base64(reply) : as_text(reply, form);

    json_add_string(doc, parent, key, text);
    free(text);
}

/* Recursion is bounded: hiredis rejects deeply nested replies. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void add_reply(struct json_document *doc, struct json *parent,
                      const char *key, const redisReply *reply,
                      struct resp_json_form *form)
{
    struct json *array;

    switch (reply->type) {
    case REDIS_REPLY_INTEGER:
        json_add_integer(doc, parent, key, reply->integer);
        break;
    case REDIS_REPLY_ARRAY:
        array = json_add_array(doc, parent, key);
        for (size_t i = 0; i < reply->elements; i++)
            add_reply(doc, array, NULL, reply->element[i], form);
        break;
    case REDIS_REPLY_ERROR:
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        add_text(doc, parent, key, reply, form);
        break;
    default:
        json_add_null(doc, parent, key);
        break;
    }
}

void resp_json_add_outcome(struct json_document *doc, struct json *object,
                           const redisReply *reply, struct resp_json_form *form)
{
    bool failed = reply->type == REDIS_REPLY_ERROR;

    add_reply(doc, object, failed ? "error" : "result", reply, form);
}
