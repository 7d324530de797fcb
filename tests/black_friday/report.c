/*
 * Words for a person: each line has a function.  The verdict is a table of
 * mistakes, so that each is named and none hides another.
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

#define US_PER_MS 1000.0
#define US_PER_S 1e6
#define BYTES_PER_MB 1e6
#define BYTES_PER_GB 1e9
#define STATUS_MAX 600

const char *report_number(long long number, char text[static REPORT_NUMBER_MAX])
{
    char digits[REPORT_NUMBER_MAX];
    int len = snprintf(digits, sizeof(digits), "%lld", number);
    int at = 0;

    for (int i = 0; i < len && at < REPORT_NUMBER_MAX - 1; i++) {
        text[at++] = digits[i];
        if ((len - 1 - i) % 3 == 0 && i < len - 1 && digits[i] != '-')
            text[at++] = ',';
    }
    text[at] = '\0';
    return text;
}

/* ---- what happened ---- */

/* COUNT buyers, of whom US are those who got an answer. */
static void print_outcome(const char *name, long long count, struct series *us)
{
    char buyers[REPORT_NUMBER_MAX];

    printf("  %-16s %9s", name, report_number(count, buyers));
    if (us->count > 0)
        printf(" %10.1f %10.1f %10.1f",
               (double)series_percentile(us, 50) / US_PER_MS,
               (double)series_percentile(us, 99) / US_PER_MS,
               (double)series_percentile(us, 100) / US_PER_MS);
    printf("\n");
}

static void print_outcomes(struct half *half)
{
    static const char *const names[] = {
        [OUTCOME_SOLD] = "sold (201)",
        [OUTCOME_REFUSED] = "refused (409)",
        [OUTCOME_SOLD_OUT] = "sold out (410)",
        [OUTCOME_FAILED] = "errors",
    };

    printf("  %-16s %9s %10s %10s %10s\n", "", "buyers", "p50 ms", "p99 ms",
           "max ms");
    for (int i = 0; i < OUTCOMES; i++)
        print_outcome(names[i],
                      (long long)half->latencies_us[i].count +
                          (i == OUTCOME_FAILED ? half->unanswered : 0),
                      &half->latencies_us[i]);
}

/* Which statuses, and how many of each, were none of those expected. */
static void print_errors(const struct half *half)
{
    int counts[STATUS_MAX] = {0};

    for (int i = 0; i < half->options.buyers; i++) {
        int status = half->purchases[i].status;

        if (status >= 0 && status < STATUS_MAX)
            counts[status]++;
    }
    for (int i = 0; i < STATUS_MAX; i++) {
        if (counts[i] == 0 || i == 201 || i == 409 || i == 410)
            continue;
        if (i == 0)
            printf("    no answer: %d\n", counts[i]);
        else
            printf("    status %d: %d\n", i, counts[i]);
    }
}

static void print_stock(const struct half *half)
{
    long long oversold = half->orders - half->options.tickets;
    char orders[REPORT_NUMBER_MAX];
    char text[REPORT_NUMBER_MAX];

    printf("  in the database: %s order%s, stock %lld of %d",
           report_number(half->orders, orders), half->orders == 1 ? "" : "s",
           half->stock, half->options.tickets);
    if (oversold > 0)
        printf(": oversold by %s\n", report_number(oversold, text));
    else if (half->orders + half->stock == half->options.tickets)
        printf(": it adds up\n");
    else
        printf(": IT DOES NOT ADD UP\n");
}

static void print_calls(const struct half *half)
{
    char calls[REPORT_NUMBER_MAX];
    char commands[REPORT_NUMBER_MAX];

    printf("  database calls: %s; commands of the store, as billed: %s\n",
           report_number(half->sql_calls, calls),
           report_number(half->kv_commands, commands));
    if (half->still_busy > 0)
        printf("    and more: when they were counted %lld of the instances "
               "still worked\n",
               half->still_busy);
}

/* How many of US came per second; none where there were none. */
static long long rate_of(struct series *us)
{
    int64_t last_us = series_percentile(us, 100);

    return last_us > 0
               ? (long long)((double)us->count * US_PER_S / (double)last_us)
               : 0;
}

static void print_rates(struct half *half)
{
    struct series *refused = &half->latencies_us[OUTCOME_REFUSED];
    double last_s = (double)series_percentile(&half->all_us, 100) / US_PER_S;
    char rate[REPORT_NUMBER_MAX];

    if (refused->count > 0)
        printf("  refusals per second: %s\n",
               report_number(rate_of(refused), rate));
    if (half->all_us.count > 0)
        printf("  answers per second: %s; the last came after %.2f s\n",
               report_number(rate_of(&half->all_us), rate), last_s);
    else
        printf("  nobody got an answer\n");
}

static void print_instance(struct half *half)
{
    if (half->resident_bytes.count == 0)
        printf("  what an instance has in memory could not be measured\n");
    else
        printf("  an instance has %.2f MB in memory, %.2f MB of it its own "
               "(median of %zu)\n",
               (double)series_percentile(&half->resident_bytes, 50) /
                   BYTES_PER_MB,
               (double)series_percentile(&half->anonymous_bytes, 50) /
                   BYTES_PER_MB,
               half->resident_bytes.count);
}

void report_print(struct half *half)
{
    char instances[REPORT_NUMBER_MAX];
    char kv[REPORT_NUMBER_MAX];
    char sql[REPORT_NUMBER_MAX];

    printf("  %s instances were up after %.1f s, with %s TLS connections to "
           "the store\n"
           "  and %s to the database API; the whole cloud took %.1f GB of "
           "memory\n",
           report_number(half->options.instances, instances), half->warm_s,
           report_number(half->kv_connections, kv),
           report_number(half->sql_connections, sql),
           (double)half->all_memory_bytes / BYTES_PER_GB);
    print_outcomes(half);
    print_errors(half);
    print_stock(half);
    print_calls(half);
    print_rates(half);
    print_instance(half);
    (void)fflush(stdout);
}

/* ---- whether it was right ---- */

bool report_judge(const struct half *half)
{
    long long sold = (long long)half->latencies_us[OUTCOME_SOLD].count;
    long long let_in =
        sold + (long long)half->latencies_us[OUTCOME_SOLD_OUT].count;
    const struct {
        const char *mistake;
        bool made;
    } mistakes[] = {
        {"not every instance was connected to both stores",
         half->kv_connections < half->options.instances ||
             half->sql_connections < half->options.instances},
        {"nothing was sold", sold == 0},
        {"more was sold than there was", sold > half->options.tickets},
        {"orders are not what buyers were told", half->orders != sold},
        {"stock and orders do not add up",
         half->stock + half->orders != half->options.tickets},
        {"buyers got errors", half->latencies_us[OUTCOME_FAILED].count > 0},
        {"buyers got no answer", half->unanswered > 0},
        {"instances still worked when calls were counted",
         half->still_busy > 0},
        {"refused requests made database calls", half->sql_calls > let_in},
    };
    bool good = true;

    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        if (mistakes[i].made)
            printf("  WRONG: %s\n", mistakes[i].mistake);
        good = good && !mistakes[i].made;
    }
    return good;
}
