/*
 * server: the HTTP side of a door, on libevent.
 *
 * One thread, one event loop, HTTP/1.1 with keep-alive, plain and TLS 1.2/1.3
 * (RFC 9112, RFC 8446) on the listening sockets of struct door_options.  Each
 * request becomes an exchange for the door's handler.  Connections, handshakes
 * and requests are counted in struct shared.
 *
 *     struct server *server = server_new(&options, &err);
 *
 *     server_run(server);         until SIGTERM or SIGINT
 *     close the store: what is still open gets its last answer
 *     server_free(server);
 */
#ifndef BOUNCER_LOCAL_SERVER_H
#define BOUNCER_LOCAL_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "data/shared.h"
#include "doors/door_options.h"
#include "doors/exchange.h"

struct server;

struct server_options {
    const struct door_options *door; /* required; sockets, certificate */
    struct door_faults *faults;      /* required */
    atomic_llong *requests;          /* required; counts requests */
    atomic_llong *connections;       /* required; counts connections */
    size_t max_body_bytes;           /* a larger body is marked too large */
    /* Called once for each request. */
    void (*handle)(struct exchange *exchange, void *state);
    void *state; /* handed to HANDLE; not owned */
};

/* NULL with the reason in ERR.  OPTIONS is copied, what it points to is not. */
__attribute__((warn_unused_result)) struct server *
server_new(const struct server_options *options, struct error *err);

/* The loop that runs the server, for the store's connections. */
struct event_base *server_base(struct server *server);

/* Serve until SIGTERM or SIGINT. */
void server_run(struct server *server);

/* Close all connections and free everything; nothing on NULL. */
void server_free(struct server *server);

#endif
