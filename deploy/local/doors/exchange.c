/*
 * An exchange lives from evhttp's callback to its answer.  Faults are timers
 * and flags around the handler: a delay before it, a delay after it, and an
 * answer that is thrown away or replaced.
 */
#include "doors/exchange.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "http/reply.h"

/* The longest answer. */
#define ANSWER_MAX_BYTES (64UL * 1024 * 1024)

/* An answer up to this size leaves in one piece, as one TLS record. */
#define ONE_RECORD_BYTES (16UL * 1024)

/* What a reader of a stream may be behind before it is given up. */
#define STREAM_BACKLOG_BYTES (1024UL * 1024)

static const char json_type_name[] = "application/json";
static const char garbage[] = "<html>\x01 this is not JSON";

struct exchange {
    struct exchange_context *context;
    struct evhttp_request *request;
    struct exchange *next; /* among the live ones */
    struct exchange **link;
    struct slice path;
    struct slice query;
    struct slice body;
    bool too_large;
    bool lose;    /* close instead of answering */
    bool garbage; /* answer with no JSON */
    int status;
    struct evbuffer *answer;
    void (*closed)(void *state); /* of a stream */
    void *closed_state;
};

/* ---- its life ---- */

static void exchange_free(struct exchange *exchange)
{
    *exchange->link = exchange->next;
    if (exchange->next)
        exchange->next->link = exchange->link;
    if (exchange->answer)
        evbuffer_free(exchange->answer);
    free(exchange);
}

void exchange_drop_all(struct exchange_context *context)
{
    struct exchange *exchange = context->live;
    struct exchange *next;

    for (; exchange; exchange = next) {
        next = exchange->next;
        if (exchange->closed)
            exchange->closed(exchange->closed_state);
        exchange_free(exchange);
    }
}

static void find_target(struct exchange *exchange)
{
    const struct evhttp_uri *parts =
        evhttp_request_get_evhttp_uri(exchange->request);
    const char *uri = evhttp_request_get_uri(exchange->request);
    size_t path_len;

    if (uri[0] != '/') {
        exchange->path = slice_of(evhttp_uri_get_path(parts));
        exchange->query = slice_of(evhttp_uri_get_query(parts));
        return;
    }
    path_len = strcspn(uri, "?");
    exchange->path = (struct slice){uri, path_len};
    if (uri[path_len])
        exchange->query = slice_of(uri + path_len + 1);
}

static void find_body(struct exchange *exchange)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(exchange->request);
    size_t len = evbuffer_get_length(input);

    exchange->body = SLICE_EMPTY;
    if (len > exchange->context->max_body_bytes)
        exchange->too_large = true;
    else if (len > 0)
        exchange->body =
            (struct slice){(char *)evbuffer_pullup(input, -1), len};
}

static void close_connection(struct evhttp_request *request)
{
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);

    if (connection)
        evhttp_connection_free(connection);
    else
        evhttp_request_free(request);
}

/* Call NEXT after DELAY_MS; at once if that is 0. */
static void after(struct exchange *exchange, long long delay_ms,
                  event_callback_fn next)
{
    struct timeval delay = {.tv_sec = delay_ms / 1000,
                            .tv_usec = delay_ms % 1000 * 1000};

    if (delay_ms == 0 ||
        event_base_once(exchange->context->base, -1, EV_TIMEOUT, next, exchange,
                        &delay) != 0)
        next(-1, EV_TIMEOUT, exchange);
}

static void handle(evutil_socket_t fd, short what, void *state)
{
    struct exchange *exchange = state;

    (void)fd;
    (void)what;
    exchange->context->handle(exchange, exchange->context->state);
}

static void play_faults(struct exchange *exchange)
{
    struct door_faults *faults = exchange->context->faults;

    if (shared_take(&faults->fail_count)) {
        int status = (int)atomic_load(&faults->fail_status);

        exchange_reply_error(exchange, status ? status : 500,
                             "ERR a fault was asked for");
        return;
    }
    exchange->lose = shared_take(&faults->lose_answers);
    exchange->garbage = !exchange->lose && shared_take(&faults->garbage);
    after(exchange, atomic_load(&faults->delay_before_ms), handle);
}

void exchange_begin(struct exchange_context *context,
                    struct evhttp_request *request)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    struct evbuffer *answer = evbuffer_new();

    if (!exchange || !answer || atomic_load(&context->faults->down)) {
        free(exchange);
        if (answer)
            evbuffer_free(answer);
        close_connection(request);
        return;
    }
    exchange->context = context;
    exchange->request = request;
    exchange->answer = answer;
    exchange->next = context->live;
    exchange->link = &context->live;
    if (exchange->next)
        exchange->next->link = &exchange->next;
    context->live = exchange;
    find_target(exchange);
    find_body(exchange);
    if (exchange_method(exchange) == METHOD_OPTIONS)
        handle(-1, EV_TIMEOUT, exchange);
    else
        play_faults(exchange);
}

/* ---- the request ---- */

enum exchange_method exchange_method(const struct exchange *exchange)
{
    static const struct {
        enum evhttp_cmd_type theirs;
        enum exchange_method ours;
    } methods[] = {
        {EVHTTP_REQ_GET, METHOD_GET},         {EVHTTP_REQ_HEAD, METHOD_HEAD},
        {EVHTTP_REQ_POST, METHOD_POST},       {EVHTTP_REQ_PUT, METHOD_PUT},
        {EVHTTP_REQ_OPTIONS, METHOD_OPTIONS},
    };
    enum evhttp_cmd_type command =
        evhttp_request_get_command(exchange->request);

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].theirs == command)
            return methods[i].ours;
    }
    return METHOD_OTHER;
}

