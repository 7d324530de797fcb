/*
 * The client holds what all requests share: the URL, the header with the token,
 * and memory for bodies.  What belongs to one request is the caller's.
 */
#include <string.h>

#include "wire/kv.h"

#define AUTHORIZATION "Authorization: Bearer "

/* Replies to our commands are tens of bytes; an error may be a whole page. */
#define ANSWER_MAX_BYTES (64UL * 1024)
#define REQUEST_MAX_BYTES (16UL * 1024)
#define URL_MAX_BYTES 2048
#define TOKEN_MAX_BYTES 4096

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
    json_release(&kv->document);
}

static enum kv_result judge(struct kv *kv, size_t count,
                            struct kv_replies *replies, struct error *err)
{
    const struct kv_response response = {
        .count = count,
        .status = kv->response.status,
        .body = buffer_slice(&kv->response.body),
        .token = slice_of(kv->authorization.data + strlen(AUTHORIZATION)),
        .document = &kv->document,
    };

    replies->sends = kv->response.sends;
    return kv_judge(&response, replies, err);
}

static enum kv_result exchange(struct kv *kv, const char *list_path,
                               const struct kv_command commands[], size_t count,
                               int64_t timeout_ms, struct kv_replies *replies,
                               struct error *err)
{
    const char *headers[] = {kv->authorization.data,
                             "Content-Type: application/json"};
    struct transport_request request = {
        .method = "POST",
        .headers = headers,
        .header_count = sizeof(headers) / sizeof(headers[0]),
        .timeout_ms = timeout_ms,
    };

    *replies = (struct kv_replies){0};
    kv->url.len = kv->base_len;
    if (!buffer_append_text(&kv->url, count == 1 ? "/" : list_path) ||
        !kv_write(commands, count, &kv->body)) {
        error_set(err, "the command is too long");
        return KV_NOT_SENT;
    }
    request.url = kv->url.data;
    request.body = buffer_slice(&kv->body);
    switch (transport_exchange(kv->transport, &request, &kv->response, err)) {
    case TRANSPORT_ANSWERED:
        return judge(kv, count, replies, err);
    case TRANSPORT_NOT_SENT:
        return KV_NOT_SENT;
    case TRANSPORT_UNKNOWN:
        return KV_NO_ANSWER;
    }
    return KV_NO_ANSWER;
}

enum kv_result kv_exchange(struct kv *kv, const struct kv_command commands[],
                           size_t count, int64_t timeout_ms,
                           struct kv_replies *replies, struct error *err)
{
    return exchange(kv, "/multi-exec", commands, count, timeout_ms, replies,
                    err);
}

enum kv_result kv_pipeline(struct kv *kv, const struct kv_command commands[],
                           size_t count, int64_t timeout_ms,
                           struct kv_replies *replies, struct error *err)
{
    return exchange(kv, "/pipeline", commands, count, timeout_ms, replies, err);
}
