/*
 * listener: the listening sockets of the local cloud.  None can be reached
 * from the network, but for a front that was started with --all-addresses.
 *
 * They are opened by the supervisor before anything is started, so that a
 * port that is taken is found at once, and are inherited by the processes
 * that serve them.
 */
#ifndef BOUNCER_LOCAL_LISTENER_H
#define BOUNCER_LOCAL_LISTENER_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/error.h"

struct listener {
    int fd; /* non-blocking, close-on-exec; -1: closed */
    int port;
};

/*
 * Listen on ADDRESS (INADDR_LOOPBACK or INADDR_ANY) at PORT, 0 for any free
 * one, with COUNT sockets at the same port, one for each process that serves
 * it: the kernel gives each about the same number of connections
 * (SO_REUSEPORT).
 */
__attribute__((warn_unused_result)) bool
listener_open(struct listener listeners[], int count, in_addr_t address,
              int port, struct error *err);

/*
 * Listen on every address of the loopback interface, 127.0.0.0/8, at any free
 * port: the accepted socket's own address tells which one was called.  The
 * socket is bound to the interface `lo` itself (SO_BINDTODEVICE, which needs
 * no rights since Linux 5.7), so nothing from the network arrives at it.
 */
__attribute__((warn_unused_result)) bool
listener_open_all_loopback(struct listener *listener, struct error *err);

/* Close it; nothing if it is closed. */
void listener_close(struct listener *listener);

#endif
