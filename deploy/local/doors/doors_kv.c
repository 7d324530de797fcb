/*
 * A handler picks one of three readers by the path: JSON in the body, a command
 * in the path, or a stream.  The readers fill kv_args; kv_call and kv_stream
 * answer.
 */
#include "doors/doors.h"

#include <stdio.h>
#include <string.h>

#include "doors/kv_args.h"
#include "doors/kv_call.h"
#include "doors/kv_nul.h"
#include "doors/kv_stream.h"
#include "doors/server.h"

/* Upstash's limit for a request. */
#define BODY_MAX_BYTES (10UL * 1024 * 1024)

struct door {
    const struct door_options *options;
    struct server *server;
    struct kv_store *store;
};

/* The bytes of a body were counted before its NULs were hidden. */
static const struct json_limits body_limits = {
    .max_bytes = KV_NUL_HIDDEN_BYTES(BODY_MAX_BYTES),
    .max_depth = 8,
    .max_values = 1000000};

/* ---- the target of a request ---- */

/* Cut what is in front of the first SEPARATOR off REST; REST may get none. */
static struct slice cut_at(struct slice *rest, char separator)
{
    const char *at = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
    struct slice part = *rest;

    if (!at) {
        *rest = (struct slice){NULL, 0};
        return part;
    }
    part.len = (size_t)(at - rest->at);
    rest->at = at + 1;
    rest->len -= part.len + 1;
    return part;
}

/* The value of the query parameter _token; {NULL, 0} if there is none. */
static struct slice query_token(const struct exchange *exchange)
{
    struct slice query = exchange_query(exchange);

    while (query.at) {
        struct slice value = cut_at(&query, '&');
        struct slice name = cut_at(&value, '=');

        if (slice_is(name, "_token"))
            return value;
    }
    return (struct slice){NULL, 0};
}

static void add_path(struct kv_args *args, struct slice path)
{
    if (path.len > 0 && path.at[0] == '/')
        path = (struct slice){path.at + 1, path.len - 1};
    while (path.at) {
        struct slice part = cut_at(&path, '/');

        /* A slash at the very end begins nothing. */
        if (part.len > 0 || path.at)
            kv_args_add_encoded(args, part, false);
    }
}

static void add_query(struct kv_args *args, struct slice query)
{
    while (query.at) {
        struct slice value = cut_at(&query, '&');
        struct slice name = cut_at(&value, '=');

        if (name.len == 0 || slice_is(name, "_token"))
            continue;
        kv_args_add_encoded(args, name, true);
        if (value.at && value.len > 0)
            kv_args_add_encoded(args, value, true);
    }
}

/* ---- requests ---- */

static bool is_authorized(const struct door *door,
                          const struct exchange *exchange)
{
    struct slice bearer = exchange_bearer(exchange);
    struct slice token = bearer.at ? bearer : query_token(exchange);

    return exchange_token_is(token, door->options->kv_token);
}

static bool is_command_method(enum exchange_method method)
{
    switch (method) {
    case METHOD_GET:
    case METHOD_HEAD:
    case METHOD_POST:
    case METHOD_PUT:
        return true;
    case METHOD_OPTIONS:
    case METHOD_OTHER:
        break;
    }
    return false;
}

static void answer_options(struct exchange *exchange)
{
    exchange_set_header(exchange, "Access-Control-Allow-Methods",
                        "GET, HEAD, POST, PUT");
    exchange_set_header(exchange, "Access-Control-Allow-Headers", "*");
    exchange_set_header(exchange, "Access-Control-Max-Age", "86400");
    exchange_reply(exchange, 204, NULL, SLICE_EMPTY);
}

static bool parse_body(struct slice body, struct json_document *doc,
                       struct error *err)
{
    struct buffer hidden;
    bool parsed = false;

    buffer_init(&hidden, body_limits.max_bytes);
    if (kv_nul_hide(body, &hidden))
        parsed = json_parse(doc, buffer_slice(&hidden), &body_limits, err);
    else
        error_set(err, "out of memory");
    buffer_release(&hidden);
    return parsed;
}

static void handle_json(struct exchange *exchange,
                        const struct kv_call_options *call, struct slice path)
{
    struct json_document doc;
    struct kv_args args;
    struct error err;
    const char *wrong;

    if (!parse_body(exchange_body(exchange), &doc, &err)) {
        error_prefix(&err, "ERR failed to parse the request");
        exchange_reply_error(exchange, 400, err.text);
        return;
    }
    kv_args_init(&args);
    if (path.len > 1)
        kv_call_list(exchange, call, doc.root, slice_is(path, "/multi-exec"));
    else if (!kv_args_add_json(&args, doc.root, &wrong))
        exchange_reply_error(exchange, 400, wrong);
    else if (!kv_args_finish(&args))
        exchange_reply_error(exchange, 400, "ERR max request size exceeded");
    else
        kv_call_single(exchange, call, &args);
    kv_args_release(&args);
    json_release(&doc);
}

