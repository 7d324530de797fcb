#include "wire/kept.h"

#include <poll.h>
#include <sys/socket.h>

void kept_add(struct kept *kept, int fd)
{
    for (size_t i = 0; i < kept->count; i++)
        if (kept->fds[i] == fd)
            return;
    if (kept->count == KEPT_MAX)
        kept_hang_up(fd);
    else
        kept->fds[kept->count++] = fd;
}

void kept_remove(struct kept *kept, int fd)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (kept->fds[i] == fd) {
            kept->fds[i] = kept->fds[--kept->count];
            return;
        }
    }
}

void kept_check(const struct kept *kept)
{
    struct pollfd polled[KEPT_MAX];

    for (size_t i = 0; i < kept->count; i++)
        polled[i] = (struct pollfd){.fd = kept->fds[i], .events = POLLIN};
    if (kept->count == 0 || poll(polled, kept->count, 0) <= 0)
        return;
    for (size_t i = 0; i < kept->count; i++)
        if (polled[i].revents)
            kept_hang_up(polled[i].fd);
}

void kept_hang_up(int fd)
{
    char room[4096];

    /* The kernel accepts no more bytes from here on, so the loop ends. */
    (void)shutdown(fd, SHUT_RDWR);
    while (recv(fd, room, sizeof(room), MSG_DONTWAIT) > 0)
        ;
}
