#include "resp_json.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "kv_nul.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* The second byte of a UTF-8 sequence is narrower after these first ones. */
static bool is_second(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return second >= 0x80 && second <= 0xbf;
    }
}

/* Length of the UTF-8 sequence at S (RFC 3629 section 4), 0 if there is none.
 */
static size_t text_sequence(const unsigned char *s, size_t left)
{
    size_t len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4 || len > left || !is_second(s[0], s[1]))
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

/* A copy of REPLY's bytes that JSON can carry; to be freed.  NULL: memory. */
static char *as_text(const redisReply *reply, struct resp_json_form *form)
{
    const unsigned char *from = (const unsigned char *)reply->str;
    size_t wide = sizeof(replacement) - 1;
    char *text = malloc(reply->len * wide + 1);
    size_t len = 0;

    if (!text)
        return NULL;
    for (size_t pos = 0; pos < reply->len;) {
        size_t step = text_sequence(from + pos, reply->len - pos);

        if (from[pos] <= 1) {
            kv_nul_put(reply->str[pos++], text + len);
            len += 2;
            form->has_nul = true;
            continue;
        }
        memcpy(text + len, step ? (const char *)from + pos : replacement,
               step ? step : wide);
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

/* Recursion is bounded: hiredis refuses deeply nested replies. */
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
