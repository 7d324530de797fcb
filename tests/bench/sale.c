#include "sale.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "launch.h"

#define ANSWER_MAX_BYTES 8192
#define ATTEMPTS 200
#define ATTEMPT_WAIT_MS 10

#define BUY                                                                    \
    "POST /api/purchase HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"  \
    "Content-Type: application/json\r\nContent-Length: 32\r\n\r\n"             \
    "{\"product_id\":3,\"buyer\":\"bench\"}"
#define RECYCLE                                                                \
    "POST /recycle HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"       \
    "Content-Length: 0\r\n\r\n"
#define STATS                                                                  \
    "GET /stats HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

/* Send REQUEST to the server at URL and read until it closes. */
static bool exchange(const char *url, const char *request,
                     char answer[ANSWER_MAX_BYTES], struct error *err)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t len = 0;
    ssize_t got = 1;

    if (fd < 0 || !ask_read_address(url, &address) ||
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        write(fd, request, strlen(request)) != (ssize_t)strlen(request)) {
        error_set(err, "%s: %s", url, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    while (got > 0 && len < ANSWER_MAX_BYTES - 1) {
        got = read(fd, answer + len, ANSWER_MAX_BYTES - 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    answer[len] = '\0';
    (void)close(fd);
    return true;
}

static long count(const char *stats, const char *name)
{
    const char *at = strstr(stats, name);

    return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* End all instances and wait until none is left; how many ever started. */
static bool make_cold(const struct sale_cloud *cloud, long *started,
                      struct error *err)
{
    const struct timespec pause = {.tv_nsec = ATTEMPT_WAIT_MS * 1000000L};
    char answer[ANSWER_MAX_BYTES];

    if (!exchange(cloud->control, RECYCLE, answer, err))
        return false;
    for (int i = 0; i < ATTEMPTS; i++) {
        if (!exchange(cloud->control, STATS, answer, err))
            return false;
        *started = count(answer, "\"instances_started\":");
        if (count(answer, "\"instances_starting\":") == 0 &&
            count(answer, "\"instances_idle\":") == 0 &&
            count(answer, "\"instances_busy\":") == 0 &&
            count(answer, "\"instances_ending\":") == 0)
            return true;
        (void)nanosleep(&pause, NULL);
    }
    error_set(err, "the instances of the local cloud do not end");
    return false;
}

bool sale_cold(const struct sale_cloud *cloud, int64_t *elapsed_ns,
               struct error *err)
{
    char answer[ANSWER_MAX_BYTES];
    long started;
    int64_t begin;

    if (!make_cold(cloud, &started, err))
        return false;
    begin = launch_now_ns();
    if (!exchange(cloud->front, BUY, answer, err))
        return false;
    *elapsed_ns = launch_now_ns() - begin;
    if (strncmp(answer, "HTTP/1.1 201", strlen("HTTP/1.1 201")) != 0) {
        error_set(err, "no sale: %.200s", answer);
        return false;
    }
    if (!exchange(cloud->control, STATS, answer, err))
        return false;
    if (count(answer, "\"instances_started\":") == started + 1)
        return true;
    error_set(err, "the sale was not that of one cold instance");
    return false;
}
