/*
 * A request for the next event stays unanswered until the pool has one; a close
 * callback tells the pool if its connection goes first.
 */
#include "platform/runtime_api.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "http/reply.h"
#include "platform/instance_env.h"
#include "platform/pool.h"

#define VERSION "/2018-06-01"
#define INVOCATION_PATH VERSION "/runtime/invocation/"
#define NEXT_PATH INVOCATION_PATH "next"
#define INIT_ERROR_PATH VERSION "/runtime/init/error"

/* A body that is too large is read whole, then rejected in the API's words. */
#define BODY_MAX (32L * 1024 * 1024)

/* A frozen process is silent for as long as nobody needs it. */
#define CONNECTION_TIMEOUT_S (7 * 24 * 3600)

struct runtime_api {
    struct evhttp *http;
    struct pool *pool;
};

static void reply(struct evhttp_request *request, int status, const char *body)
{
    reply_body(request, status, "application/json", slice_of(body));
}

static void reject(struct evhttp_request *request, int status, const char *type,
                   const char *message)
{
    char body[256];

    (void)snprintf(body, sizeof(body),
                   "{\"errorMessage\":\"%s\",\"errorType\":\"%s\"}", message,
                   type);
    reply(request, status, body);
}

/* The instance that REQUEST comes from; NULL: none of the living. */
static struct instance *caller(const struct runtime_api *api,
                               struct evhttp_request *request)
{
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);

    if (getsockname(
            bufferevent_getfd(evhttp_connection_get_bufferevent(connection)),
            (struct sockaddr *)&address, &len) != 0)
        return NULL;
    return pool_find(api->pool, ntohl(address.sin_addr.s_addr));
}

static struct slice body_of(struct evhttp_request *request)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(input);

    return len == 0 ? SLICE_EMPTY
                    : (struct slice){(char *)evbuffer_pullup(input, -1), len};
}

/* ---- the four calls ---- */

static void on_parked_close(struct evhttp_connection *connection, void *state)
{
    (void)connection;
    pool_forget_parked(state);
}

static void next(struct runtime_api *api, struct instance *instance,
                 struct evhttp_request *request)
{
    struct evhttp_connection *connection =
        evhttp_request_get_connection(request);

    evhttp_connection_set_closecb(connection, on_parked_close, instance);
    if (pool_next(api->pool, instance, request))
        return;
    evhttp_connection_set_closecb(connection, NULL, NULL);
    reject(request, 403, "InvalidStateTransition",
           "the current invocation has no answer yet");
}

void runtime_api_deliver(struct evhttp_request *parked,
                         const struct invocation *invocation,
                         int64_t deadline_ms)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(parked);
    char deadline[32];

    evhttp_connection_set_closecb(evhttp_request_get_connection(parked), NULL,
                                  NULL);
    (void)snprintf(deadline, sizeof(deadline), "%lld", (long long)deadline_ms);
    evhttp_add_header(headers, "Lambda-Runtime-Aws-Request-Id",
                      invocation->request_id);
    evhttp_add_header(headers, "Lambda-Runtime-Deadline-Ms", deadline);
    evhttp_add_header(headers, "Lambda-Runtime-Invoked-Function-Arn",
                      INSTANCE_ARN);
    evhttp_add_header(headers, "Lambda-Runtime-Trace-Id", invocation->trace_id);
    reply_body(parked, 200, "application/json",
               buffer_slice(&invocation->event));
}

void runtime_api_hang_up(struct evhttp_request *parked)
{
    struct evhttp_connection *connection =
        evhttp_request_get_connection(parked);

    evhttp_connection_set_closecb(connection, NULL, NULL);
    evhttp_connection_free(connection);
}

static void answered(struct instance *instance, struct evhttp_request *request,
                     struct slice id, enum invocation_outcome outcome)
{
    struct slice body = body_of(request);

    if (body.len > RUNTIME_API_ANSWER_MAX)
        outcome = INVOCATION_TOO_LARGE;
    if (!pool_answer(instance, id, outcome, body))
        reject(request, 400, "InvalidRequestID", "Invalid request ID");
    else if (outcome == INVOCATION_TOO_LARGE)
        reject(request, 413, "RequestEntityTooLarge", RUNTIME_API_TOO_LARGE);
    else
        reply(request, 202, "{\"status\":\"OK\"}");
}

/* What the process says here, it says on its own log as well. */
static void init_error(struct instance *instance,
                       struct evhttp_request *request)
{
    if (instance->state == INSTANCE_STARTING)
        reply(request, 202, "{\"status\":\"OK\"}");
    else
        reject(request, 403, "InvalidStateTransition",
               "the initialization is over");
}

/* ---- routing ---- */

/* Take the request id out of ".../invocation/<id>/<TAIL>". */
static bool path_has_id(struct slice path, const char *tail, struct slice *id)
{
    size_t head_len = strlen(INVOCATION_PATH);
    size_t tail_len = strlen(tail);

    if (path.len <= head_len + tail_len ||
        memcmp(path.at, INVOCATION_PATH, head_len) != 0 ||
        memcmp(path.at + path.len - tail_len, tail, tail_len) != 0)
        return false;
    *id = (struct slice){path.at + head_len, path.len - head_len - tail_len};
    return true;
}

static void on_request(struct evhttp_request *request, void *state)
{
    struct runtime_api *api = state;
    struct slice path = slice_of(evhttp_request_get_uri(request));
    bool post = evhttp_request_get_command(request) == EVHTTP_REQ_POST;
    bool get = evhttp_request_get_command(request) == EVHTTP_REQ_GET;
    struct instance *instance = caller(api, request);
    struct slice id;

    if (instance == NULL)
        reject(request, 403, "AccessDenied", "not an instance");
    else if (get && slice_is(path, NEXT_PATH))
        next(api, instance, request);
    else if (post && path_has_id(path, "/response", &id))
        answered(instance, request, id, INVOCATION_ANSWERED);
    else if (post && path_has_id(path, "/error", &id))
        answered(instance, request, id, INVOCATION_FAILED);
    else if (post && slice_is(path, INIT_ERROR_PATH))
        init_error(instance, request);
    else
        reject(request, 404, "NotFound", "no such call");
}

struct runtime_api *runtime_api_new(struct event_base *base, struct pool *pool,
                                    int fd, struct error *err)
{
    struct runtime_api *api = calloc(1, sizeof(*api));

    if (api != NULL)
        api->http = evhttp_new(base);
    if (api == NULL || api->http == NULL ||
        evhttp_accept_socket(api->http, fd) != 0) {
        error_set(err, "open the Runtime API: out of memory");
        runtime_api_free(api);
        return NULL;
    }
    api->pool = pool;
    evhttp_set_max_body_size(api->http, BODY_MAX);
    evhttp_set_timeout(api->http, CONNECTION_TIMEOUT_S);
    evhttp_set_gencb(api->http, on_request, api);
    return api;
}

void runtime_api_free(struct runtime_api *api)
{
    if (api == NULL)
        return;
    if (api->http != NULL)
        evhttp_free(api->http);
    free(api);
}
