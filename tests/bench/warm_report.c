/*
 * Prints what warm.h has measured as tables in Markdown, then the targets of
 * warm requests and of load.h.  bench.gp draws from the tables, by the words in
 * their heads and first cells.
 */
#include "warm_report.h"

#include <stdio.h>

#include "table.h"

#define NS_PER_US 1e3
#define BYTES_PER_MB 1e6

/* Upstash's price list, pay as you go: $0.20 per 100,000 commands. */
#define DOLLARS_PER_COMMAND (0.20 / 100000)

static const char *const outcome_names[OUTCOMES] = {
    [REFUSAL] = "refusal",
    [SALE] = "sale",
};

/* A median of ratios, which series_ratio() gives in thousandths. */
static double ratio(struct series *series)
{
    return table_median(series) < 0 ? -1 : table_median(series) / 1000;
}

static void print_per_second(struct series *series)
{
    if (table_median(series) > 0)
        (void)printf(" %.0f |", 1e9 / table_median(series));
    else
        (void)printf(" – |");
}

/* ---- a warm request ---- */

static void print_times(struct warm_results *warm, enum warm_outcome outcome)
{
    (void)printf(
        "\n| %s, µs: median (min–max) of the rounds' medians | at the client "
        "| at the Runtime API | in the instance | times the bare "
        "| processor time | one instance, per s | per s of processor time |\n"
        "|---|---|---|---|---|---|---|---|\n",
        outcome_names[outcome]);
    for (int i = 0; i < ROWS; i++) {
        struct warm_figures *figures = &warm->figures[i][outcome][0];

        (void)printf("| %s |", warm_names[i]);
        table_cell(&figures->client_ns, NS_PER_US, 0);
        table_cell(&figures->answer_ns, NS_PER_US, 0);
        table_cell(&figures->inside_ns, NS_PER_US, 0);
        if (figures->inside_of_bare.count)
            (void)printf(" %.2f |", ratio(&figures->inside_of_bare));
        else
            (void)printf(" – |");
        table_cell(&figures->cpu_ns, NS_PER_US, 0);
        print_per_second(&figures->next_ns);
        print_per_second(&figures->cpu_ns);
        (void)printf("\n");
    }
}

static void print_counts(const struct warm_results *warm,
                         const struct counted *counted)
{
    (void)printf("\n| for each request | instructions in user space "
                 "| requests to the KV | to the database | billed commands "
                 "| dollars for KV commands |\n|---|---|---|---|---|---|\n");
    for (int i = 0; i < ROWS * OUTCOMES; i++) {
        const int row = i / OUTCOMES;
        const int outcome = i % OUTCOMES;
        const struct warm_figures *figures = &warm->figures[row][outcome][0];
        const double each = figures->kv_commands * DOLLARS_PER_COMMAND;

        (void)printf("| %s, %s |", warm_names[row], outcome_names[outcome]);
        if (counted->instructions[row][outcome] > 0)
            (void)printf(" %.0f |", counted->instructions[row][outcome]);
        else
            (void)printf(" – |");
        (void)printf(" %.2f | %.2f | %.2f |", figures->kv_requests,
                     figures->sql_requests, figures->kv_commands);
        if (outcome == REFUSAL)
            (void)printf(" %.2f for a million |\n", each * 1e6);
        else
            (void)printf(" %.4f for a thousand |\n", each * 1e3);
    }
}

static void print_memory(const struct warm_results *warm)
{
    (void)printf("\n| memory, MB, after the rounds | resident | private "
                 "| anonymous |\n|---|---|---|---|\n");
    for (int i = 0; i < WARM_SUBJECTS; i++)
        (void)printf("| %s | %.2f | %.2f | %.2f |\n", warm_subject_names[i],
                     (double)warm->memory[i].resident_bytes / BYTES_PER_MB,
                     (double)warm->memory[i].private_bytes / BYTES_PER_MB,
                     (double)warm->memory[i].anonymous_bytes / BYTES_PER_MB);
}

