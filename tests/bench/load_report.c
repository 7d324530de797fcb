/*
 * Prints what load.h has measured as tables in Markdown, a row for each run.
 * bench.gp draws from them, by the words in their heads and first cells.
 */
#include <stdio.h>

#include "warm_report.h"

#define BYTES_PER_MB 1e6

static double per_second(const struct fleet_result *result, long count)
{
    return result->seconds > 0 ? (double)count / result->seconds : 0;
}

static void print_fleet(const struct fleet_result *result)
{
    const long all = result->sold + result->refused + result->other;

    (void)printf(" %.0f | %.0f | %ld | %.0f | %.1f |",
                 per_second(result, result->refused),
                 per_second(result, result->sold), result->other,
                 all ? (double)result->cpu_ns / 1e3 / (double)all : 0,
                 (double)result->private_bytes / BYTES_PER_MB);
}

static void print_growth(const struct load_results *load)
{
    (void)printf("\n| instances, each asked again at once | refusals per s "
                 "| sales per s | other answers | processor time each, µs "
                 "| private memory of all, MB |\n|---|---|---|---|---|---|\n");
    for (int i = 0; i < WARM_SUBJECTS * GROWTH_STEPS * 2; i++) {
        const int which = i / (GROWTH_STEPS * 2);
        const int step = i / 2 % GROWTH_STEPS;
        const struct fleet_result *result = &load->growth[which][step][i % 2];

        if (result->seconds <= 0)
            continue;
        (void)printf("| %s, %d, %s |", warm_subject_names[which],
                     growth_instances[step],
                     i % 2 ? "a lock for each" : "one lock");
        print_fleet(result);
        (void)printf("\n");
    }
}

static void print_delays(const char *what)
{
    (void)printf("\n| %s |", what);
    for (int d = 0; d < HOT_DELAYS; d++)
        (void)printf(" %d ms |", hot_delays_ms[d]);
    (void)printf("\n|---|---|---|---|\n");
}

static void print_sales(const struct fleet_result results[HOT_DELAYS])
{
    for (int d = 0; d < HOT_DELAYS; d++)
        (void)printf(" %.0f (%.0f) |", per_second(&results[d], results[d].sold),
                     per_second(&results[d], results[d].refused));
    (void)printf("\n");
}

static void print_hot(const struct load_results *load)
{
    char text[128];

    print_delays("sales (refusals) per s on one lock, both stores wait");
    for (int step = 0; step < HOT_STEPS; step++) {
        (void)printf("| %d instances |", few_instances[step]);
        print_sales(load->few[step]);
    }
    (void)snprintf(text, sizeof(text),
                   "sales (refusals) per s of %d instances, both stores wait",
                   HOT_INSTANCES);
    print_delays(text);
    for (int step = 0; step < HOT_STEPS; step++) {
        (void)printf("| %d locks |", hot_locks[step]);
        print_sales(load->hot[step]);
    }
}

static void print_events(struct load_results *load)
{
    (void)printf(
        "\n| body of the event, bytes | answered | at the Runtime API, "
        "µs: median (min–max) |\n|---|---|---|\n");
    for (int i = 0; i < EVENT_SIZES; i++) {
        const struct series_summary summary =
            series_summary(&load->event_ns[i]);

        (void)printf("| %zu | %d | %.0f (%.0f–%.0f) |\n", event_sizes[i],
                     load->event_status[i], (double)summary.median / 1e3,
                     (double)summary.min / 1e3, (double)summary.max / 1e3);
    }
}

void load_report_print(struct load_results *load)
{
    print_growth(load);
    print_hot(load);
    print_events(load);
}
