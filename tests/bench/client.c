#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ask.h"
#include "launch.h"
#include "series.h"

#define ANSWER_MAX 8192
#define TIMEOUT_S 30

/* Read one answer whole; its status, -1 where there is none. */
static int read_answer(int fd)
{
    char text[ANSWER_MAX];
    size_t len = 0;

    do {
        ssize_t got = recv(fd, text + len, sizeof(text) - 1 - len, 0);

        if (got <= 0)
            return -1;
        len += (size_t)got;
        text[len] = '\0';
    } while (!ask_is_whole(text, len));
    return (int)strtol(text + strlen("HTTP/1.1 "), NULL, 10);
}

static void write_request(char *request, size_t size, long product)
{
    char body[64];

    (void)snprintf(body, sizeof(body),
                   "{\"product_id\":%ld,\"buyer\":\"bench\"}", product);
    (void)snprintf(request, size,
                   "POST /api/purchase HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                   "Content-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   strlen(body), body);
}

bool client_batch(const char *url, const struct client_plan *plan,
                  int64_t *median_ns, struct error *err)
{
    static struct series times;
    char request[512];
    int fd = ask_connect(url, TIMEOUT_S);
    int got = plan->status;

    times.count = 0;
    for (int i = 0; fd >= 0 && got == plan->status && i < plan->count; i++) {
        int64_t begin_ns;

        write_request(request, sizeof(request),
                      plan->product + (plan->each_its_own ? i : 0));
        begin_ns = launch_now_ns();
        if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
            break;
        got = read_answer(fd);
        series_add(&times, launch_now_ns() - begin_ns);
    }
    if (fd >= 0)
        (void)close(fd);
    if (got != plan->status || times.count != (size_t)plan->count) {
        error_set(err, "%zu answers, the last with status %d", times.count,
                  got);
        return false;
    }
    *median_ns = series_summary(&times).median;
    return true;
}
