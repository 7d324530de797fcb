#include "half.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define SQL_MAX 128

/* Work that goes on behind an answer is over soon after it. */
#define REST_STEPS 600
#define REST_STEP_MS 100

static enum outcome outcome_of(const struct purchase *purchase)
{
    switch (purchase->status) {
    case 201:
        return OUTCOME_SOLD;
    case 409:
        return OUTCOME_REFUSED;
    case 410:
        return OUTCOME_SOLD_OUT;
    default:
        return OUTCOME_FAILED;
    }
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void sort(struct tally *tally)
{
    qsort(tally->latencies_us, (size_t)tally->count,
          sizeof(tally->latencies_us[0]), compare);
}

static void add(struct tally *tally, int64_t latency_us)
{
    tally->latencies_us[tally->count++] = latency_us;
}

static void count_up(struct half *half)
{
    for (int i = 0; i < half->options.buyers; i++) {
        const struct purchase *purchase = &half->purchases[i];

        if (purchase->status == 0) {
            half->unanswered++;
            continue;
        }
        add(&half->tallies[outcome_of(purchase)], purchase->latency_us);
        add(&half->all, purchase->latency_us);
    }
    for (int i = 0; i < OUTCOMES; i++)
        sort(&half->tallies[i]);
    sort(&half->all);
}

int64_t tally_percentile(const struct tally *tally, double percent)
{
    int rank = (int)((double)tally->count * percent / 100);

    if (tally->count == 0)
        return 0;
    return tally->latencies_us[rank < tally->count ? rank : tally->count - 1];
}

static bool make_room(struct half *half, struct error *err)
{
    size_t count = (size_t)half->options.buyers;
    bool made = true;

    half->purchases = calloc(count, sizeof(half->purchases[0]));
    half->all.latencies_us = calloc(count, sizeof(int64_t));
    for (int i = 0; i < OUTCOMES; i++) {
        half->tallies[i].latencies_us = calloc(count, sizeof(int64_t));
        made = made && half->tallies[i].latencies_us != NULL;
    }
    if (made && half->purchases != NULL && half->all.latencies_us != NULL)
        return true;
    error_set(err, "out of memory");
    return false;
}

static bool put_on_sale(const struct half *half,
                        const struct local_cloud *cloud, struct error *err)
{
    char sql[SQL_MAX];

    (void)snprintf(sql, sizeof(sql),
                   "UPDATE products SET stock = %d WHERE id = 1",
                   half->options.tickets);
    return local_cloud_sql(cloud, sql, NULL, err);
}

static bool warm(struct half *half, const struct local_cloud *cloud,
                 long available_kb, struct error *err)
{
    int64_t began_ms = clock_boottime_ms(clock_system());

    if (!local_cloud_warm(cloud, half->options.progress, err))
        return false;
    half->warm_s =
        (double)(clock_boottime_ms(clock_system()) - began_ms) / 1000;
    half->kv_connections = local_cloud_connections(cloud->kv_port);
    half->sql_connections = local_cloud_connections(cloud->sql_port);
    half->all_memory_kb = available_kb - memory_available_kb();
    if (half->all_memory_kb < 0)
        half->all_memory_kb = 0;
    return true;
}

/* Wait until no instance works any more, or note how many still do. */
static bool await_rest(struct half *half, const struct local_cloud *cloud,
                       struct error *err)
{
    for (int i = 0; i < REST_STEPS; i++) {
        if (!local_cloud_counter(cloud, "instances_busy", &half->still_busy,
                                 err))
            return false;
        if (half->still_busy == 0)
            return true;
        clock_sleep_ms(clock_system(), REST_STEP_MS);
    }
    return true;
}

/*
 * What was called since the counters stood at what HALF holds, which is zero
 * before the rush: the first call takes what to count from.
 */
static bool count_calls(struct half *half, const struct local_cloud *cloud,
                        struct error *err)
{
    long long sql_calls;
    long long kv_commands;

    if (!local_cloud_counter(cloud, "sql_calls", &sql_calls, err) ||
        !local_cloud_counter(cloud, "kv_commands", &kv_commands, err))
        return false;
    half->sql_calls = sql_calls - half->sql_calls;
    half->kv_commands = kv_commands - half->kv_commands;
    return true;
}

static bool rush(struct half *half, const struct local_cloud *cloud,
                 struct error *err)
{
    const struct buyers_options buyers = {
        .port = cloud->front_port,
        .path = half->options.path,
        .count = half->options.buyers,
        .progress = half->options.progress,
    };

    if (!count_calls(half, cloud, err) ||
        !buyers_rush(&buyers, half->purchases, err) ||
        !await_rest(half, cloud, err) || !count_calls(half, cloud, err))
        return false;
    count_up(half);
    return local_cloud_sql(cloud, "SELECT stock FROM products WHERE id = 1",
                           &half->stock, err) &&
           local_cloud_sql(cloud, "SELECT count(*) FROM orders", &half->orders,
                           err);
}

static void end(struct half *half, struct local_cloud *cloud)
{
    int64_t began_ms = clock_boottime_ms(clock_system());

    local_cloud_stop(cloud);
    half->end_s = (double)(clock_boottime_ms(clock_system()) - began_ms) / 1000;
}

bool half_play(struct half *half, const struct half_options *options,
               struct error *err)
{
    struct local_cloud cloud = {.pid = 0};
    long available_kb = memory_available_kb();
    pid_t pids[MEMORY_SAMPLE];
    bool played;

    *half = (struct half){.options = *options};
    played = make_room(half, err) &&
             local_cloud_start(&cloud, &options->cloud, err) &&
             put_on_sale(half, &cloud, err) &&
             warm(half, &cloud, available_kb, err) &&
             local_cloud_delay_database(&cloud, options->database_ms, err) &&
             rush(half, &cloud, err);
    if (played)
        half->memory =
            memory_sample(pids, local_cloud_pids(&cloud, pids, MEMORY_SAMPLE));
    end(half, &cloud);
    return played;
}

void half_release(struct half *half)
{
    free(half->purchases);
    free(half->all.latencies_us);
    for (int i = 0; i < OUTCOMES; i++)
        free(half->tallies[i].latencies_us);
}
