/*
 * Two evhttp servers, plain and TLS, share one event loop and one callback.
 * Each accepted connection passes the guard before evhttp reads it.
 */
#include "doors/server.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "doors/server_tls.h"
#include "http/guard.h"

/* A path may carry a key and a value. */
#define HEADERS_MAX_BYTES (128UL * 1024)

/* Beyond the limit of the door it is rejected without the door's words. */
#define BODY_SLACK_BYTES (8UL * 1024 * 1024)

/* A client that neither asks nor reads for so long is dropped. */
#define IDLE_TIMEOUT_S 600

#define ALL_METHODS                                                            \
    (EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |     \
     EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |               \
     EVHTTP_REQ_PATCH)

struct server {
    struct server_options options;
    struct exchange_context exchanges;
    struct event_base *base;
    struct event *stops[2];
    struct evhttp *plain;
    struct evhttp *tls;
    SSL_CTX *tls_context;
};

/* ---- connections ---- */

static void cut(evutil_socket_t fd, short what, void *state)
{
    struct bufferevent *connection = state;

    (void)fd;
    (void)what;
    if (bufferevent_getfd(connection) >= 0)
        shutdown(bufferevent_getfd(connection), SHUT_RDWR);
    bufferevent_decref(connection);
}

/*
 * evhttp knows the socket of a new connection only after it has called us, so
 * a door that is down closes it one turn of the loop later.
 */
static void admit(struct server *server, struct bufferevent *connection)
{
    struct timeval at_once = {0};

    if (!connection)
        return;
    guard_watch(connection);
    atomic_fetch_add(server->options.connections, 1);
    if (!atomic_load(&server->options.faults->down))
        return;
    bufferevent_incref(connection);
    if (event_base_once(server->base, -1, EV_TIMEOUT, cut, connection,
                        &at_once) != 0)
        bufferevent_decref(connection);
}

static struct bufferevent *new_plain(struct event_base *base, void *state)
{
    struct bufferevent *connection =
        bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

    admit(state, connection);
    return connection;
}

static struct bufferevent *new_tls(struct event_base *base, void *state)
{
    struct server *server = state;
    SSL *ssl = SSL_new(server->tls_context);
    struct bufferevent *connection;

    if (!ssl)
        return NULL;
    connection = bufferevent_openssl_socket_new(
        base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    if (connection)
        bufferevent_openssl_set_allow_dirty_shutdown(connection, 1);
    admit(server, connection);
    return connection;
}

static void on_request(struct evhttp_request *request, void *state)
{
    struct server *server = state;

    if (guard_reject(request))
        return;
    atomic_fetch_add(server->options.requests, 1);
    exchange_begin(&server->exchanges, request);
}

/* ---- its life ---- */

static struct evhttp *
listen_on(struct server *server, int fd,
          struct bufferevent *(*connect)(struct event_base *, void *),
          struct error *err)
{
    struct evhttp *http = evhttp_new(server->base);
    struct evconnlistener *listener = evconnlistener_new(
        server->base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    int on = 1;

    if (!http || !listener || !evhttp_bind_listener(http, listener)) {
        error_set(err, "cannot listen on descriptor %d: %s", fd,
                  strerror(errno));
        if (listener)
            evconnlistener_free(listener);
        if (http)
            evhttp_free(http);
        return NULL;
    }
    /* Accepted sockets inherit it: no answer waits for an acknowledgement. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    evhttp_set_bevcb(http, connect, server);
    evhttp_set_gencb(http, on_request, server);
    evhttp_set_allowed_methods(http, ALL_METHODS);
    evhttp_set_default_content_type(http, NULL);
    evhttp_set_timeout(http, IDLE_TIMEOUT_S);
    return http;
}

static void stop(evutil_socket_t signal_number, short what, void *state)
{
    (void)signal_number;
    (void)what;
    event_base_loopbreak(state);
}

/* Turning a wish to read on and off within one turn costs no system call. */
static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (config && event_config_set_flag(
                      config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0)
        base = event_base_new_with_config(config);
    if (config)
        event_config_free(config);
    return base;
}

static bool start_loop(struct server *server, struct error *err)
{
    static const int signals[] = {SIGTERM, SIGINT};

    (void)signal(SIGPIPE, SIG_IGN);
    server->base = new_base();
    if (!server->base) {
        error_set(err, "no event loop: %s", strerror(errno));
        return false;
    }
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        server->stops[i] =
            evsignal_new(server->base, signals[i], stop, server->base);
        if (!server->stops[i] || evsignal_add(server->stops[i], NULL) != 0) {
            error_set(err, "cannot catch signals: %s", strerror(errno));
            return false;
        }
    }
    return true;
}

static bool start_listening(struct server *server, struct error *err)
{
    const struct door_options *door = server->options.door;

    server->tls_context = server_tls_new(door, err);
    if (!server->tls_context)
        return false;
    server->plain = listen_on(server, door->plain_fd, new_plain, err);
    server->tls = listen_on(server, door->tls_fd, new_tls, err);
    return server->plain && server->tls;
}

struct server *server_new(const struct server_options *options,
                          struct error *err)
{
    struct server *server = calloc(1, sizeof(*server));

    if (!server) {
        error_set(err, "out of memory");
        return NULL;
    }
    server->options = *options;
    guard_set_limits(&(struct framing_limits){
        HEADERS_MAX_BYTES, options->max_body_bytes + BODY_SLACK_BYTES});
    if (!start_loop(server, err) || !start_listening(server, err)) {
        server_free(server);
        return NULL;
    }
    server->exchanges =
        (struct exchange_context){.base = server->base,
                                  .faults = options->faults,
                                  .max_body_bytes = options->max_body_bytes,
                                  .handle = options->handle,
                                  .state = options->state};
    return server;
}

struct event_base *server_base(struct server *server)
{
    return server->base;
}

void server_run(struct server *server)
{
    event_base_dispatch(server->base);
}

void server_free(struct server *server)
{
    if (!server)
        return;
    if (server->plain)
        evhttp_free(server->plain);
    if (server->tls)
        evhttp_free(server->tls);
    exchange_drop_all(&server->exchanges);
    guard_release();
    SSL_CTX_free(server->tls_context);
    for (size_t i = 0; i < sizeof(server->stops) / sizeof(struct event *);
         i++) {
        if (server->stops[i])
            event_free(server->stops[i]);
    }
    if (server->base)
        event_base_free(server->base);
    free(server);
}