static void print_delays(struct warm_results *warm)
{
    (void)printf("\n| in the instance, µs, where both stores wait |");
    for (int d = 0; d < WARM_DELAYS; d++)
        (void)printf(" %d ms |", warm_delays_ms[d]);
    (void)printf("\n|---|---|---|---|---|\n");
    for (int i = 0; i < ROWS * OUTCOMES; i++) {
        (void)printf("| %s, %s |", warm_names[i / OUTCOMES],
                     outcome_names[i % OUTCOMES]);
        for (int d = 0; d < WARM_DELAYS; d++)
            table_cell(&warm->figures[i / OUTCOMES][i % OUTCOMES][d].inside_ns,
                       NS_PER_US, 0);
        (void)printf("\n");
    }
}

void warm_report_print(struct warm_results *warm, const struct counted *counted)
{
    print_times(warm, REFUSAL);
    print_times(warm, SALE);
    print_counts(warm, counted);
    print_memory(warm);
    print_delays(warm);
}

/* ---- the targets ---- */

static void print_speed_targets(struct warm_results *warm)
{
    static const char *const texts[OUTCOMES][2] = {
        {"refusal in the instance, times the bare", "the same at 1 ms"},
        {"sale in the instance, times the bare", "the same at 1 ms"},
    };
    static const double limits[2] = {1.3, 1.03};

    for (int outcome = 0; outcome < OUTCOMES; outcome++) {
        for (int d = 0; d < 2; d++)
            table_target(
                texts[outcome][d], limits[d],
                ratio(&warm->figures[ROW_OURS][outcome][d].inside_of_bare),
                false);
    }
    for (int row = ROW_NODE; row <= ROW_NODE_BEST; row++) {
        for (int outcome = 0; outcome < OUTCOMES; outcome++) {
            char text[128];

            (void)snprintf(text, sizeof(text),
                           "processor time of a %s, times ours: %s",
                           outcome_names[outcome], warm_names[row]);
            table_target(text, 10,
                         ratio(&warm->figures[row][outcome][0].cpu_of_ours),
                         true);
        }
    }
    for (int row = ROW_GO; row <= ROW_GO_BEST; row++) {
        char text[128];

        (void)snprintf(text, sizeof(text),
                       "processor time of a refusal, times ours: %s",
                       warm_names[row]);
        table_target(text, 3,
                     ratio(&warm->figures[row][REFUSAL][0].cpu_of_ours), true);
    }
}

static void print_load_targets(const struct warm_results *warm,
                               const struct load_results *load)
{
    char text[128];
    long connections = load->soak.connections;

    for (int i = 0; i < OUTCOMES * WARM_DELAYS; i++)
        connections += warm->figures[ROW_OURS][i / WARM_DELAYS][i % WARM_DELAYS]
                           .connections;
    (void)snprintf(text, sizeof(text),
                   "growth of anonymous memory over %ld requests, KB",
                   load->soak.requests);
    table_target(text, 0, (double)soak_growth_bytes(&load->soak) / 1024, false);
    table_target("connections opened by them and by all warm rounds", 0,
                 (double)connections, false);
    (void)snprintf(text, sizeof(text),
                   "sales of %d freezes with both connections dead",
                   load->freeze.times);
    table_target(text, load->freeze.times, load->freeze.sold, true);
    table_target("connections opened for them", 2.0 * load->freeze.times,
                 (double)load->freeze.connections, false);
    table_target("TLS sessions that these resumed", 2.0 * load->freeze.times,
                 (double)load->freeze.resumed, true);
    table_target("requests that the doors saw for them",
                 3.0 * load->freeze.times, (double)load->freeze.requests,
                 false);
}

void targets_print(struct warm_results *warm, const struct counted *counted,
                   const struct load_results *load)
{
    table_targets("target");
    print_speed_targets(warm);
    table_target("our own allocations in a warm refusal", 0,
                 counted->allocations[REFUSAL], false);
    table_target("our own allocations in a warm sale", 0,
                 counted->allocations[SALE], false);
    if (load)
        print_load_targets(warm, load);
}
