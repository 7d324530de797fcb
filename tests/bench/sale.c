/*
 * Recycles the instances, polls the counters until none is left, and buys; the
 * counter of starts proves that the sale met a cold instance.
 */
#include "sale.h"

#include <stdio.h>

#include "ask.h"
#include "base/clock.h"
#include "control_client.h"
#include "launch.h"

#define ATTEMPTS 200
#define ATTEMPT_WAIT_MS 10

#define ANSWER_MAX 8192

/* The first one counts all that ever started. */
static const char *const counters[] = {"instances_started",
                                       "instances_starting", "instances_idle",
                                       "instances_busy", "instances_ending"};

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

/* End all instances and wait until none is left; how many ever started. */
static bool make_cold(const struct sale_cloud *cloud, long long *started,
                      struct error *err)
{
    long long values[COUNTERS];

    if (!control_client_post(cloud->control, "/recycle", "{}", err))
        return false;
    for (int i = 0; i < ATTEMPTS; i++) {
        if (!control_client_counters(cloud->control, counters, values, COUNTERS,
                                     err))
            return false;
        *started = values[0];
        if (values[1] + values[2] + values[3] + values[4] == 0)
            return true;
        clock_sleep_ms(clock_system(), ATTEMPT_WAIT_MS);
    }
    error_set(err, "the instances of the local cloud do not end");
    return false;
}

bool sale_cold(const struct sale_cloud *cloud, int64_t *elapsed_ns,
               struct error *err)
{
    char url[256];
    char answer[ANSWER_MAX];
    long long before;
    long long after;
    int64_t begin_ns;
    int status;

    if (!make_cold(cloud, &before, err))
        return false;
    (void)snprintf(url, sizeof(url), "%s/api/purchase", cloud->front);
    begin_ns = launch_now_ns();
    status = ask(
        &(struct ask_request){.url = url,
                              .body = "{\"product_id\":3,\"buyer\":\"bench\"}"},
        answer, sizeof(answer));
    *elapsed_ns = launch_now_ns() - begin_ns;
    if (status != 201) {
        error_set(err, "no sale: %.200s", answer);
        return false;
    }
    if (!control_client_counters(cloud->control, counters, &after, 1, err))
        return false;
    if (after == before + 1)
        return true;
    error_set(err, "the sale was not that of one cold instance");
    return false;
}
