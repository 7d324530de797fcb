/*
 * One epoll loop over sockets that do not block, first to connect, then to
 * read.  A connection belongs to nobody: whoever's turn it is takes a free one
 * and gives it back with the answer, which is small and kept whole.  Requests
 * are sent while nobody reads, so that all are under way before the first
 * answer counts.
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

#include "base/clock.h"
#include "loopback.h"

/* Connections opened at once: the kernel's queue is limited. */
#define CONNECTING_MAX 128

#define ANSWER_MAX 4096
#define EVENTS_MAX 256
#define NOBODY (-1)

struct lane {
    int fd;     /* -1: closed */
    int buyer;  /* who asks; NOBODY */
    bool kept;  /* from an earlier answer */
    size_t len; /* of what came */
    char answer[ANSWER_MAX];
};

enum buyer_state {
    BUYER_WAITING = 0, /* until due_us, and then for a free lane */
    BUYER_ASKING,
    BUYER_SETTLED,
};

struct buyer {
    enum buyer_state state;
    int64_t due_us;
};

struct crowd {
    const struct buyers_options *options;
    const struct crowd_part *part;
    struct crowd_board *board;
    struct sockaddr_in address;
    int epoll_fd;
    struct lane *lanes;
    int *free_lanes; /* a stack of indices */
    int free_count;
    int open_count; /* free or not */
    struct buyer *buyers;
    int settled;
    unsigned short seed[3];
};

static int64_t now_us(void)
{
    return clock_boottime_us(clock_system());
}

/* ---- connecting ---- */

/* A socket on its way; -1 with errno set. */
static int start_connecting(const struct crowd *crowd)
{
    const struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr.s_addr =
            htonl(INADDR_LOOPBACK + 256 + (in_addr_t)crowd->part->index),
    };
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    /* Let connect() choose the port: an address has one for each peer. */
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) ==
            0 &&
        bind(fd, (const struct sockaddr *)&from, sizeof(from)) == 0 &&
        (connect(fd, (const struct sockaddr *)&crowd->address,
                 sizeof(crowd->address)) == 0 ||
         errno == EINPROGRESS))
        return fd;
    close(fd);
    return -1;
}

static bool start_one(const struct crowd *crowd, int i)
{
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)i};
    struct lane *lane = &crowd->lanes[i];

    lane->buyer = NOBODY;
    lane->fd = start_connecting(crowd);
    return lane->fd >= 0 &&
           epoll_ctl(crowd->epoll_fd, EPOLL_CTL_ADD, lane->fd, &event) == 0;
}

/* Lane I is connected; answers come next. */
static bool arrive(struct crowd *crowd, int i)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    int fd = crowd->lanes[i].fd;
    int failure = 0;
    socklen_t len = sizeof(failure);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) != 0 || failure) {
        errno = failure ? failure : errno;
        return false;
    }
    crowd->free_lanes[crowd->free_count++] = i;
    crowd->open_count++;
    atomic_fetch_add(&crowd->board->connected, 1);
    return epoll_ctl(crowd->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0;
}

static bool connect_all(struct crowd *crowd)
{
    const int count = crowd->part->connections;
    struct epoll_event events[EVENTS_MAX];
    int64_t end_us = now_us() + CROWD_CONNECT_MS * 1000LL;
    int started = 0;

    while (crowd->free_count < count && now_us() < end_us) {
        int ready;

        while (started < count && started - crowd->free_count < CONNECTING_MAX)
            if (!start_one(crowd, started++))
                return false;
        ready = epoll_wait(crowd->epoll_fd, events, EVENTS_MAX, 1000);
        for (int i = 0; i < ready; i++)
            if (!arrive(crowd, (int)events[i].data.u32))
                return false;
    }
    errno = ETIMEDOUT;
    return crowd->free_count == count;
}

/* ---- one buyer ---- */

static int64_t since_release_us(const struct crowd *crowd)
{
    return now_us() - atomic_load(&crowd->board->released_us);
}

