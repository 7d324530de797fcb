/*
 * What is counted for the rush is the difference of two readings, both taken
 * while no instance works: of the cloud's counters, and of the processor time
 * of PostgreSQL's processes.  The kernel tells how many connections there are
 * to the stores' ports.
 */
#include "act.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "base/clock.h"
#include "control_client.h"
#include "loopback.h"
#include "processor.h"

#define PRODUCT 1
#define INSTANCES_MAX 16384
#define MEMORY_SAMPLE 100

/* A process of the database that is always there. */
#define CHECKPOINTER                                                           \
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"

/*
 * How many connections the rush has used since the time %lld.  The door takes
 * the first one that is idle, so it has used as many as were busy at once.
 */
#define NOW "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
#define CONNECTIONS                                                            \
    "SELECT count(*) FROM pg_stat_activity "                                   \
    "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() "       \
    "AND extract(epoch FROM query_start) * 1000000 > %lld"

/* All that the door may have. */
#define CONNECTIONS_MAX 96
#define SLEEP "{\"query\":\"SELECT pg_sleep(1)\",\"params\":[]}"

/* ---- what buyers heard ---- */

static enum outcome outcome_of(const struct purchase *purchase)
{
    if (purchase->gave_up)
        return OUTCOME_ASKING;
    switch (purchase->status) {
    case 200:
    case 201:
        return OUTCOME_SOLD;
    case 410:
        return OUTCOME_SOLD_OUT;
    default:
        return OUTCOME_FAILED;
    }
}

static void count_up(struct act *act)
{
    for (int i = 0; i < act->options.buyers; i++) {
        const struct purchase *purchase = &act->purchases[i];
        const enum outcome outcome = outcome_of(purchase);

        act->counts[outcome]++;
        act->requests += purchase->tries;
        act->failures += purchase->failures;
        if (purchase->status == 0)
            act->unanswered++;
        else
            series_add(&act->latencies_us[outcome], purchase->latency_us);
    }
}

static int by_latency(const void *a, const void *b)
{
    const struct purchase *x = a;
    const struct purchase *y = b;

    return (x->latency_us > y->latency_us) - (x->latency_us < y->latency_us);
}

bool act_write(const struct act *act, const char *file)
{
    const size_t count = (size_t)act->options.buyers;
    struct purchase *sorted = calloc(count, sizeof(*sorted));
    FILE *data = fopen(file, "we");
    int counts[OUTCOMES] = {0};
    bool written;

    if (sorted != NULL) {
        memcpy(sorted, act->purchases, count * sizeof(*sorted));
        qsort(sorted, count, sizeof(*sorted), by_latency);
    }
    for (size_t i = 0; data != NULL && sorted != NULL && i < count; i++) {
        counts[outcome_of(&sorted[i])]++;
        (void)fprintf(data, "%.6f %d %d %d\n",
                      (double)sorted[i].latency_us / 1e6, counts[OUTCOME_SOLD],
                      counts[OUTCOME_SOLD_OUT], counts[OUTCOME_FAILED]);
    }
    written = data != NULL && fclose(data) == 0 && sorted != NULL;
    free(sorted);
    return written;
}

/* ---- the cloud ---- */

