#include "warm_report.h"

#include <stdio.h>

#define NS_PER_US 1e3
#define BYTES_PER_MB 1e6

/* Upstash's price list, pay as you go: $0.20 per 100,000 commands. */
#define DOLLARS_PER_COMMAND (0.20 / 100000)

static const char *const outcome_names[OUTCOMES] = {
    [REFUSAL] = "refusal",
    [SALE] = "sale",
};

static double median(struct series *series)
{
    return series->count ? (double)series_summary(series).median : 0;
}

static void print_cell(struct series *series)
{
    struct series_summary summary;

    if (!series->count || !series_summary(series).median) {
        (void)printf(" – |");
        return;
    }
    summary = series_summary(series);
    (void)printf(" %.0f (%.0f–%.0f) |", (double)summary.median / NS_PER_US,
                 (double)summary.min / NS_PER_US,
                 (double)summary.max / NS_PER_US);
}

static double thousandths(struct series *series)
{
    return median(series) / 1000;
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
        print_cell(&figures->client_ns);
        print_cell(&figures->answer_ns);
        print_cell(&figures->inside_ns);
        (void)printf(" %.2f |", thousandths(&figures->inside_of_bare));
        print_cell(&figures->cpu_ns);
        (void)printf(" %.0f | %.0f |\n", 1e9 / median(&figures->next_ns),
                     1e9 / median(&figures->cpu_ns));
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
    static const char *const names[WARM_SUBJECTS] = {
        [WARM_BARE] = "bare exchanges, static",
        [WARM_OURS] = "**bootstrap**",
        [WARM_NODE] = "Node",
    };

    (void)printf("\n| memory, MB, after the rounds | resident | private "
                 "| anonymous |\n|---|---|---|---|\n");
    for (int i = 0; i < WARM_SUBJECTS; i++)
        (void)printf("| %s | %.2f | %.2f | %.2f |\n", names[i],
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
            print_cell(&warm->figures[i / OUTCOMES][i % OUTCOMES][d].inside_ns);
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

/* MEASURED may not be above LIMIT, or with AT_LEAST not below it. */
static void print_target(const char *what, double limit, double measured,
                         bool at_least)
{
    bool is_met = at_least ? measured >= limit : measured <= limit;
    double gap = limit > 0 ? measured / limit * 100 - 100 : 0;

    (void)printf("| %s | %s %.4g | %.4g | ", what,
                 at_least ? "at least" : "at most", limit, measured);
    if (is_met)
        (void)printf("met |\n");
    else if (limit > 0)
        (void)printf("missed by %.0f %% |\n", gap < 0 ? -gap : gap);
    else
        (void)printf("missed |\n");
}

static void print_speed_targets(struct warm_results *warm)
{
    static const char *const texts[OUTCOMES][2] = {
        {"refusal in the instance, times the bare", "the same at 1 ms"},
        {"sale in the instance, times the bare", "the same at 1 ms"},
    };
    static const double limits[2] = {1.3, 1.03};

    for (int outcome = 0; outcome < OUTCOMES; outcome++) {
        for (int d = 0; d < 2; d++)
            print_target(
                texts[outcome][d], limits[d],
                thousandths(
                    &warm->figures[ROW_OURS][outcome][d].inside_of_bare),
                false);
    }
    for (int i = 0; i < 2; i++) {
        const int node = i ? ROW_NODE_UNFENCED : ROW_NODE;

        for (int outcome = 0; outcome < OUTCOMES; outcome++) {
            char text[128];

            (void)snprintf(text, sizeof(text),
                           "processor time of a %s, %s, Node's divided by ours",
                           outcome_names[outcome], i ? "unfenced" : "fenced");
            print_target(
                text, 10,
                thousandths(&warm->figures[node][outcome][0].cpu_of_ours),
                true);
        }
    }
}

void targets_print(struct warm_results *warm, const struct counted *counted,
                   const struct load_results *load)
{
    char text[128];
    long connections = load->soak.connections;

    for (int i = 0; i < OUTCOMES * WARM_DELAYS; i++)
        connections += warm->figures[ROW_OURS][i / WARM_DELAYS][i % WARM_DELAYS]
                           .connections;
    (void)printf("\n| target | limit | measured | |\n|---|---|---|---|\n");
    print_speed_targets(warm);
    print_target("our own allocations in a warm refusal", 0,
                 counted->allocations[REFUSAL], false);
    print_target("our own allocations in a warm sale", 0,
                 counted->allocations[SALE], false);
    (void)snprintf(text, sizeof(text),
                   "growth of private memory over %ld requests, KB "
                   "(a page is 4)",
                   load->soak.requests);
    print_target(text, 4, (double)soak_growth_bytes(&load->soak) / 1024, false);
    print_target("connections opened by them and by all warm rounds", 0,
                 (double)connections, false);
    (void)snprintf(text, sizeof(text),
                   "sales of %d freezes with both connections dead",
                   load->freeze.times);
    print_target(text, load->freeze.times, load->freeze.sold, true);
    print_target("reconnects for them", 2.0 * load->freeze.times,
                 (double)load->freeze.connections, false);
    print_target("TLS sessions that these resumed", 2.0 * load->freeze.times,
                 (double)load->freeze.resumed, true);
    print_target("requests that the doors saw for them",
                 3.0 * load->freeze.times, (double)load->freeze.requests,
                 false);
}
