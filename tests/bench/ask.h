/*
 * ask: the request for an event as a bare socket sends it, for the programs
 * that ours is compared with.
 */
#ifndef BOUNCER_BENCH_ASK_H
#define BOUNCER_BENCH_ASK_H

#include <netinet/in.h>
#include <stdbool.h>

/* Read "[scheme://]127.x.y.z:port[/path]"; NULL and anything else is refused.
 */
bool ask_read_address(const char *text, struct sockaddr_in *address);

/* Connect to API and send GET /next; the socket, or -1. */
int ask_next(const char *api);

#endif
