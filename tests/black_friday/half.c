/*
 * The cloud's own counters say how far it is, polled with a limit; what is
 * counted for the rush is the difference of two readings, both taken while no
 * instance works.  The kernel tells how many connections there are to the
 * stores' ports.
 */
#include "half.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control_client.h"
#include "loopback.h"

#define STEP_MS 100
#define WARM_STEPS 3000
#define STEPS_PER_WORD 50

/* Work after an answer is over soon. */
#define REST_STEPS 600

#define INSTANCES_MAX 16384
#define MEMORY_SAMPLE 100

/* ---- what buyers heard ---- */

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

static void count_up(struct half *half)
{
    for (int i = 0; i < half->options.buyers; i++) {
        const struct purchase *purchase = &half->purchases[i];

        if (purchase->status == 0) {
            half->unanswered++;
            continue;
        }
        series_add(&half->latencies_us[outcome_of(purchase)],
                   purchase->latency_us);
        series_add(&half->all_us, purchase->latency_us);
    }
}

bool half_write(const struct half *half, const char *file)
{
    FILE *data = fopen(file, "we");

    for (int i = 0; data != NULL && i < half->options.buyers; i++) {
        const struct purchase *purchase = &half->purchases[i];

        if (purchase->status != 0)
            (void)fprintf(data, "%d %.6f\n", (int)outcome_of(purchase),
                          (double)purchase->latency_us / 1e6);
    }
    return data != NULL && fclose(data) == 0;
}

/* ---- the cloud ---- */

/* Run SQL; *NUMBER, if not NULL, is the number that it selects. */
static bool run_sql(const struct half *half, const char *sql, long long *number,
                    struct error *err)
{
    PGconn *db = PQconnectdb(half->options.database);
    PGresult *result = PQexec(db, sql);
    ExecStatusType status = PQresultStatus(result);
    bool done = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;

    if (!done) {
        error_set(err, "the database: %s", PQerrorMessage(db));
    } else if (number != NULL && PQntuples(result) != 1) {
        error_set(err, "the database has no answer to: %s", sql);
        done = false;
    } else if (number != NULL) {
        *number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    }
    PQclear(result);
    PQfinish(db);
    return done;
}

static bool put_on_sale(const struct half *half, struct error *err)
{
    char sql[128];

    (void)snprintf(sql, sizeof(sql),
                   "UPDATE products SET stock = %d WHERE id = 1",
                   half->options.tickets);
    return run_sql(half, sql, NULL, err);
}

/* Have all instances started, and wait for them. */
static bool start_all(const struct half_options *o, struct error *err)
{
    static const char *const names[] = {"instances_starting", "instances_idle"};
    long long counts[] = {0, 0};

    if (!control_client_post(o->control, "/warm", "{}", err))
        return false;
    for (int i = 1; i < WARM_STEPS; i++) {
        if (!control_client_counters(o->control, names, counts, 2, err))
            return false;
        if (counts[1] >= o->instances)
            return true;
        if (counts[0] == 0)
            break;
        if (i % STEPS_PER_WORD == 0)
            o->progress("instances are up", (int)counts[1], o->instances);
        clock_sleep_ms(clock_system(), STEP_MS);
    }
    error_set(err, "only %lld of %d instances started: see the cloud's log",
              counts[1], o->instances);
    return false;
}

/* How many connections to the local TCP port of URL are established. */
static int connections_to(const char *url)
{
    struct sockaddr_in address;
    char line[512];
    int count = 0;
    FILE *file = fopen("/proc/net/tcp", "re");

    if (!loopback_address(url, &address))
        address.sin_port = 0;
    /* "  0: 0100007F:1F90 0100007F:D5F2 01 ...": local, remote, state. */
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *local = strchr(line, ':');
        const char *at = local != NULL ? strchr(local + 1, ':') : NULL;
        char *rest;

        if (at == NULL || strtol(at + 1, &rest, 16) != ntohs(address.sin_port))
            continue;
        rest += strspn(rest, " ");
        rest += strcspn(rest, " ");
        count += strtol(rest, NULL, 16) == 1;
    }
    if (file != NULL)
        (void)fclose(file);
    return count;
}

