/*
 * The pool gives a request's event (front_event.h) to an instance and calls
 * back with the outcome.  If the client hangs up, its request becomes NULL and
 * the outcome is dropped.
 */
#include "platform/front.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "http/guard.h"
#include "http/reply.h"
#include "platform/front_event.h"
#include "platform/invocation.h"
#include "platform/invoke.h"
#include "platform/page.h"
#include "platform/pool.h"
#include "platform/settings.h"

/* What API Gateway takes. */
#define HEADERS_MAX (10L * 1024)
#define BODY_MAX (10L * 1024 * 1024)

/* An idle connection is closed after that. */
#define KEEP_ALIVE_S 60

/* Names the dialect of the event of this one request. */
#define DIALECT_HEADER "Local-Event"
#define TRACE_HEADER "X-Amzn-Trace-Id"

#define ALL_METHODS                                                            \
    (EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |     \
     EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |               \
     EVHTTP_REQ_PATCH)

struct front {
    struct evhttp *http;
    struct pool *pool;
    const struct settings *settings;
};

/* A client's request while the function works on it. */
struct waiting {
    struct invocation invocation;
    struct evhttp_request *request; /* NULL: the client has hung up */
    const struct front_dialect *dialect;
};

/* ---- answers ---- */

static void reject(struct evhttp_request *request, int status, const char *body)
{
    reply_body(request, status, "application/json", slice_of(body));
}

/* What belongs to the connection, not to the answer (RFC 9110, 7.6.1). */
static bool is_of_connection(const char *name)
{
    static const char *const names[] = {
        "Connection", "Content-Length", "Keep-Alive",        "TE",
        "Trailer",    "Upgrade",        "Transfer-Encoding",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool set_headers(struct evhttp_request *request,
                        const struct front_dialect *dialect,
                        const struct pairs *answer)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

    for (size_t i = 0; i < answer->count; i++) {
        if (!is_of_connection(answer->list[i].name) &&
            evhttp_add_header(headers, answer->list[i].name,
                              answer->list[i].value) != 0)
            return false;
    }
    if (pairs_get(answer, "Content-Type") == NULL)
        evhttp_add_header(headers, "Content-Type", dialect->content_type);
    return true;
}

/* What the function says of the body that it leaves out, for HEAD. */
static void keep_length(struct evhttp_request *request,
                        const struct front_answer *answer)
{
    const char *length = pairs_get(&answer->headers, "Content-Length");

    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD &&
        length != NULL && length[0] != '\0' &&
        length[strspn(length, "0123456789")] == '\0')
        evhttp_add_header(evhttp_request_get_output_headers(request),
                          "Content-Length", length);
}

static void send_answer(struct evhttp_request *request,
                        const struct front_answer *answer)
{
    struct evbuffer *content = evbuffer_new();

    if (content == NULL) {
        reject(request, 500, "{\"message\":\"Internal server error\"}");
        return;
    }
    keep_length(request, answer);
    evbuffer_add(content, answer->body.data, answer->body.len);
    reply_send(request, answer->status,
               answer->reason[0] != '\0' ? answer->reason : NULL, content);
    evbuffer_free(content);
}

static void pass_on(struct evhttp_request *request,
                    const struct front_dialect *dialect, struct slice text)
{
    struct front_answer answer;
    struct error err;
    bool good = front_answer_read(dialect, text, &answer, &err);

    if (good && !set_headers(request, dialect, &answer.headers)) {
        error_set(&err, "a header that HTTP does not allow");
        evhttp_clear_headers(evhttp_request_get_output_headers(request));
        good = false;
    }
    if (good) {
        send_answer(request, &answer);
    } else {
        (void)fprintf(stderr, "local-cloud: the function's answer: %s\n",
                      err.text);
        reject(request, 502, "{\"message\":\"Internal server error\"}");
    }
    front_answer_release(&answer);
}