struct slice exchange_path(const struct exchange *exchange)
{
    return exchange->path;
}

struct slice exchange_query(const struct exchange *exchange)
{
    return exchange->query;
}

struct slice exchange_header(const struct exchange *exchange, const char *name)
{
    return slice_of(evhttp_find_header(
        evhttp_request_get_input_headers(exchange->request), name));
}

struct slice exchange_bearer(const struct exchange *exchange)
{
    static const char scheme[] = "Bearer ";
    struct slice header = exchange_header(exchange, "Authorization");
    size_t len = sizeof(scheme) - 1;

    if (header.len < len ||
        !slice_is_ignoring_case((struct slice){header.at, len}, scheme))
        return (struct slice){NULL, 0};
    return slice_trim((struct slice){header.at + len, header.len - len});
}

struct slice exchange_body(const struct exchange *exchange)
{
    return exchange->body;
}

bool exchange_too_large(const struct exchange *exchange)
{
    return exchange->too_large;
}

bool exchange_token_is(struct slice given, const char *expected)
{
    return given.at && given.len == strlen(expected) &&
           CRYPTO_memcmp(given.at, expected, given.len) == 0;
}

/* ---- the answer ---- */

void exchange_set_header(struct exchange *exchange, const char *name,
                         const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(exchange->request),
                      name, value);
}

/* Headers and body lie in two pieces: join them, to be sent as one. */
static void join_output(struct evhttp_connection *connection)
{
    struct evbuffer *output =
        bufferevent_get_output(evhttp_connection_get_bufferevent(connection));

    if (evbuffer_get_length(output) <= ONE_RECORD_BYTES)
        evbuffer_pullup(output, -1);
}

static void send_answer(evutil_socket_t fd, short what, void *state)
{
    struct exchange *exchange = state;
    struct evhttp_request *request = exchange->request;
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);

    (void)fd;
    (void)what;
    if (exchange->lose) {
        close_connection(request);
    } else {
        reply_send(request, exchange->status, NULL, exchange->answer);
        if (connection)
            join_output(connection);
    }
    exchange_free(exchange);
}

void exchange_reply(struct exchange *exchange, int status, const char *type,
                    struct slice body)
{
    if (exchange->garbage) {
        status = 200;
        type = json_type_name;
        body = (struct slice){garbage, sizeof(garbage) - 1};
    }
    exchange->status = status;
    if (type)
        exchange_set_header(exchange, "Content-Type", type);
    if (body.len > 0 && evbuffer_add(exchange->answer, body.at, body.len) != 0)
        exchange->lose = true;
    if (exchange_method(exchange) == METHOD_OPTIONS)
        send_answer(-1, EV_TIMEOUT, exchange);
    else
        after(exchange, atomic_load(&exchange->context->faults->delay_after_ms),
              send_answer);
}

void exchange_reply_json(struct exchange *exchange, int status,
                         struct json_document *doc)
{
    struct buffer text;

    buffer_init(&text, ANSWER_MAX_BYTES);
    if (json_print(doc, &text))
        exchange_reply(exchange, status, json_type_name, buffer_slice(&text));
    else
        exchange_reply(exchange, 500, NULL, SLICE_EMPTY);
    buffer_release(&text);
    json_release(doc);
}

void exchange_reply_error(struct exchange *exchange, int status,
                          const char *text)
{
    struct json_document doc;
    struct json *object = json_new_object(&doc);

    json_add_string(&doc, object, "error", text);
    exchange_reply_json(exchange, status, &doc);
}

/* ---- an answer without an end ---- */

static void stream_closed(struct evhttp_connection *connection, void *state)
{
    struct exchange *exchange = state;
    struct evhttp_request *request = exchange->request;

    (void)connection;
    if (exchange->closed)
        exchange->closed(exchange->closed_state);
    exchange_free(exchange);
    /* evhttp left the request to us if it saw the client go. */
    if (!evhttp_request_get_connection(request))
        evhttp_request_free(request);
}

void exchange_stream(struct exchange *exchange, const char *type,
                     void (*closed)(void *state), void *state)
{
    exchange->closed = closed;
    exchange->closed_state = state;
    exchange_set_header(exchange, "Content-Type", type);
    exchange_set_header(exchange, "Cache-Control", "no-cache");
    evhttp_connection_set_closecb(
        evhttp_request_get_connection(exchange->request), stream_closed,
        exchange);
    evhttp_send_reply_start(exchange->request, 200, NULL);
}

bool exchange_stream_send(struct exchange *exchange, struct slice piece)
{
    struct bufferevent *connection = evhttp_connection_get_bufferevent(
        evhttp_request_get_connection(exchange->request));
    size_t waiting = evbuffer_get_length(bufferevent_get_output(connection));

    if (waiting > STREAM_BACKLOG_BYTES ||
        evbuffer_add(exchange->answer, piece.at, piece.len) != 0)
        return false;
    evhttp_send_reply_chunk(exchange->request, exchange->answer);
    return true;
}

void exchange_stream_end(struct exchange *exchange)
{
    evhttp_connection_set_closecb(
        evhttp_request_get_connection(exchange->request), NULL, NULL);
    evhttp_send_reply_end(exchange->request);
    exchange_free(exchange);
}
