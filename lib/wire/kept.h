/*
 * kept: the sockets of the connections that stay open between exchanges.
 *
 *     kept_check(&kept);             before an exchange, when none is in use
 *     ... libcurl takes a connection, or opens one ...
 *     kept_add(&kept, fd);           after it
 *     kept_remove(&kept, fd);        when the socket is about to be closed
 *
 * An answer belongs to its request.  What a server sends while no request is
 * under way (a second answer, a load balancer's 408 before it closes) answers
 * nothing, yet libcurl before 8.0 reads it as the answer to the next request.
 * So a connection that has something to read is ended before its next use.  A
 * connection that the server has closed is found in the same way.
 *
 * Bytes that arrive between the check and the request cannot be told from an
 * answer.  A TLS session ticket that comes after the answer (servers send
 * theirs before) ends the connection too, which costs a handshake.
 */
#ifndef BOUNCER_KEPT_H
#define BOUNCER_KEPT_H

#include <stddef.h>

#define KEPT_MAX 16

/* All zero: no sockets. */
struct kept {
    int fds[KEPT_MAX];
    size_t count;
};

/* Remember FD, once; past KEPT_MAX sockets, hang up on it instead. */
void kept_add(struct kept *kept, int fd);

/* Forget FD; does nothing if it is not there. */
void kept_remove(struct kept *kept, int fd);

/* Hang up on each socket that is readable, closed by its peer or in error. */
void kept_check(const struct kept *kept);

/*
 * End the connection FD both ways and discard what has arrived, so that its
 * owner reads the end of it.  FD stays open; its owner closes it.
 */
void kept_hang_up(int fd);

#endif