/* Run SQL; *NUMBER, if not NULL, is the number that it selects. */
static bool run_sql(const struct act *act, const char *sql, long long *number,
                    struct error *err)
{
    PGconn *db = PQconnectdb(act->options.database);
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

static bool put_on_sale(const struct act *act, struct error *err)
{
    char sql[128];

    (void)snprintf(sql, sizeof(sql),
                   "UPDATE products SET stock = %d WHERE id = 1",
                   act->options.tickets);
    return run_sql(act, sql, NULL, err);
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

/*
 * Have the door open all its connections to the database, as a pooler that has
 * worked before: so many calls at once that each needs one.
 */
static bool warm_database(const struct act *act, struct error *err)
{
    int fds[CONNECTIONS_MAX];
    char field[1024];
    char answer[4096];
    int answered = 0;

    (void)snprintf(field, sizeof(field), "Neon-Connection-String: %s\r\n",
                   act->options.connection_string);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        fds[i] = ask_start(&(struct ask_request){
            .url = act->options.sql_plain, .body = SLEEP, .fields = field});
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        if (fds[i] < 0)
            continue;
        answered += loopback_read(fds[i], answer, sizeof(answer)) > 0 &&
                    loopback_status(answer) == 200;
        close(fds[i]);
    }
    if (answered == CONNECTIONS_MAX)
        return true;
    error_set(err, "the door to the database: only %d of %d answers", answered,
              CONNECTIONS_MAX);
    return false;
}

static bool warm(struct act *act, struct error *err)
{
    int64_t began_ms = clock_boottime_ms(clock_system());

    if (!control_client_warm(act->options.control, act->options.instances,
                             act->options.progress, err))
        return false;
    act->warm_s = (double)(clock_boottime_ms(clock_system()) - began_ms) / 1000;
    act->kv_connections = connections_to(act->options.kv);
    act->sql_connections = connections_to(act->options.sql);
    act->all_memory_bytes =
        act->options.available_bytes - memory_available_bytes();
    if (act->all_memory_bytes < 0)
        act->all_memory_bytes = 0;
    return true;
}

/*
 * Count from what ACT holds.  It holds zero before the rush, so the first call
 * notes where to count from, and the second leaves the difference.
 */
static bool count_work(struct act *act, struct error *err)
{
    static const char *const names[] = {"sql_calls", "kv_commands"};
    long long counts[2];
    long long process;

    if (!control_client_counters(act->options.control, names, counts, 2, err) ||
        !run_sql(act, CHECKPOINTER, &process, err))
        return false;
    act->sql_calls = counts[0] - act->sql_calls;
    act->kv_commands = counts[1] - act->kv_commands;
    act->database_ns = processor_siblings_ns((pid_t)process) - act->database_ns;
    return true;
}

static bool rush(struct act *act, struct error *err)
{
    char url[256];
    char connections[256];
    long long begin_us;
    const struct buyers_options buyers = {
        .wish = {.url = url, .product = PRODUCT},
        .count = act->options.buyers,
        .patience_ms = act->options.patience_s * 1000LL,
        .progress = act->options.progress,
    };

    (void)snprintf(url, sizeof(url), "%s%s", act->options.front,
                   act->options.path);
    if (!run_sql(act, NOW, &begin_us, err) || !count_work(act, err) ||
        !buyers_rush(&buyers, act->purchases, err) ||
        !control_client_rest(act->options.control, &act->still_busy, err) ||
        !count_work(act, err))
        return false;
    count_up(act);
    (void)snprintf(connections, sizeof(connections), CONNECTIONS, begin_us);
    return run_sql(act, "SELECT stock FROM products WHERE id = 1", &act->stock,
                   err) &&
           run_sql(act, "SELECT count(*) FROM orders", &act->orders, err) &&
           run_sql(act, connections, &act->database_connections, err);
}

/* Look at the memory of some instances, evenly chosen among all. */
static bool sample_memory(struct act *act, struct error *err)
{
    static pid_t pids[INSTANCES_MAX];
    size_t found;
    size_t sample;

    if (!control_client_pids(act->options.control, NULL, pids, INSTANCES_MAX,
                             &found, err))
        return false;
    sample = found < MEMORY_SAMPLE ? found : MEMORY_SAMPLE;
    for (size_t i = 0; i < sample; i++) {
        struct memory memory;

        if (!memory_of(pids[i * found / sample], &memory))
            continue;
        series_add(&act->resident_bytes, memory.resident_bytes);
        series_add(&act->anonymous_bytes, memory.anonymous_bytes);
    }
    return true;
}

bool act_play(struct act *act, const struct act_options *options,
              struct error *err)
{
    *act = (struct act){.options = *options};
    act->purchases = calloc((size_t)options->buyers, sizeof(act->purchases[0]));
    if (act->purchases == NULL) {
        error_set(err, "out of memory");
        return false;
    }
    return put_on_sale(act, err) && warm(act, err) && warm_database(act, err) &&
           control_client_fault(options->control, "sql", "delay_before_ms",
                                options->database_ms, err) &&
           rush(act, err) && sample_memory(act, err);
}

void act_release(struct act *act)
{
    free(act->purchases);
    series_release(&act->resident_bytes);
    series_release(&act->anonymous_bytes);
    for (int i = 0; i < OUTCOMES; i++)
        series_release(&act->latencies_us[i]);
}
