/*
 * One path serves a single command, a pipeline and a transaction: write the
 * body, exchange, judge.  A known error text of the store is believed under any
 * status; any other is believed only under a documented one.
 */
#include "wire/kv.h"

#include <string.h>

#define AUTHORIZATION "Authorization: Bearer "

/* Replies to our commands are tens of bytes; an error may be a whole page. */
#define ANSWER_MAX_BYTES (64UL * 1024)
#define REQUEST_MAX_BYTES (16UL * 1024)
#define URL_MAX_BYTES 2048
#define TOKEN_MAX_BYTES 4096

static const struct json_limits answer_limits = {
    .max_bytes = ANSWER_MAX_BYTES,
    .max_depth = 8,
    .max_values = 1024,
};

bool kv_init(struct kv *kv, const struct kv_options *options, struct error *err)
{
    size_t url_len = strlen(options->url);

    while (url_len && options->url[url_len - 1] == '/')
        url_len--;
    *kv = (struct kv){.transport = options->transport, .base_len = url_len};
    buffer_init(&kv->url, URL_MAX_BYTES);
    buffer_init(&kv->authorization, TOKEN_MAX_BYTES);
    buffer_init(&kv->body, REQUEST_MAX_BYTES);
    transport_response_init(&kv->response, ANSWER_MAX_BYTES);
    if (buffer_append(&kv->url, options->url, url_len) &&
        buffer_append_text(&kv->authorization, AUTHORIZATION) &&
        buffer_append_text(&kv->authorization, options->token))
        return true;
    error_set(err, "URL or token too long");
    kv_release(kv);
    return false;
}

void kv_release(struct kv *kv)
{
    buffer_release(&kv->url);
    buffer_release(&kv->authorization);
    buffer_release(&kv->body);
    transport_response_release(&kv->response);
    json_release(&kv->answer);
}

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

static void add_command(struct json_document *doc, struct json *list,
                        const struct kv_command *command)
{
    long long number;

    for (size_t i = 0; i < command->count; i++) {
        if (is_exact_number(command->arguments[i], &number))
            json_add_integer(doc, list, NULL, number);
        else
            json_add_string(doc, list, NULL, command->arguments[i]);
    }
}

static bool write_body(struct kv *kv, const struct kv_command commands[],
                       size_t count, bool single)
{
    struct json_document doc;
    struct json *list = json_new_array(&doc);
    bool written;

    if (single)
        add_command(&doc, list, commands);
    for (size_t i = 0; !single && i < count; i++)
        add_command(&doc, json_add_array(&doc, list, NULL), &commands[i]);
    buffer_clear(&kv->body);
    written = json_print(&doc, &kv->body);
    json_release(&doc);
    return written;
}

static bool write_url(struct kv *kv, const char *path)
{
    kv->url.len = kv->base_len;
    return buffer_append_text(&kv->url, path);
}

/* ---- the answer ---- */

static bool has_prefix(struct slice text, const char *prefix)
{
    size_t len = strlen(prefix);

    return text.len >= len && memcmp(text.at, prefix, len) == 0;
}

static bool contains(struct slice text, const char *word)
{
    return text.at && memmem(text.at, text.len, word, strlen(word)) != NULL;
}

enum kv_result kv_error_kind(struct slice text)
{
    if (has_prefix(text, "WRONGPASS") || has_prefix(text, "NOPERM") ||
        has_prefix(text, "NOAUTH"))
        return KV_UNAUTHORIZED;
    if (contains(text, "limit exceeded") || contains(text, "quota exceeded"))
        return KV_OVER_QUOTA;
    return KV_FAILED;
}

