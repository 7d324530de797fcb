#include "table.h"

#include <stdio.h>

void table_cell(struct series *series, double unit, int decimals)
{
    struct series_summary summary;

    if (!series->count) {
        (void)printf(" – |");
        return;
    }
    summary = series_summary(series);
    (void)printf(" %.*f (%.*f–%.*f) |", decimals, (double)summary.median / unit,
                 decimals, (double)summary.min / unit, decimals,
                 (double)summary.max / unit);
}

double table_median(struct series *series)
{
    return series->count ? (double)series_summary(series).median : -1;
}

void table_targets(const char *what)
{
    (void)printf("\n| %s | limit | measured | |\n|---|---|---|---|\n", what);
}

void table_target(const char *what, double limit, double measured,
                  bool at_least)
{
    const bool is_met = at_least ? measured >= limit : measured <= limit;
    const int decimals = measured == (double)(int64_t)measured ? 0 : 3;
    const double gap = limit > 0 ? measured / limit * 100 - 100 : 0;

    (void)printf("| %s | %s %.6g | ", what, at_least ? "at least" : "at most",
                 limit);
    if (measured < 0)
        (void)printf("– | not measured |\n");
    else if (is_met)
        (void)printf("%.*f | met |\n", decimals, measured);
    else if (limit > 0)
        (void)printf("%.*f | missed by %.1f %% |\n", decimals, measured,
                     gap < 0 ? -gap : gap);
    else
        (void)printf("%.*f | missed |\n", decimals, measured);
}
