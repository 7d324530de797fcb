/*
 * start: how fast the function starts, side by side with others. start.sh
 * starts it and names the programs and the running local clouds in BENCH_...
 * variables.
 *
 * Every round starts every program once.  The order changes from round to
 * round, so that other work of the machine hits all alike.
 *
 * Exit status: 0 whether or not the budgets are met; 1 or 2 if it cannot
 * measure.
 */
#include <stdio.h>
#include <stdlib.h>

#include "environment.h"
#include "launch.h"
#include "memory.h"
#include "report.h"
#include "sale.h"
#include "settings.h"

#define WARM_UP_ROUNDS 2
#define ROUNDS_MAX 1000

/* Nobody listens here: the kernel gives nobody a port below 1024 unasked. */
#define REFUSING_KV "https://127.0.0.1:2"
#define REFUSING_SQL "https://127.0.0.1:3/sql"

struct bench {
    struct launcher launcher;
    struct candidate *candidates;
    char api[32]; /* 127.0.0.1:port */
    int rounds;
};

/* Start CANDIDATE as Lambda does, with the stores at these addresses. */
static bool start(struct bench *bench, const struct candidate *candidate,
                  const char *kv, const char *sql, struct launched *launched,
                  struct error *err)
{
    struct environment env;
    char path[ENVIRONMENT_VARIABLE_MAX];
    char *argv[] = {path, NULL};

    (void)snprintf(path, sizeof(path), "%s", candidate->path);
    environment_fill(&env, bench->api, kv, sql);
    if (launch(&bench->launcher, argv, env.list, launched, err))
        return true;
    (void)fprintf(stderr, "start: %s: %s\n", candidate->name, err->text);
    return false;
}

static void start_refused(struct bench *bench, struct candidate *candidate,
                          bool counts)
{
    struct launched launched;
    struct error err = {0};

    /* The handshakes need a store. */
    if (!candidate->asks_alone)
        return;
    if (!start(bench, candidate, REFUSING_KV, REFUSING_SQL, &launched, &err))
        exit(EXIT_FAILURE);
    launch_end(&launched);
    if (counts)
        series_add(&candidate->refused_ns, launched.ask_ns);
}

static void start_connected(struct bench *bench, struct candidate *candidate,
                            bool counts)
{
    struct launched launched;
    struct memory memory;
    struct error err = {0};

    if (!candidate->uses_stores)
        return;
    if (!start(bench, candidate, setting("BENCH_KV_URL"),
               setting("BENCH_SQL_URL"), &launched, &err) ||
        !memory_of(launched.pid, &memory))
        exit(EXIT_FAILURE);
    launch_end(&launched);
    if (!counts)
        return;
    if (candidate->connects)
        series_add(&candidate->connected_ns, launched.ask_ns);
    series_add(&candidate->resident_bytes, memory.resident_bytes);
    series_add(&candidate->private_bytes, memory.private_bytes);
    series_add(&candidate->anonymous_bytes, memory.anonymous_bytes);
}

static void sell_cold(struct bench *bench, struct candidate *candidate,
                      bool counts)
{
    int64_t elapsed_ns;
    struct error err = {0};

    (void)bench;
    if (!candidate->cloud.front)
        return;
    if (!sale_cold(&candidate->cloud, &elapsed_ns, &err)) {
        (void)fprintf(stderr, "start: %s: %s\n", candidate->name, err.text);
        exit(EXIT_FAILURE);
    }
    if (counts)
        series_add(&candidate->sale_ns, elapsed_ns);
}

static void each_round(struct bench *bench,
                       void measure(struct bench *, struct candidate *, bool))
{
    for (int round = 0; round < bench->rounds + WARM_UP_ROUNDS; round++) {
        for (int i = 0; i < CANDIDATE_COUNT; i++)
            measure(bench, &bench->candidates[(i + round) % CANDIDATE_COUNT],
                    round >= WARM_UP_ROUNDS);
    }
}

/* The programs, and the clouds that run them, as start.sh names them. */
static void name_candidates(struct candidate candidates[CANDIDATE_COUNT])
{
    static const struct candidate known[CANDIDATE_COUNT] = {
        [CANDIDATE_FLOOR] = {.name = "a bare socket, static",
                             .asks_alone = true},
        [CANDIDATE_HANDSHAKES] = {.name = "two bare TLS handshakes, static",
                                  .uses_stores = true,
                                  .connects = true},
        [CANDIDATE_STATIC] = {.name = "**bootstrap, static**",
                              .asks_alone = true,
                              .uses_stores = true,
                              .connects = true},
        [CANDIDATE_DYNAMIC] = {.name = "bootstrap, dynamically linked",
                               .asks_alone = true,
                               .uses_stores = true,
                               .connects = true},
        [CANDIDATE_NODE] = {.name = "Node with the vendors' three packages",
                            .asks_alone = true,
                            .uses_stores = true},
        [CANDIDATE_GO] = {.name = "Go, no client",
                          .asks_alone = true,
                          .uses_stores = true,
                          .connects = true},
    };

    for (int i = 0; i < CANDIDATE_COUNT; i++)
        candidates[i] = known[i];
    candidates[CANDIDATE_FLOOR].path = setting("BENCH_FLOOR");
    candidates[CANDIDATE_HANDSHAKES].path = setting("BENCH_HANDSHAKES");
    candidates[CANDIDATE_STATIC].path = setting("BENCH_STATIC");
    candidates[CANDIDATE_DYNAMIC].path = setting("BENCH_DYNAMIC");
    candidates[CANDIDATE_NODE].path = setting("BENCH_NODE");
    candidates[CANDIDATE_GO].path = setting("BENCH_GO");
    candidates[CANDIDATE_STATIC].cloud =
        (struct sale_cloud){setting("BENCH_STATIC_FUNCTION_URL"),
                            setting("BENCH_STATIC_CONTROL_URL")};
    candidates[CANDIDATE_DYNAMIC].cloud =
        (struct sale_cloud){setting("BENCH_DYNAMIC_FUNCTION_URL"),
                            setting("BENCH_DYNAMIC_CONTROL_URL")};
    candidates[CANDIDATE_NODE].cloud = (struct sale_cloud){
        setting("BENCH_NODE_FUNCTION_URL"), setting("BENCH_NODE_CONTROL_URL")};
    candidates[CANDIDATE_GO].cloud = (struct sale_cloud){
        setting("BENCH_GO_FUNCTION_URL"), setting("BENCH_GO_CONTROL_URL")};
}

int main(void)
{
    static struct candidate candidates[CANDIDATE_COUNT];
    struct bench bench = {.candidates = candidates};
    struct error err = {0};

    name_candidates(candidates);
    bench.rounds = (int)setting_count("BENCH_RUNS", ROUNDS_MAX);
    if (!launcher_open(&bench.launcher, &err)) {
        (void)fprintf(stderr, "start: %s\n", err.text);
        return EXIT_FAILURE;
    }
    (void)snprintf(bench.api, sizeof(bench.api), "127.0.0.1:%d",
                   bench.launcher.port);
    each_round(&bench, start_refused);
    each_round(&bench, start_connected);
    each_round(&bench, sell_cold);
    launcher_close(&bench.launcher);
    report_print(candidates, strtoll(setting("BENCH_ZIP_BYTES"), NULL, 10));
    return EXIT_SUCCESS;
}
