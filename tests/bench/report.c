/*
 * Prints the medians of all starts as Markdown, first the candidates' table,
 * then the budgets as ratios of two medians.
 */
#include "report.h"

#include <stdio.h>

#include "table.h"

#define NS_PER_MS 1e6
#define BYTES_PER_MB 1e6

/* ---- the candidates ---- */

static void print_candidates(struct candidate candidates[CANDIDATE_COUNT])
{
    (void)printf("| median (min–max) | exec to first GET /next, ms "
                 "| exec to both stores connected, ms | first sale, ms "
                 "| resident, MB | private, MB | anonymous, MB |\n"
                 "|---|---|---|---|---|---|---|\n");
    for (int i = 0; i < CANDIDATE_COUNT; i++) {
        struct candidate *candidate = &candidates[i];

        (void)printf("| %s |", candidate->name);
        table_cell(&candidate->refused_ns, NS_PER_MS, 2);
        table_cell(&candidate->connected_ns, NS_PER_MS, 2);
        table_cell(&candidate->sale_ns, NS_PER_MS, 2);
        table_cell(&candidate->resident_bytes, BYTES_PER_MB, 2);
        table_cell(&candidate->private_bytes, BYTES_PER_MB, 2);
        table_cell(&candidate->anonymous_bytes, BYTES_PER_MB, 2);
        (void)printf("\n");
    }
}

static void print_notes(void)
{
    (void)printf(
        "\n"
        "- First GET /next: both stores refuse connections.\n"
        "- Both stores connected: over TLS, as seen by the GET /next that\n"
        "  follows; Node connects with its first sale.\n"
        "- First sale: from a client's connecting to a local cloud without\n"
        "  instances to the last byte of its answer.\n"
        "- Memory: at GET /next with both stores up, by smaps_rollup.  "
        "Private\n"
        "  are also the pages of a file that nobody else runs.\n");
}

/* ---- the budgets ---- */

static void print_budgets(struct candidate candidates[CANDIDATE_COUNT],
                          int64_t zip_bytes)
{
    struct candidate *ours = &candidates[CANDIDATE_STATIC];
    double asked = table_median(&ours->refused_ns);

    table_targets("budget of the static bootstrap");
    table_target("first GET /next, times the bare socket", 1.5,
                 asked / table_median(&candidates[CANDIDATE_FLOOR].refused_ns),
                 false);
    table_target(
        "first GET /next, times faster than the dynamic build", 3,
        table_median(&candidates[CANDIDATE_DYNAMIC].refused_ns) / asked, true);
    table_target("first GET /next, times faster than Node", 15,
                 table_median(&candidates[CANDIDATE_NODE].refused_ns) / asked,
                 true);
    table_target(
        "connected, times two bare handshakes", 1.3,
        table_median(&ours->connected_ns) /
            table_median(&candidates[CANDIDATE_HANDSHAKES].connected_ns),
        false);
    table_target("resident, connected, MB", 6,
                 table_median(&ours->resident_bytes) / BYTES_PER_MB, false);
    table_target("anonymous, connected, MB", 1.2,
                 table_median(&ours->anonymous_bytes) / BYTES_PER_MB, false);
    table_target("zipped, MB", 3, (double)zip_bytes / BYTES_PER_MB, false);
}

void report_print(struct candidate candidates[CANDIDATE_COUNT],
                  int64_t zip_bytes)
{
    print_candidates(candidates);
    print_notes();
    print_budgets(candidates, zip_bytes);
}
