#include "sale.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launch.h"
#include "plain.h"

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

/* End all instances and wait until none is left; how many ever started. */
static bool make_cold(const struct sale_cloud *cloud, long *started,
                      struct error *err)
{
    const struct timespec pause = {.tv_nsec = ATTEMPT_WAIT_MS * 1000000L};
    char answer[PLAIN_ANSWER_MAX];

    if (!plain_exchange(cloud->control, RECYCLE, answer, err))
        return false;
    for (int i = 0; i < ATTEMPTS; i++) {
        if (!plain_exchange(cloud->control, STATS, answer, err))
            return false;
        *started = plain_number(answer, "\"instances_started\":");
        if (plain_number(answer, "\"instances_starting\":") == 0 &&
            plain_number(answer, "\"instances_idle\":") == 0 &&
            plain_number(answer, "\"instances_busy\":") == 0 &&
            plain_number(answer, "\"instances_ending\":") == 0)
            return true;
        (void)nanosleep(&pause, NULL);
    }
    error_set(err, "the instances of the local cloud do not end");
    return false;
}

bool sale_cold(const struct sale_cloud *cloud, int64_t *elapsed_ns,
               struct error *err)
{
    char answer[PLAIN_ANSWER_MAX];
    long started;
    int64_t begin;

    if (!make_cold(cloud, &started, err))
        return false;
    begin = launch_now_ns();
    if (!plain_exchange(cloud->front, BUY, answer, err))
        return false;
    *elapsed_ns = launch_now_ns() - begin;
    if (strncmp(answer, "HTTP/1.1 201", strlen("HTTP/1.1 201")) != 0) {
        error_set(err, "no sale: %.200s", answer);
        return false;
    }
    if (!plain_exchange(cloud->control, STATS, answer, err))
        return false;
    if (plain_number(answer, "\"instances_started\":") == started + 1)
        return true;
    error_set(err, "the sale was not that of one cold instance");
    return false;
}
