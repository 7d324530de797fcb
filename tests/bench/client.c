#include "client.h"

#include <stdio.h>
#include <unistd.h>

#include "ask.h"
#include "launch.h"
#include "loopback.h"
#include "series.h"

#define ANSWER_MAX 8192

/* Buy PRODUCT on FD; the answer's status, 0 where there is none. */
static int buy(int fd, const char *url, long product)
{
    char whole[256];
    char body[64];
    char answer[ANSWER_MAX];

    (void)snprintf(whole, sizeof(whole), "%s/api/purchase", url);
    (void)snprintf(body, sizeof(body),
                   "{\"product_id\":%ld,\"buyer\":\"bench\"}", product);
    return ask_send(fd, &(struct ask_request){.url = whole, .body = body}) &&
                   loopback_read(fd, answer, sizeof(answer)) > 0
               ? loopback_status(answer)
               : 0;
}

bool client_batch(const char *url, const struct client_plan *plan,
                  int64_t *median_ns, struct error *err)
{
    static struct series times;
    int fd = loopback_connect(url, ASK_TIMEOUT_S);
    int got = plan->status;

    times.count = 0;
    for (int i = 0; fd >= 0 && got == plan->status && i < plan->count; i++) {
        const int64_t begin_ns = launch_now_ns();

        got = buy(fd, url, plan->product + (plan->each_its_own ? i : 0));
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
