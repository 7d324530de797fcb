/*
 * One epoll loop over sockets that do not block, first to connect, then to
 * read.  An answer is small and kept whole; requests are sent while nobody
 * reads, so that all are under way before the first answer counts.
 */
#include "crowd.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ask.h"
#include "base/clock.h"
#include "loopback.h"

/* Connections opened at once: the kernel's queue is limited. */
#define CONNECTING_MAX 128

#define ANSWER_MAX 4096
#define EVENTS_MAX 256

struct buyer {
    int fd;
    size_t len; /* of what came */
    char answer[ANSWER_MAX];
};

struct crowd {
    const struct buyers_options *options;
    struct crowd_board *board;
    struct sockaddr_in front;
    int index; /* of this process */
    int first; /* the number of buyers[0] */
    int count;
    int epoll_fd;
    struct buyer *buyers;
};

static int64_t now_us(void)
{
    return clock_boottime_us(clock_system());
}

/* ---- connecting ---- */

/* A socket on its way to the front; -1 with errno set. */
static int start_connecting(const struct crowd *crowd)
{
    const struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr.s_addr =
            htonl(INADDR_LOOPBACK + 256 + (in_addr_t)crowd->index),
    };
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    /* Let connect() choose the port: an address has one for each peer. */
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) ==
            0 &&
        bind(fd, (const struct sockaddr *)&from, sizeof(from)) == 0 &&
        (connect(fd, (const struct sockaddr *)&crowd->front,
                 sizeof(crowd->front)) == 0 ||
         errno == EINPROGRESS))
        return fd;
    close(fd);
    return -1;
}

static bool start_one(const struct crowd *crowd, int i)
{
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)i};
    struct buyer *buyer = &crowd->buyers[i];

    buyer->fd = start_connecting(crowd);
    return buyer->fd >= 0 &&
           epoll_ctl(crowd->epoll_fd, EPOLL_CTL_ADD, buyer->fd, &event) == 0;
}

/* Buyer I is connected; the answer comes next. */
static bool arrive(const struct crowd *crowd, int i)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    int fd = crowd->buyers[i].fd;
    int failure = 0;
    socklen_t len = sizeof(failure);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) != 0 || failure) {
        errno = failure ? failure : errno;
        return false;
    }
    atomic_fetch_add(&crowd->board->connected, 1);
    return epoll_ctl(crowd->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0;
}

static bool connect_all(const struct crowd *crowd)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t end_us = now_us() + CROWD_CONNECT_MS * 1000LL;
    int started = 0;
    int connected = 0;

    while (connected < crowd->count && now_us() < end_us) {
        int ready;

        while (started < crowd->count && started - connected < CONNECTING_MAX) {
            if (!start_one(crowd, started++))
                return false;
        }
        ready = epoll_wait(crowd->epoll_fd, events, EVENTS_MAX, 1000);
        for (int i = 0; i < ready; i++) {
            if (!arrive(crowd, (int)events[i].data.u32))
                return false;
            connected++;
        }
    }
    errno = ETIMEDOUT;
    return connected == crowd->count;
}

/* ---- buying ---- */

static bool press(const struct crowd *crowd, int i)
{
    char url[256];
    char body[64];

    (void)snprintf(url, sizeof(url), "%s%s", crowd->options->front,
                   crowd->options->path);
    (void)snprintf(body, sizeof(body),
                   "{\"product_id\":1,\"buyer\":\"buyer-%d\"}",
                   crowd->first + i);
    return ask_send(crowd->buyers[i].fd,
                    &(struct ask_request){.url = url, .body = body});
}

/* Buyer I hears no more; STATUS 0: there was no answer. */
static void settle(const struct crowd *crowd, int i, int status)
{
    struct buyer *buyer = &crowd->buyers[i];
    struct crowd_board *board = crowd->board;

    board->purchases[crowd->first + i] = (struct purchase){
        .status = status,
        .latency_us = now_us() - atomic_load(&board->released_us),
    };
    close(buyer->fd);
    buyer->fd = -1;
    atomic_fetch_add(status != 0 ? &board->answered : &board->unanswered, 1);
}

/* Read for buyer I; true if the answer is complete or the connection gone. */
static bool hear(const struct crowd *crowd, int i)
{
    struct buyer *buyer = &crowd->buyers[i];
    ssize_t got = recv(buyer->fd, buyer->answer + buyer->len,
                       ANSWER_MAX - 1 - buyer->len, 0);

    if (got < 0 && errno == EAGAIN)
        return false;
    if (got <= 0) {
        settle(crowd, i, 0);
        return true;
    }
    buyer->len += (size_t)got;
    buyer->answer[buyer->len] = '\0';
    if (!loopback_is_whole(buyer->answer, buyer->len))
        return false;
    settle(crowd, i, loopback_status(buyer->answer));
    return true;
}

static void buy_all(const struct crowd *crowd)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t end_us = now_us() + CROWD_ANSWER_MS * 1000LL;
    int open = crowd->count;

    for (int i = 0; i < crowd->count; i++) {
        if (!press(crowd, i)) {
            settle(crowd, i, 0);
            open--;
        }
    }
    while (open > 0 && now_us() < end_us) {
        int ready = epoll_wait(crowd->epoll_fd, events, EVENTS_MAX, 1000);

        for (int i = 0; i < ready; i++)
            open -= hear(crowd, (int)events[i].data.u32);
    }
    for (int i = 0; i < crowd->count; i++) {
        if (crowd->buyers[i].fd >= 0)
            settle(crowd, i, 0);
    }
}

int crowd_run(const struct buyers_options *options, int index, int first,
              int end, int gate_fd, struct crowd_board *board)
{
    struct crowd crowd = {
        .options = options,
        .board = board,
        .index = index,
        .first = first,
        .count = end - first,
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .buyers = calloc((size_t)(end - first), sizeof(struct buyer)),
    };
    char nothing;
    int status = CROWD_NOT_CONNECTED;

    if (crowd.epoll_fd < 0 || crowd.buyers == NULL ||
        !loopback_address(options->front, &crowd.front) ||
        !connect_all(&crowd)) {
        (void)fprintf(stderr, "black-friday: buyers cannot connect: %s\n",
                      strerror(errno));
    } else {
        while (read(gate_fd, &nothing, 1) < 0 && errno == EINTR)
            continue;
        if (atomic_load(&board->released_us) != 0)
            buy_all(&crowd);
        status = 0;
    }
    free(crowd.buyers);
    close(crowd.epoll_fd);
    return status;
}
