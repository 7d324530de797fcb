/*
 * kept: the sockets of the connections that are kept open between exchanges.
 *
 *     kept_check(&kept);             before an exchange: none is in use then
 *     ... libcurl takes a connection, or opens one ...
 *     kept_add(&kept, fd);           after it
 *     kept_remove(&kept, fd);        when the socket is about to be closed
 *
 * An answer belongs to its request.  Whatever a server says on a connection
 * that has no request under way (a second answer, a load balancer's 408 before
 * it closes) answers nobody, yet libcurl before 8.0 reads it as the answer to
 * the next request.  So a connection that has something to read is ended
 * before its next use.  Servers close idle connections: that is seen too, so
 * that no request is sent into one.
 *
 * What arrives after the look and before the request cannot be told from an
 * answer here.  A TLS session ticket that comes after the answer (servers send
 * theirs before) looks like one as well: it costs a handshake.
 */
#ifndef BOUNCER_KEPT_H
#define BOUNCER_KEPT_H

#include <stddef.h>

#define KEPT_MAX 16

/* All zero: none. */
struct kept {
    int fds[KEPT_MAX];
    size_t count;
};

/* Keep FD in mind, once; past KEPT_MAX sockets it is hung up on instead. */
void kept_add(struct kept *kept, int fd);

/* Forget FD; that it is not there is fine. */
void kept_remove(struct kept *kept, int fd);

/* Hang up on each socket that is readable, closed by its peer or in error. */
void kept_check(const struct kept *kept);

/*
 * End the connection FD both ways and throw away what has arrived: whoever
 * reads from it finds its end.  FD stays open, and its owner's to close.
 */
void kept_hang_up(int fd);

#endif
