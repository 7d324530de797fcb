/*
 * Judging an answer: a known error text of the store is believed under any
 * status; any other is believed only under a documented one.  The parsed
 * document does not outlive the judgement, since replies copy what they say.
 */
#include "wire/kv.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

static const struct json_limits response_limits = {
    .max_bytes = 64UL * 1024,
    .max_depth = 8,
    .max_values = 1024,
};

/* ---- the request ---- */

/*
 * Positive integers go as JSON numbers, as the documentation writes them, if
 * the store is sure to read back the same digits.
 */
static bool is_exact_number(const char *text, long long *number)
{
    bool canonical = text[0] != '0' && text[0] != '-';

    return canonical && slice_to_int(slice_of(text), number) &&
           *number <= JSON_INTEGER_MAX;
}

static void add_command(struct json_writer *list,
                        const struct kv_command *command)
{
    long long number;

    for (size_t i = 0; i < command->count; i++) {
        if (is_exact_number(command->arguments[i], &number))
            json_write_integer(list, NULL, number);
        else
            json_write_string(list, NULL, command->arguments[i]);
    }
}

bool kv_write(const struct kv_command commands[], size_t count,
              struct buffer *body)
{
    struct json_writer list;

    buffer_clear(body);
    list = json_write_array_into(body);
    if (count == 1)
        add_command(&list, commands);
    for (size_t i = 0; count > 1 && i < count; i++) {
        json_write_array(&list, NULL);
        add_command(&list, &commands[i]);
        json_write_end(&list);
    }
    return json_write_finish(&list);
}

/* ---- words ---- */

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum kv_result kv_error_kind(const char *text)
{
    if (has_prefix(text, "WRONGPASS") || has_prefix(text, "NOPERM") ||
        has_prefix(text, "NOAUTH"))
        return KV_UNAUTHORIZED;
    if (strstr(text, "limit exceeded") || strstr(text, "quota exceeded"))
        return KV_OVER_QUOTA;
    return KV_FAILED;
}

bool kv_is_wrong_type(const struct kv_reply *reply)
{
    return reply->type == KV_ERROR && has_prefix(reply->text, "WRONGTYPE");
}

void kv_explain(struct error *err, const char *text)
{
    const char *echo = strstr(text, ", with args");
    const size_t len = echo ? (size_t)(echo - text) : strlen(text);

    error_set(err, "the store says: %.*s", (int)(len < 200 ? len : 200), text);
}

const char *kv_result_name(enum kv_result result)
{
    switch (result) {
    case KV_NO_ANSWER:
        return "no answer";
    case KV_ANSWERED:
        return "answered";
    case KV_UNREADABLE:
        return "unreadable answer";
    case KV_NOT_SENT:
        return "not reached";
    case KV_UNAUTHORIZED:
        return "unauthorized";
    case KV_OVER_QUOTA:
        return "over quota";
    case KV_FAILED:
        return "failed";
    }
    return "?";
}

/* ---- the answer ---- */

/* Read {"error": "..."}; false if ITEM is none. */
static bool read_error(const struct kv_response *response,
                       const struct json *item, struct kv_reply *reply)
{
    const struct slice text = json_string(json_get(item, "error"));

    if (!text.at)
        return false;
    reply->type = KV_ERROR;
    blank_secrets(reply->text, text, &response->token, 1);
    return true;
}

/* Read a value that is no array. */
static void read_value(const struct json *value, struct kv_reply *reply)
{
    if (json_type(value) == JSON_NULL)
        reply->type = KV_NULL;
    else if (json_type(value) == JSON_STRING)
        reply->type = KV_STRING;
    else if (json_integer(value, &reply->integer))
        reply->type = KV_INTEGER;
    else
        reply->type = KV_OTHER;
    if (reply->type == KV_STRING)
        (void)snprintf(reply->text, sizeof(reply->text), "%s",
                       json_string(value).at);
}

/* Read ARRAY into the elements; KV_OTHER if they are too many, or others. */
static void read_array(const struct json *array, struct kv_reply *reply,
                       struct kv_replies *replies)
{
    const struct json *value = json_first(array);
    bool fits = true;
    int count = 0;

    for (; value && count < KV_ELEMENTS_MAX; value = json_next(value)) {
        struct kv_reply *element = &replies->elements[count++];

        *element = (struct kv_reply){0};
        read_value(value, element);
        fits &= element->type == KV_NULL || element->type == KV_STRING;
    }
    *reply = fits && !value
                 ? (struct kv_reply){.type = KV_ARRAY, .integer = count}
                 : (struct kv_reply){.type = KV_OTHER};
}

/* Read {"result": ...}; false if ITEM is none. */
static bool read_result(const struct json *item, struct kv_reply *reply,
                        struct kv_replies *replies)
{
    const struct json *result = json_get(item, "result");

    if (json_type(result) == JSON_ARRAY)
        read_array(result, reply, replies);
    else
        read_value(result, reply);
    return result != NULL;
}

/* Read the result of a single command, or the list of several. */
static bool read_replies(const struct kv_response *response,
                         const struct json *root, struct kv_replies *replies)
{
    const struct json *item = json_first(root);
    size_t i = 0;

    if (response->count == 1)
        return read_result(root, &replies->list[0], replies);
    for (; item && i < response->count; item = json_next(item), i++) {
        if (!read_error(response, item, &replies->list[i]) &&
            !read_result(item, &replies->list[i], replies))
            return false;
    }
    return json_type(root) == JSON_ARRAY && !item && i == response->count;
}

/*
 * What a status says by itself.  KV_ANSWERED: a documented one, and the body
 * decides.  401, 403 and 429 reject a request before the work; any other proves
 * nothing.
 */
static enum kv_result judge_status(int status)
{
    switch (status) {
    case 200:
    case 400:
    case 405:
        return KV_ANSWERED;
    case 401:
    case 403:
        return KV_UNAUTHORIZED;
    case 429:
        return KV_OVER_QUOTA;
    default:
        return KV_NO_ANSWER;
    }
}

/*
 * Judge an error for the whole request.  To a single command it is an answer,
 * unless it is about credentials or limits.
 */
static enum kv_result judge_error(const struct kv_response *response,
                                  const char *text, struct error *err)
{
    enum kv_result kind = judge_status(response->status);
    const bool documented = kind == KV_ANSWERED;

    /* A known text proves more than an undocumented status. */
    if (documented || kind == KV_NO_ANSWER)
        kind = kv_error_kind(text);
    if (kind == KV_FAILED && !documented) {
        error_set(err, "status %d", response->status);
        return KV_NO_ANSWER;
    }
    if (kind == KV_FAILED && response->count == 1)
        return KV_ANSWERED;
    kv_explain(err, text);
    return kind;
}

enum kv_result kv_judge(const struct kv_response *response,
                        struct kv_replies *replies, struct error *err)
{
    const enum kv_result kind = judge_status(response->status);
    enum kv_result result = kind == KV_ANSWERED ? KV_UNREADABLE : kind;
    struct json_document *doc = response->document;
    struct error why = {0};
    const bool parsed =
        json_parse_again(doc, response->body, &response_limits, &why);

    if (read_error(response, doc->root, &replies->list[0]))
        result = judge_error(response, replies->list[0].text, err);
    else if (response->status == 200 &&
             read_replies(response, doc->root, replies))
        result = KV_ANSWERED;
    else if (kind != KV_ANSWERED)
        error_set(err, "status %d", response->status);
    else
        error_set(err, "status %d with %s%s", response->status,
                  parsed ? "an unexpected body" : "a body that is not JSON: ",
                  why.text);
    json_clear(doc);
    return result;
}