static void on_done(struct invocation *invocation,
                    enum invocation_outcome outcome, struct slice body)
{
    struct waiting *waiting = invocation->state;
    struct evhttp_request *request = waiting->request;

    if (request != NULL) {
        evhttp_connection_set_closecb(evhttp_request_get_connection(request),
                                      NULL, NULL);
        switch (outcome) {
        case INVOCATION_ANSWERED:
            pass_on(request, waiting->dialect, body);
            break;
        case INVOCATION_TIMED_OUT:
            reject(request, 504,
                   "{\"message\":\"Endpoint request timed out\"}");
            break;
        case INVOCATION_THROTTLED:
            reject(request, 429,
                   "{\"Reason\":\"ConcurrentInvocationLimitExceeded\","
                   "\"Type\":\"User\",\"message\":\"Rate Exceeded.\"}");
            break;
        case INVOCATION_UNKNOWN:
        case INVOCATION_FAILED:
        case INVOCATION_TOO_LARGE:
        case INVOCATION_CRASHED:
            reject(request, 502, "{\"message\":\"Internal server error\"}");
            break;
        }
    }
    buffer_release(&invocation->event);
    free(waiting);
}

static void on_close(struct evhttp_connection *connection, void *state)
{
    struct waiting *waiting = state;

    (void)connection;
    waiting->request = NULL;
}

/* ---- requests ---- */

static const char *method_name(struct evhttp_request *request)
{
    switch (evhttp_request_get_command(request)) {
    case EVHTTP_REQ_GET:
        return "GET";
    case EVHTTP_REQ_POST:
        return "POST";
    case EVHTTP_REQ_HEAD:
        return "HEAD";
    case EVHTTP_REQ_PUT:
        return "PUT";
    case EVHTTP_REQ_DELETE:
        return "DELETE";
    case EVHTTP_REQ_OPTIONS:
        return "OPTIONS";
    case EVHTTP_REQ_TRACE:
        return "TRACE";
    case EVHTTP_REQ_CONNECT:
        return "CONNECT";
    case EVHTTP_REQ_PATCH:
        return "PATCH";
    }
    return "GET";
}

/* All header fields but our own, and those that a gateway adds. */
static bool take_headers(struct evhttp_request *request, struct pairs *headers,
                         const char *client, int port, const char *trace)
{
    const struct evkeyval *field =
        evhttp_request_get_input_headers(request)->tqh_first;
    char port_text[16];

    for (; field != NULL; field = field->next.tqe_next) {
        if (!utf8_is_text(slice_of(field->key)) ||
            !utf8_is_text(slice_of(field->value)) ||
            !pairs_add(headers, slice_of(field->key), slice_of(field->value)))
            return false;
    }
    pairs_remove(headers, DIALECT_HEADER);
    pairs_remove(headers, TRACE_HEADER);
    (void)snprintf(port_text, sizeof(port_text), "%d", port);
    return pairs_add(headers, slice_of(TRACE_HEADER), slice_of(trace)) &&
           pairs_add(headers, slice_of("X-Forwarded-For"), slice_of(client)) &&
           pairs_add(headers, slice_of("X-Forwarded-Port"),
                     slice_of(port_text)) &&
           pairs_add(headers, slice_of("X-Forwarded-Proto"), slice_of("http"));
}

static struct slice body_of(struct evhttp_request *request)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(input);

    return len == 0 ? SLICE_EMPTY
                    : (struct slice){(char *)evbuffer_pullup(input, -1), len};
}

enum made { MADE_EVENT, MADE_NOTHING, MADE_TOO_LARGE };

