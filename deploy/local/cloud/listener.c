/*
 * Sockets at one port are opened in order: the first finds out whether the port
 * is taken, the others then share it.
 */
#include "cloud/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connection waits here while a process is busy; the kernel caps it. */
#define BACKLOG 4096

static bool share(const struct listener *listener, struct error *err)
{
    int on = 1;

    if (setsockopt(listener->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) ==
        0)
        return true;
    error_set(err, "share a port: %s", strerror(errno));
    return false;
}

static bool bind_and_listen(struct listener *listener, in_addr_t address,
                            int port, struct error *err)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(address),
    };
    socklen_t len = sizeof(addr);
    int on = 1;

    if (setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        bind(listener->fd, (struct sockaddr *)&addr, len) != 0 ||
        listen(listener->fd, BACKLOG) != 0) {
        if (errno == EADDRINUSE || errno == EACCES)
            error_set(err, "port %d %s with PORT=... (make) or --port", port,
                      errno == EACCES ? "is for root alone: be root, or choose "
                                        "one from 1024 on"
                                      : "is in use: choose another");
        else
            error_set(err, "listen on port %d: %s", port, strerror(errno));
        return false;
    }
    if (getsockname(listener->fd, (struct sockaddr *)&addr, &len) != 0) {
        error_set(err, "getsockname: %s", strerror(errno));
        return false;
    }
    listener->port = ntohs(addr.sin_port);
    return true;
}

static bool open_socket(struct listener *listener, struct error *err)
{
    listener->fd =
        socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd >= 0)
        return true;
    error_set(err, "socket: %s", strerror(errno));
    return false;
}

/*
 * The first one is bound alone and shares its port only then, so that a port
 * that another cloud of ours shares is found to be taken.
 */
bool listener_open(struct listener listeners[], int count, in_addr_t address,
                   int port, struct error *err)
{
    for (int i = 0; i < count; i++) {
        struct listener *listener = &listeners[i];
        bool opened = open_socket(listener, err) &&
                      (i == 0 || share(listener, err)) &&
                      bind_and_listen(listener, address,
                                      i == 0 ? port : listeners[0].port, err) &&
                      (i > 0 || count == 1 || share(listener, err));

        if (!opened) {
            for (int j = 0; j <= i; j++)
                listener_close(&listeners[j]);
            return false;
        }
    }
    return true;
}

bool listener_open_all_loopback(struct listener *listener, struct error *err)
{
    static const char interface[] = "lo";

    if (!open_socket(listener, err))
        return false;
    if (setsockopt(listener->fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
                   sizeof(interface)) != 0)
        error_set(err, "bind a socket to interface lo: %s", strerror(errno));
    else if (bind_and_listen(listener, INADDR_ANY, 0, err))
        return true;
    listener_close(listener);
    return false;
}

void listener_close(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    listener->fd = -1;
}
