/*
 * The first reply decides: an error is a plain answer with the status of a
 * failed command, anything else begins the stream.
 */
#include "doors/kv_stream.h"

#include <stdlib.h>
#include <string.h>

#include "doors/kv_store.h"

/* The longest event. */
#define EVENT_MAX_BYTES (16UL * 1024 * 1024)

struct listener {
    struct exchange *exchange;
    redisAsyncContext *redis; /* its data is the listener, NULL without */
    bool begun;               /* the answer: redis took the command */
};

/* The client is gone. */
static void on_closed(void *state)
{
    struct listener *listener = state;

    listener->redis->data = NULL;
    redisAsyncFree(listener->redis);
    free(listener);
}

/* Redis is gone, or was left because the client reads too slowly. */
static void on_disconnect(const redisAsyncContext *redis, int status)
{
    struct listener *listener = redis->data;

    (void)status;
    if (!listener)
        return;
    if (listener->begun)
        exchange_stream_end(listener->exchange);
    else
        exchange_reply_error(listener->exchange, 503, "ERR redis is away");
    free(listener);
}

static void on_connect(const redisAsyncContext *redis, int status)
{
    if (status != REDIS_OK)
        on_disconnect(redis, status);
}

/* Append one field; a line break in it begins a new line of the event. */
static bool append_field(struct buffer *event, const redisReply *field)
{
    size_t start = 0;

    if (field->type == REDIS_REPLY_INTEGER)
        return buffer_append_format(event, "%lld", field->integer);
    if (field->type != REDIS_REPLY_STRING && field->type != REDIS_REPLY_STATUS)
        return true;
    while (start <= field->len) {
        const char *from = field->str + start;
        const char *end = memchr(from, '\n', field->len - start);
        size_t len = end ? (size_t)(end - from) : field->len - start;

        if (!buffer_append(event, from, len) ||
            (end && !buffer_append_text(event, "\ndata: ")))
            return false;
        start += len + 1;
    }
    return true;
}

static bool make_event(struct buffer *event, const redisReply *reply)
{
    /* MONITOR's first word, in the quotes that Upstash gives it. */
    if (reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, "OK") == 0)
        return buffer_append_text(event, "data: \"OK\"\n\n");
    if (!buffer_append_text(event, "data: "))
        return false;
    if (reply->type != REDIS_REPLY_ARRAY)
        return append_field(event, reply) && buffer_append_text(event, "\n\n");
    for (size_t i = 0; i < reply->elements; i++) {
        if ((i > 0 && !buffer_append_text(event, ",")) ||
            !append_field(event, reply->element[i]))
            return false;
    }
    return buffer_append_text(event, "\n\n");
}

static void reject(struct listener *listener, const redisReply *reply)
{
    exchange_reply_error(listener->exchange, 400, reply->str);
    listener->redis->data = NULL;
    redisAsyncDisconnect(listener->redis);
    free(listener);
}

static void on_event(redisAsyncContext *redis, void *reply, void *state)
{
    struct listener *listener = state;
    struct buffer event;

    if (!reply || !redis->data)
        return;
    if (!listener->begun && ((redisReply *)reply)->type == REDIS_REPLY_ERROR) {
        reject(listener, reply);
        return;
    }
    if (!listener->begun)
        exchange_stream(listener->exchange, "text/event-stream", on_closed,
                        listener);
    listener->begun = true;
    buffer_init(&event, EVENT_MAX_BYTES);
    if (!make_event(&event, reply) ||
        !exchange_stream_send(listener->exchange, buffer_slice(&event)))
        redisAsyncFree(redis);
    buffer_release(&event);
}

static redisAsyncContext *listen_to(struct event_base *base, const char *socket,
                                    struct listener *listener,
                                    const struct kv_args *args)
{
    redisAsyncContext *redis = kv_store_connect(base, socket);

    if (!redis)
        return NULL;
    if (redisAsyncCommandArgv(redis, on_event, listener, args->argc,
                              (const char **)args->argv,
                              args->lens) != REDIS_OK) {
        redisAsyncFree(redis);
        return NULL;
    }
    redis->data = listener;
    redisAsyncSetConnectCallback(redis, on_connect);
    redisAsyncSetDisconnectCallback(redis, on_disconnect);
    return redis;
}

void kv_stream_begin(struct exchange *exchange, struct event_base *base,
                     const char *socket, const struct kv_args *args)
{
    struct listener *listener = calloc(1, sizeof(*listener));

    if (listener) {
        listener->exchange = exchange;
        listener->redis = listen_to(base, socket, listener, args);
    }
    if (!listener || !listener->redis) {
        free(listener);
        exchange_reply_error(exchange, 503, "ERR redis is away");
    }
}