static bool warm(struct half *half, struct error *err)
{
    int64_t began_ms = clock_boottime_ms(clock_system());

    if (!start_all(&half->options, err))
        return false;
    half->warm_s =
        (double)(clock_boottime_ms(clock_system()) - began_ms) / 1000;
    half->kv_connections = connections_to(half->options.kv);
    half->sql_connections = connections_to(half->options.sql);
    half->all_memory_bytes =
        half->options.available_bytes - memory_available_bytes();
    if (half->all_memory_bytes < 0)
        half->all_memory_bytes = 0;
    return true;
}

/* Wait until no instance works any more, or note how many still do. */
static bool await_rest(struct half *half, struct error *err)
{
    static const char *const name = "instances_busy";

    for (int i = 0; i < REST_STEPS; i++) {
        if (!control_client_counters(half->options.control, &name,
                                     &half->still_busy, 1, err))
            return false;
        if (half->still_busy == 0)
            return true;
        clock_sleep_ms(clock_system(), STEP_MS);
    }
    return true;
}

/*
 * Count calls from what HALF holds.  It holds zero before the rush, so the
 * first call notes where to count from, and the second leaves the difference.
 */
static bool count_calls(struct half *half, struct error *err)
{
    static const char *const names[] = {"sql_calls", "kv_commands"};
    long long counts[2];

    if (!control_client_counters(half->options.control, names, counts, 2, err))
        return false;
    half->sql_calls = counts[0] - half->sql_calls;
    half->kv_commands = counts[1] - half->kv_commands;
    return true;
}

static bool rush(struct half *half, struct error *err)
{
    const struct buyers_options buyers = {
        .front = half->options.front,
        .path = half->options.path,
        .count = half->options.buyers,
        .progress = half->options.progress,
    };

    if (!count_calls(half, err) ||
        !buyers_rush(&buyers, half->purchases, err) || !await_rest(half, err) ||
        !count_calls(half, err))
        return false;
    count_up(half);
    return run_sql(half, "SELECT stock FROM products WHERE id = 1",
                   &half->stock, err) &&
           run_sql(half, "SELECT count(*) FROM orders", &half->orders, err);
}

/* Look at the memory of some instances, evenly chosen among all. */
static bool sample_memory(struct half *half, struct error *err)
{
    static pid_t pids[INSTANCES_MAX];
    size_t found;
    size_t sample;

    if (!control_client_pids(half->options.control, NULL, pids, INSTANCES_MAX,
                             &found, err))
        return false;
    sample = found < MEMORY_SAMPLE ? found : MEMORY_SAMPLE;
    for (size_t i = 0; i < sample; i++) {
        struct memory memory;

        if (!memory_of(pids[i * found / sample], &memory))
            continue;
        series_add(&half->resident_bytes, memory.resident_bytes);
        series_add(&half->anonymous_bytes, memory.anonymous_bytes);
    }
    return true;
}

bool half_play(struct half *half, const struct half_options *options,
               struct error *err)
{
    *half = (struct half){.options = *options};
    half->purchases =
        calloc((size_t)options->buyers, sizeof(half->purchases[0]));
    if (half->purchases == NULL) {
        error_set(err, "out of memory");
        return false;
    }
    return put_on_sale(half, err) && warm(half, err) &&
           control_client_fault(options->control, "sql", "delay_before_ms",
                                options->database_ms, err) &&
           rush(half, err) && sample_memory(half, err);
}

void half_release(struct half *half)
{
    free(half->purchases);
    series_release(&half->all_us);
    series_release(&half->resident_bytes);
    series_release(&half->anonymous_bytes);
    for (int i = 0; i < OUTCOMES; i++)
        series_release(&half->latencies_us[i]);
}