bool kv_is_wrong_type(const struct kv_reply *reply)
{
    return reply->type == KV_ERROR && has_prefix(reply->text, "WRONGTYPE");
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

/* The store's error TEXT for reply number PLACE, with our token blanked. */
static struct slice blank_token(struct kv *kv, size_t place, struct slice text)
{
    const size_t name_len = sizeof(AUTHORIZATION) - 1;
    const struct slice token = {kv->authorization.data + name_len,
                                kv->authorization.len - name_len};

    if (!text.at)
        return text;
    blank_secrets(kv->errors[place], text, &token, 1);
    return slice_of(kv->errors[place]);
}

/* Read {"result": ...} or {"error": "..."}; false if it is neither. */
static bool read_reply(struct kv *kv, size_t place, const struct json *item,
                       struct kv_reply *reply)
{
    const struct json *result = json_get(item, "result");
    struct slice error =
        blank_token(kv, place, json_string(json_get(item, "error")));

    *reply = (struct kv_reply){.type = KV_OTHER};
    if (error.at) {
        reply->type = KV_ERROR;
        reply->text = error;
    } else if (json_type(result) == JSON_NULL) {
        reply->type = KV_NULL;
    } else if (json_type(result) == JSON_STRING) {
        reply->type = KV_STRING;
        reply->text = json_string(result);
    } else if (json_integer(result, &reply->integer)) {
        reply->type = KV_INTEGER;
    }
    return error.at || result;
}

static bool read_replies(struct kv *kv, size_t count, bool single,
                         struct kv_reply replies[])
{
    const struct json *root = kv->answer.root;
    const struct json *item;
    size_t i = 0;

    if (single)
        return read_reply(kv, 0, root, &replies[0]);
    if (json_type(root) != JSON_ARRAY)
        return false;
    for (item = json_first(root); item; item = json_next(item), i++) {
        if (i == count || !read_reply(kv, i, item, &replies[i]))
            return false;
    }
    return i == count;
}

void kv_explain(struct error *err, struct slice text)
{
    static const char echo[] = ", with args";
    const char *cut =
        text.at ? memmem(text.at, text.len, echo, sizeof(echo) - 1) : NULL;
    size_t len = cut ? (size_t)(cut - text.at) : text.len;

    error_set(err, "the store says: %.*s", (int)(len < 200 ? len : 200),
              text.at ? text.at : "");
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
static enum kv_result read_failure(int status, struct slice text, bool single,
                                   struct kv_reply replies[], struct error *err)
{
    enum kv_result kind = judge_status(status);
    const bool documented = kind == KV_ANSWERED;

    if (single)
        replies[0] = (struct kv_reply){.type = KV_ERROR, .text = text};
    /* A known text proves more than an undocumented status. */
    if (documented || kind == KV_NO_ANSWER)
        kind = kv_error_kind(text);
    if (kind == KV_FAILED && !documented) {
        error_set(err, "status %d", status);
        return KV_NO_ANSWER;
    }
    if (kind == KV_FAILED && single)
        return KV_ANSWERED;
    kv_explain(err, text);
    return kind;
}

static enum kv_result read_answer(struct kv *kv, size_t count, bool single,
                                  struct kv_reply replies[], struct error *err)
{
    const int status = kv->response.status;
    const enum kv_result kind = judge_status(status);
    struct slice text;
    struct error why = {0};
    bool parsed;

    json_release(&kv->answer);
    parsed = json_parse(&kv->answer, buffer_slice(&kv->response.body),
                        &answer_limits, &why);
    text = blank_token(kv, 0, json_string(json_get(kv->answer.root, "error")));
    if (text.at)
        return read_failure(status, text, single, replies, err);
    if (status == 200 && read_replies(kv, count, single, replies))
        return KV_ANSWERED;
    if (kind != KV_ANSWERED) {
        error_set(err, "status %d", status);
        return kind;
    }
    if (parsed)
        error_set(err, "status %d with an unexpected body", status);
    else
        error_set(err, "status %d with a body that is not JSON: %s", status,
                  why.text);
    return KV_UNREADABLE;
}

/* ---- the exchange ---- */

static enum kv_result send_commands(struct kv *kv, const char *path,
                                    const struct kv_command commands[],
                                    size_t count, int64_t timeout_ms,
                                    struct kv_reply replies[],
                                    struct error *err)
{
    const bool single = path[1] == '\0';
    const char *headers[] = {kv->authorization.data,
                             "Content-Type: application/json"};
    struct transport_request request = {
        .method = "POST",
        .headers = headers,
        .header_count = sizeof(headers) / sizeof(headers[0]),
        .timeout_ms = timeout_ms,
    };

    kv->sends = 0;
    memset(replies, 0, count * sizeof(replies[0]));
    if (!write_url(kv, path) || !write_body(kv, commands, count, single)) {
        error_set(err, "the command is too long");
        return KV_NOT_SENT;
    }
    request.url = kv->url.data;
    request.body = buffer_slice(&kv->body);
    switch (transport_exchange(kv->transport, &request, &kv->response, err)) {
    case TRANSPORT_ANSWERED:
        kv->sends = kv->response.sends;
        return read_answer(kv, count, single, replies, err);
    case TRANSPORT_NOT_SENT:
        return KV_NOT_SENT;
    case TRANSPORT_UNKNOWN:
        return KV_NO_ANSWER;
    }
    return KV_NO_ANSWER;
}

enum kv_result kv_command(struct kv *kv, const struct kv_command *command,
                          int64_t timeout_ms, struct kv_reply *reply,
                          struct error *err)
{
    return send_commands(kv, "/", command, 1, timeout_ms, reply, err);
}

enum kv_result kv_pipeline(struct kv *kv, const struct kv_command commands[],
                           size_t count, int64_t timeout_ms,
                           struct kv_reply replies[], struct error *err)
{
    return send_commands(kv, "/pipeline", commands, count, timeout_ms, replies,
                         err);
}

enum kv_result kv_multi_exec(struct kv *kv, const struct kv_command commands[],
                             size_t count, int64_t timeout_ms,
                             struct kv_reply replies[], struct error *err)
{
    return send_commands(kv, "/multi-exec", commands, count, timeout_ms,
                         replies, err);
}
