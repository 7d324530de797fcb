/*
 * loopback: HTTP/1.1 messages over bare sockets, to and from a server on this
 * machine.  ask.h writes requests for it.
 *
 * A message has a Content-Length or no body, as those of the local cloud have.
 * Programs of the benchmarks link this alone: it uses sockets and strings, and
 * nothing that would make a bare function larger.
 */
#ifndef BOUNCER_LOOPBACK_H
#define BOUNCER_LOOPBACK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Read "[scheme://]127.x.y.z:port[/path]", where "localhost" is 127.0.0.1.
 * False for NULL and for anything else.
 */
bool loopback_address(const char *url, struct sockaddr_in *address);

/*
 * Connect to URL; the socket, which execve() closes, or -1.  TIMEOUT_S limits
 * each wait on it; 0: none does.
 */
int loopback_connect(const char *url, int timeout_s);

/* Send LEN BYTES; false where the other side is gone. */
bool loopback_send(int fd, const char *bytes, size_t len);

/*
 * Read one message into TEXT, NUL-terminated; how long it is, or -1 where it
 * is not whole: the other side is gone, or it is longer than SIZE - 1.
 */
ssize_t loopback_read(int fd, char *text, size_t size);

/*
 * Whether TEXT, LEN bytes and a NUL, holds a whole message: its head and as
 * much of a body as that promises by Content-Length.
 */
bool loopback_is_whole(const char *text, size_t len);

/* The status in "HTTP/1.1 201 Created"; 0 where there is none. */
int loopback_status(const char *answer);

#endif