static struct purchase *purchase_of(const struct crowd *crowd, int i)
{
    return &crowd->board->purchases[crowd->part->first + i];
}

/* Buyer I asks no more. */
static void settle(struct crowd *crowd, int i)
{
    crowd->buyers[i].state = BUYER_SETTLED;
    crowd->settled++;
    atomic_fetch_add(&crowd->board->settled, 1);
}

/* Buyer I was told to come back after WAIT_MS. */
static void come_back(struct crowd *crowd, int i, int64_t wait_ms)
{
    struct purchase *purchase = purchase_of(crowd, i);

    purchase->gave_up =
        purchase->tries >= BUYERS_TRIES_MAX ||
        since_release_us(crowd) / 1000 + wait_ms > crowd->options->patience_ms;
    if (purchase->gave_up) {
        settle(crowd, i);
        return;
    }
    crowd->buyers[i] = (struct buyer){.due_us = now_us() + wait_ms * 1000};
}

/* Buyer I has heard ANSWER. */
static void obey(struct crowd *crowd, int i, const char *answer)
{
    struct purchase *purchase = purchase_of(crowd, i);
    int64_t wait_ms;

    purchase->status = buyer_status(&crowd->options->wish, answer);
    purchase->latency_us = since_release_us(crowd);
    purchase->failures += purchase->status >= 500;
    wait_ms = buyer_wait_ms(answer, purchase->status, crowd->seed);
    if (wait_ms < 0 && crowd->options->wish.secret)
        wait_ms = errand_go_on(&purchase->errand, crowd->part->first + i,
                               answer, purchase->status, crowd->seed);
    if (wait_ms < 0)
        settle(crowd, i);
    else
        come_back(crowd, i, wait_ms);
}

/*
 * LANE is broken, and whoever asked there hears nothing.  Where it was kept
 * from an earlier answer, the front may have closed it just then: any HTTP
 * client asks again.
 */
static void lose(struct crowd *crowd, struct lane *lane)
{
    if (lane->buyer != NOBODY && lane->kept && lane->len == 0) {
        come_back(crowd, lane->buyer, 0);
    } else if (lane->buyer != NOBODY) {
        purchase_of(crowd, lane->buyer)->status = 0;
        settle(crowd, lane->buyer);
    }
    lane->buyer = NOBODY;
    close(lane->fd);
    lane->fd = -1;
    crowd->open_count--;
}

/* Buyer I breaks LANE before its answer comes, and goes on without. */
static void hang_up(struct crowd *crowd, struct lane *lane, int i)
{
    lane->buyer = NOBODY;
    lose(crowd, lane);
    come_back(crowd, i,
              errand_go_on(&purchase_of(crowd, i)->errand,
                           crowd->part->first + i, "", 0, crowd->seed));
}

static void press(struct crowd *crowd, int i)
{
    struct lane *lane = &crowd->lanes[crowd->free_lanes[--crowd->free_count]];
    const struct buyer_wish *wish = &crowd->options->wish;
    const int number = crowd->part->first + i;
    struct purchase *purchase = purchase_of(crowd, i);

    lane->buyer = i;
    lane->len = 0;
    crowd->buyers[i].state = BUYER_ASKING;
    purchase->tries++;
    if (!(wish->secret ? errand_ask(lane->fd, wish, number, &purchase->errand)
                       : buyer_ask(lane->fd, wish, number)))
        lose(crowd, lane);
    else if (wish->secret && errand_loses(&purchase->errand, number))
        hang_up(crowd, lane, i);
}

/* ---- all of them ---- */

static void free_lane(struct crowd *crowd, int number)
{
    crowd->lanes[number].buyer = NOBODY;
    crowd->lanes[number].kept = true;
    crowd->free_lanes[crowd->free_count++] = number;
}

/* The other side has closed a lane that nobody used. */
static void forget_lane(struct crowd *crowd, int number)
{
    for (int i = 0; i < crowd->free_count; i++) {
        if (crowd->free_lanes[i] == number) {
            crowd->free_lanes[i] = crowd->free_lanes[--crowd->free_count];
            break;
        }
    }
    lose(crowd, &crowd->lanes[number]);
}

