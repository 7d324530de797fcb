/*
 * ask: HTTP/1.1 over bare sockets, for the programs that ours is compared with
 * and for what is not measured.
 */
#ifndef BOUNCER_BENCH_ASK_H
#define BOUNCER_BENCH_ASK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/* Read "[scheme://]127.x.y.z:port[/path]"; NULL and anything else is refused.
 */
bool ask_read_address(const char *text, struct sockaddr_in *address);

/*
 * Connect to the address in TEXT; the socket, which execve() closes, or -1.
 * TIMEOUT_S limits each wait on it; 0: none does.
 */
int ask_connect(const char *text, int timeout_s);

/* Connect to API and send GET /next; the socket, or -1. */
int ask_next(const char *api);

/*
 * Whether TEXT, LEN bytes and a NUL, holds a whole message: its head and as
 * much of a body as that promises by Content-Length.
 */
bool ask_is_whole(const char *text, size_t len);

#endif
