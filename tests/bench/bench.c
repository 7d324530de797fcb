/*
 * bench: what a warm request costs, side by side.  Started by bench.sh, which
 * names the programs and the running local clouds in BENCH_... variables.
 * `bench warm` leaves out many instances and large events; `bench soak` has one
 * instance serve SOAK_REQUESTS requests, and no more.
 *
 * Prints Markdown.  Exit status: 0 whether or not the targets are met; with
 * `soak` 1 if memory grew or a connection did not last; 2 if it cannot measure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "probe.h"
#include "settings.h"
#include "soak.h"
#include "warm.h"
#include "warm_report.h"

#define ROUNDS_MAX 1000
#define SOAK_REQUESTS_MAX 10000000
/* A leak of seven bytes for each of 10,000 requests. */
#define SOAK_GROWTH_MAX_BYTES 65536

static void count_one(struct counted *counted, enum warm_row row,
                      enum warm_outcome outcome)
{
    const char *control = setting("BENCH_STATIC_CONTROL_URL");
    const struct batch_plan plan = warm_plan(row, outcome, 0);
    struct error err = {0};
    const char *program =
        setting(row == ROW_BARE ? "BENCH_BARE" : "BENCH_STATIC_SYMBOLS");

    if (!probe_instructions(program, control, plan,
                            &counted->instructions[row][outcome], &err) ||
        (row == ROW_OURS &&
         !probe_allocations(setting("BENCH_COUNTED"), control, plan,
                            &counted->allocations[outcome], &err))) {
        (void)fprintf(stderr, "bench: count: %s\n", err.text);
        exit(EXIT_FAILURE);
    }
}

static void count(struct counted *counted)
{
    static const enum warm_row rows[] = {ROW_BARE, ROW_OURS};

    for (int i = 0; i < 2 * OUTCOMES; i++)
        count_one(counted, rows[i / OUTCOMES],
                  (enum warm_outcome)(i % OUTCOMES));
}

static int measure_soak(void)
{
    static struct soak_result soak;

    warm_prepare_store("STATIC");
    soak_measure(&soak, setting_count("SOAK_REQUESTS", SOAK_REQUESTS_MAX));
    soak_print(&soak);
    if (soak_growth_bytes(&soak) <= SOAK_GROWTH_MAX_BYTES && !soak.connections)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "bench: memory grew, or connections did not last\n");
    return EXIT_FAILURE;
}

static int measure_warm(bool and_load)
{
    static struct warm_results warm;
    static struct load_results load;
    static struct counted counted;

    warm_prepare_store("STATIC");
    warm_prepare_store("BARE");
    warm_prepare_store("NODE");
    warm_measure(&warm, (int)setting_count("BENCH_ROUNDS", ROUNDS_MAX));
    count(&counted);
    warm_report_print(&warm, &counted);
    (void)fflush(stdout);
    if (and_load) {
        load_measure(&load);
        load_report_print(&load);
    }
    targets_print(&warm, &counted, and_load ? &load : NULL);
    return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
    if (argc == 1)
        return measure_warm(true);
    if (argc == 2 && strcmp(argv[1], "warm") == 0)
        return measure_warm(false);
    if (argc == 2 && strcmp(argv[1], "soak") == 0)
        return measure_soak();
    (void)fprintf(stderr, "usage: bench [warm|soak]\n");
    return EXIT_FAILURE;
}