/* Read from lane NUMBER. */
static void hear(struct crowd *crowd, int number)
{
    struct lane *lane = &crowd->lanes[number];
    ssize_t got =
        recv(lane->fd, lane->answer + lane->len, ANSWER_MAX - 1 - lane->len, 0);

    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0 || lane->buyer == NOBODY) {
        forget_lane(crowd, number);
        return;
    }
    lane->len += (size_t)got;
    lane->answer[lane->len] = '\0';
    if (!loopback_is_whole(lane->answer, lane->len))
        return;
    obey(crowd, lane->buyer, lane->answer);
    free_lane(crowd, number);
}

/*
 * Whoever is due takes a free lane; when the next one is due, or INT64_MAX.
 * Who finds none has its turn when one is free.
 */
static int64_t give_turns(struct crowd *crowd)
{
    const int64_t now = now_us();
    int64_t next_us = INT64_MAX;

    for (int i = 0; i < crowd->part->count; i++) {
        const struct buyer *buyer = &crowd->buyers[i];

        if (buyer->state != BUYER_WAITING)
            continue;
        if (buyer->due_us > now)
            next_us = buyer->due_us < next_us ? buyer->due_us : next_us;
        else if (crowd->free_count > 0)
            press(crowd, i);
    }
    return next_us;
}

static int wait_ms_until(int64_t time_us)
{
    const int64_t left_us = time_us - now_us();

    return left_us <= 0        ? 0
           : left_us > 1000000 ? 1000
                               : (int)(left_us / 1000) + 1;
}

static void buy_all(struct crowd *crowd)
{
    const int64_t end_us =
        atomic_load(&crowd->board->released_us) +
        (crowd->options->patience_ms + CROWD_ANSWER_MS) * 1000;
    struct epoll_event events[EVENTS_MAX];

    while (crowd->settled < crowd->part->count && crowd->open_count > 0 &&
           now_us() < end_us) {
        const int64_t next_us = give_turns(crowd);
        int ready = epoll_wait(crowd->epoll_fd, events, EVENTS_MAX,
                               wait_ms_until(next_us));

        for (int i = 0; i < ready; i++)
            hear(crowd, (int)events[i].data.u32);
    }
    for (int i = 0; i < crowd->part->count; i++) {
        if (crowd->buyers[i].state != BUYER_SETTLED) {
            purchase_of(crowd, i)->status = 0;
            settle(crowd, i);
        }
    }
}

static bool open_crowd(struct crowd *crowd)
{
    const struct crowd_part *part = crowd->part;

    crowd->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    crowd->lanes = calloc((size_t)part->connections, sizeof(struct lane));
    crowd->free_lanes = calloc((size_t)part->connections, sizeof(int));
    crowd->buyers = calloc((size_t)part->count, sizeof(struct buyer));
    return crowd->epoll_fd >= 0 && crowd->lanes && crowd->free_lanes &&
           crowd->buyers &&
           loopback_address(crowd->options->wish.url, &crowd->address) &&
           connect_all(crowd);
}

int crowd_run(const struct buyers_options *options,
              const struct crowd_part *part, int gate_fd,
              struct crowd_board *board)
{
    struct crowd crowd = {
        .options = options,
        .part = part,
        .board = board,
        .seed = {0x330e, (unsigned short)part->index, 1},
    };
    char nothing;
    int status = CROWD_NOT_CONNECTED;

    if (!open_crowd(&crowd)) {
        (void)fprintf(stderr, "buyers cannot connect: %s\n", strerror(errno));
    } else {
        while (read(gate_fd, &nothing, 1) < 0 && errno == EINTR)
            continue;
        if (atomic_load(&board->released_us) != 0)
            buy_all(&crowd);
        status = 0;
    }
    free(crowd.buyers);
    free(crowd.free_lanes);
    free(crowd.lanes);
    close(crowd.epoll_fd);
    return status;
}
