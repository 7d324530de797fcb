#include "report.h"

#include <stdio.h>

#define NS_PER_MS 1e6
#define BYTES_PER_MB 1e6

/* ---- the candidates ---- */

static void print_cell(struct series *series, double unit)
{
    struct series_summary summary;

    if (!series->count) {
        (void)printf(" – |");
        return;
    }
    summary = series_summary(series);
    (void)printf(" %.2f (%.2f–%.2f) |", (double)summary.median / unit,
                 (double)summary.min / unit, (double)summary.max / unit);
}

static void print_candidates(struct candidate candidates[CANDIDATE_COUNT])
{
    (void)printf("| median (min–max) | exec to first GET /next, ms "
                 "| exec to both stores connected, ms | first sale, ms "
                 "| resident, MB | private, MB | anonymous, MB |\n"
                 "|---|---|---|---|---|---|---|\n");
    for (int i = 0; i < CANDIDATE_COUNT; i++) {
        struct candidate *candidate = &candidates[i];

        (void)printf("| %s |", candidate->name);
        print_cell(&candidate->refused_ns, NS_PER_MS);
        print_cell(&candidate->connected_ns, NS_PER_MS);
        print_cell(&candidate->sale_ns, NS_PER_MS);
        print_cell(&candidate->resident_bytes, BYTES_PER_MB);
        print_cell(&candidate->private_bytes, BYTES_PER_MB);
        print_cell(&candidate->anonymous_bytes, BYTES_PER_MB);
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

static double median(struct series *series)
{
    return (double)series_summary(series).median;
}

/* One line; MEASURED may not be above LIMIT, or with AT_LEAST not below it. */
static void print_budget(const char *what, double limit, const char *unit,
                         double measured, bool at_least)
{
    bool is_met = at_least ? measured >= limit : measured <= limit;
    double gap = measured / limit * 100 - 100;

    (void)printf("| %s | %s %.1f%s | %.2f%s | ", what,
                 at_least ? "at least" : "at most", limit, unit, measured,
                 unit);
    if (is_met)
        (void)printf("met |\n");
    else
        (void)printf("missed by %.1f %% |\n", gap < 0 ? -gap : gap);
}

static void print_budgets(struct candidate candidates[CANDIDATE_COUNT],
                          int64_t zip_bytes)
{
    struct candidate *ours = &candidates[CANDIDATE_STATIC];
    double asked = median(&ours->refused_ns);

    (void)printf("\n| budget of the static bootstrap | limit | measured | |\n"
                 "|---|---|---|---|\n");
    print_budget(
        "first GET /next, compared with the bare socket", 1.5, " times",
        asked / median(&candidates[CANDIDATE_FLOOR].refused_ns), false);
    print_budget("first GET /next, faster than the dynamic build", 3, " times",
                 median(&candidates[CANDIDATE_DYNAMIC].refused_ns) / asked,
                 true);
    print_budget("first GET /next, faster than Node", 15, " times",
                 median(&candidates[CANDIDATE_NODE].refused_ns) / asked, true);
    print_budget("connected, compared with two bare handshakes", 1.3, " times",
                 median(&ours->connected_ns) /
                     median(&candidates[CANDIDATE_HANDSHAKES].connected_ns),
                 false);
    print_budget("resident, connected", 6, " MB",
                 median(&ours->resident_bytes) / BYTES_PER_MB, false);
    print_budget("anonymous, connected", 1.2, " MB",
                 median(&ours->anonymous_bytes) / BYTES_PER_MB, false);
    print_budget("zipped", 3, " MB", (double)zip_bytes / BYTES_PER_MB, false);
}

void report_print(struct candidate candidates[CANDIDATE_COUNT],
                  int64_t zip_bytes)
{
    print_candidates(candidates);
    print_notes();
    print_budgets(candidates, zip_bytes);
}