/*
 * Whether the path alone asks for a stream.  Clients send a body all the same,
 * @upstash/redis the JSON of no command: [].
 */
static bool is_stream(struct slice path)
{
    static const char *const names[] = {"SUBSCRIBE", "PSUBSCRIBE", "MONITOR"};
    struct slice rest = {path.at + 1, path.len - 1};
    struct slice name;

    if (path.len == 0)
        return false;
    name = cut_at(&rest, '/');
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_is_ignoring_case(name, names[i]))
            return true;
    }
    return false;
}

static void handle_path(struct exchange *exchange, const struct door *door,
                        const struct kv_call_options *call, struct slice path)
{
    struct slice body = exchange_body(exchange);
    bool stream = is_stream(path);
    struct kv_args args;

    kv_args_init(&args);
    add_path(&args, path);
    if (body.len > 0 && !stream)
        kv_args_add(&args, body);
    if (!stream)
        add_query(&args, exchange_query(exchange));
    if (!kv_args_finish(&args))
        exchange_reply_error(exchange, 400, "ERR max request size exceeded");
    else if (args.argc == 0)
        exchange_reply_error(exchange, 400, "ERR empty command");
    else if (stream)
        kv_stream_begin(exchange, server_base(door->server),
                        door->options->redis_socket, &args);
    else
        kv_call_single(exchange, call, &args);
    kv_args_release(&args);
}

static bool is_json_path(struct slice path, enum exchange_method method)
{
    if (slice_is(path, "/pipeline") || slice_is(path, "/multi-exec"))
        return true;
    return path.len <= 1 && (method == METHOD_POST || method == METHOD_PUT);
}

static void handle_authorized(struct exchange *exchange,
                              const struct door *door)
{
    struct slice path = exchange_path(exchange);
    struct slice encoding = exchange_header(exchange, "Upstash-Encoding");
    struct slice format = exchange_header(exchange, "Upstash-Response-Format");
    struct kv_call_options call = {
        .store = door->store,
        .shared = door->options->shared,
        .base64 = slice_is_ignoring_case(encoding, "base64")};

    if (format.len > 0 && !slice_is_ignoring_case(format, "json"))
        exchange_reply_error(
            exchange, 400,
            "ERR the response format must be json in the local cloud");
    else if (is_json_path(path, exchange_method(exchange)))
        handle_json(exchange, &call, path);
    else
        handle_path(exchange, door, &call, path);
}

static void handle(struct exchange *exchange, void *state)
{
    const struct door *door = state;
    char sync_token[32];

    exchange_set_header(exchange, "Access-Control-Allow-Origin", "*");
    if (exchange_method(exchange) == METHOD_OPTIONS) {
        answer_options(exchange);
        return;
    }
    (void)snprintf(sync_token, sizeof(sync_token), "%llx",
                   atomic_load(&door->options->shared->kv_requests));
    exchange_set_header(exchange, "Upstash-Sync-Token", sync_token);
    if (!is_command_method(exchange_method(exchange)))
        exchange_reply_error(exchange, 405, "ERR method not allowed");
    else if (!is_authorized(door, exchange))
        exchange_reply_error(exchange, 401,
                             "WRONGPASS invalid or missing auth token");
    else if (exchange_too_large(exchange))
        exchange_reply_error(exchange, 413, "ERR max request size exceeded");
    else
        handle_authorized(exchange, door);
}

int doors_kv_run(const struct door_options *options)
{
    struct door door = {.options = options};
    struct server_options server = {.door = options,
                                    .faults = &options->shared->kv,
                                    .requests = &options->shared->kv_requests,
                                    .connections =
                                        &options->shared->kv_connections,
                                    .max_body_bytes = BODY_MAX_BYTES,
                                    .handle = handle,
                                    .state = &door};
    struct error err = {0};
    int status = 1;

    door.server = server_new(&server, &err);
    if (door.server)
        door.store =
            kv_store_new(server_base(door.server), options->redis_socket, &err);
    if (door.store) {
        server_run(door.server);
        status = 0;
    } else {
        (void)fprintf(stderr, "kv door: %s\n", err.text);
    }
    kv_store_free(door.store);
    server_free(door.server);
    return status;
}