/* Fill the invocation's event in. */
static enum made make_event(const struct front *front,
                            struct evhttp_request *request,
                            struct waiting *waiting)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = evhttp_uri_get_path(uri);
    const char *query = evhttp_uri_get_query(uri);
    struct pairs headers = {.list = NULL};
    struct front_request event = {
        .method = method_name(request),
        .path = path != NULL && path[0] != '\0' ? path : "/",
        .query = query != NULL ? query : "",
        .headers = &headers,
        .body = body_of(request),
        .port = front->settings->front_port,
        .request_id = waiting->invocation.request_id,
        .epoch_ms = clock_epoch_ms(clock_system()),
    };
    enum made made = MADE_NOTHING;
    char *client;
    ev_uint16_t client_port;

    evhttp_connection_get_peer(evhttp_request_get_connection(request), &client,
                               &client_port);
    event.client = client;
    if (utf8_is_text(slice_of(event.path)) &&
        utf8_is_text(slice_of(event.query)) &&
        take_headers(request, &headers, client, front->settings->front_port,
                     waiting->invocation.trace_id))
        made = front_event_write(waiting->dialect, &event,
                                 &waiting->invocation.event)
                   ? MADE_EVENT
                   : MADE_TOO_LARGE;
    pairs_release(&headers);
    return made;
}

static struct waiting *new_waiting(struct evhttp_request *request,
                                   const struct front_dialect *dialect)
{
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    const char *trace = evhttp_find_header(
        evhttp_request_get_input_headers(request), TRACE_HEADER);

    if (waiting == NULL)
        return NULL;
    waiting->request = request;
    waiting->dialect = dialect;
    waiting->invocation.done = on_done;
    waiting->invocation.state = waiting;
    if (invocation_init(&waiting->invocation, dialect->max_event_bytes, trace))
        return waiting;
    free(waiting);
    return NULL;
}

static void to_function(struct front *front, struct evhttp_request *request)
{
    const char *name = evhttp_find_header(
        evhttp_request_get_input_headers(request), DIALECT_HEADER);
    const struct front_dialect *dialect =
        name != NULL ? front_dialect_find(name) : front_dialect_default();
    struct waiting *waiting =
        dialect != NULL ? new_waiting(request, dialect) : NULL;
    enum made made = MADE_NOTHING;

    if (waiting != NULL)
        made = make_event(front, request, waiting);
    if (made == MADE_EVENT) {
        evhttp_connection_set_closecb(evhttp_request_get_connection(request),
                                      on_close, waiting);
        pool_submit(front->pool, &waiting->invocation);
        return;
    }
    if (waiting != NULL)
        buffer_release(&waiting->invocation.event);
    free(waiting);
    if (made == MADE_TOO_LARGE)
        reject(request, 413, "{\"message\":\"Request Too Long\"}");
    else
        reject(request, 400, "{\"message\":\"Bad Request\"}");
}

static void on_request(struct evhttp_request *request, void *state)
{
    struct front *front = state;

    if (!guard_reject(request) &&
        !invoke_take(request, front->pool,
                     front->settings->options->timeout_s) &&
        !page_show(request))
        to_function(front, request);
}

static struct bufferevent *new_connection(struct event_base *base, void *state)
{
    struct bufferevent *connection =
        bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

    (void)state;
    guard_watch(connection);
    return connection;
}

struct front *front_new(struct event_base *base, struct pool *pool,
                        const struct settings *settings, struct error *err)
{
    struct front *front = calloc(1, sizeof(*front));

    if (front != NULL)
        front->http = evhttp_new(base);
    if (front == NULL || front->http == NULL ||
        evhttp_accept_socket(front->http, settings->front_fd) != 0) {
        error_set(err, "open the front: out of memory");
        front_free(front);
        return NULL;
    }
    front->pool = pool;
    front->settings = settings;
    guard_set_limits(&(struct framing_limits){HEADERS_MAX, BODY_MAX});
    evhttp_set_bevcb(front->http, new_connection, NULL);
    evhttp_set_allowed_methods(front->http, ALL_METHODS);
    evhttp_set_timeout(front->http, KEEP_ALIVE_S);
    evhttp_set_gencb(front->http, on_request, front);
    return front;
}

void front_free(struct front *front)
{
    if (front == NULL)
        return;
    if (front->http != NULL)
        evhttp_free(front->http);
    guard_release();
    free(front);
}
