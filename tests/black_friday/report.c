/*
 * Words for a person: each line has a function.  The verdict is a table of
 * mistakes, so that each is named and none hides another.
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

#define US_PER_S 1e6
#define NS_PER_S 1e9
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

/* COUNT buyers; US is when those of them knew who got an answer. */
static void print_outcome(const char *name, long long count, struct series *us)
{
    char buyers[REPORT_NUMBER_MAX];

    printf("  %-28s %9s", name, report_number(count, buyers));
    if (us->count > 0)
        printf(" %10.2f %10.2f %10.2f",
               (double)series_percentile(us, 50) / US_PER_S,
               (double)series_percentile(us, 99) / US_PER_S,
               (double)series_percentile(us, 100) / US_PER_S);
    printf("\n");
}

static void print_outcomes(struct act *act)
{
    static const char *const names[] = {
        [OUTCOME_SOLD] = "sold (201)",
        [OUTCOME_SOLD_OUT] = "told \"sold out\" (410)",
        [OUTCOME_ASKING] = "gave up, told to come back",
        [OUTCOME_FAILED] = "errors",
    };

    printf("  %-28s %9s %10s %10s %10s\n", "told after, seconds", "buyers",
           "p50", "p99", "last");
    for (int i = 0; i < OUTCOMES; i++)
        print_outcome(names[i], act->counts[i], &act->latencies_us[i]);
}

/* Which statuses, and how many of each, were none of those expected. */
static void print_errors(const struct act *act)
{
    int counts[STATUS_MAX] = {0};

    for (int i = 0; i < act->options.buyers; i++) {
        const struct purchase *purchase = &act->purchases[i];

        if (!purchase->gave_up && purchase->status >= 0 &&
            purchase->status < STATUS_MAX)
            counts[purchase->status]++;
    }
    for (int i = 0; i < STATUS_MAX; i++) {
        if (counts[i] == 0 || i == 200 || i == 201 || i == 410)
            continue;
        if (i == 0)
            printf("    no answer: %d\n", counts[i]);
        else
            printf("    status %d: %d\n", i, counts[i]);
    }
}

static void print_stock(const struct act *act)
{
    long long oversold = act->orders - act->options.tickets;
    char orders[REPORT_NUMBER_MAX];
    char text[REPORT_NUMBER_MAX];

    printf("  in the database: %s order%s, stock %lld of %d",
           report_number(act->orders, orders), act->orders == 1 ? "" : "s",
           act->stock, act->options.tickets);
    if (oversold > 0)
        printf(": oversold by %s\n", report_number(oversold, text));
    else if (act->orders + act->stock == act->options.tickets)
        printf(": it adds up\n");
    else
        printf(": IT DOES NOT ADD UP\n");
}

static void print_calls(const struct act *act)
{
    char requests[REPORT_NUMBER_MAX];
    char failures[REPORT_NUMBER_MAX];
    char calls[REPORT_NUMBER_MAX];
    char commands[REPORT_NUMBER_MAX];

    printf("  requests: %s, %s of them answered by 5xx\n"
           "  database calls: %s; commands of the store, as billed: %s\n"
           "  %lld connections of the database were busy at once; it took %.2f "
           "s of processor "
           "time\n",
           report_number(act->requests, requests),
           report_number(act->failures, failures),
           report_number(act->sql_calls, calls),
           report_number(act->kv_commands, commands), act->database_connections,
           (double)act->database_ns / NS_PER_S);
    if (act->still_busy > 0)
        printf("    and more: when they were counted %lld of the instances "
               "still worked\n",
               act->still_busy);
}

static void print_instance(struct act *act)
{
    if (act->resident_bytes.count == 0)
        printf("  what an instance has in memory could not be measured\n");
    else
        printf(
            "  an instance has %.2f MB in memory, %.2f MB of it its own "
            "(median of %zu)\n",
            (double)series_percentile(&act->resident_bytes, 50) / BYTES_PER_MB,
            (double)series_percentile(&act->anonymous_bytes, 50) / BYTES_PER_MB,
            act->resident_bytes.count);
}

void report_print(struct act *act)
{
    char instances[REPORT_NUMBER_MAX];
    char kv[REPORT_NUMBER_MAX];
    char sql[REPORT_NUMBER_MAX];

    printf("  %s instances were up after %.1f s, with %s TLS connections to "
           "the store\n"
           "  and %s to the database API; the whole cloud took %.1f GB of "
           "memory\n",
           report_number(act->options.instances, instances), act->warm_s,
           report_number(act->kv_connections, kv),
           report_number(act->sql_connections, sql),
           (double)act->all_memory_bytes / BYTES_PER_GB);
    print_outcomes(act);
    print_errors(act);
    print_stock(act);
    print_calls(act);
    print_instance(act);
    (void)fflush(stdout);
}

/* ---- whether it was right ---- */

bool report_judge(const struct act *act)
{
    const long long sold = act->counts[OUTCOME_SOLD];
    const long long let_in =
        sold + act->counts[OUTCOME_SOLD_OUT] + act->failures;
    const struct {
        const char *mistake;
        bool made;
    } mistakes[] = {
        {"not every instance was connected to both stores",
         act->kv_connections < act->options.instances ||
             act->sql_connections < act->options.instances},
        {"nothing was sold", sold == 0},
        {"more was sold than there was", sold > act->options.tickets},
        {"orders are not what buyers were told", act->orders != sold},
        {"stock and orders do not add up",
         act->stock + act->orders != act->options.tickets},
        {"buyers were never told", act->counts[OUTCOME_ASKING] > 0},
        {"buyers got errors", act->counts[OUTCOME_FAILED] > act->unanswered},
        {"buyers got no answer", act->unanswered > 0},
        {"instances still worked when calls were counted", act->still_busy > 0},
        {"refused requests made database calls", act->sql_calls > let_in},
    };
    bool good = true;

    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        if (mistakes[i].made)
            printf("  WRONG: %s\n", mistakes[i].mistake);
        good = good && !mistakes[i].made;
    }
    return good;
}

/* ---- the last table ---- */

/* When the last of them knew, over 0 where there is one. */
static double last_s(const struct series *us)
{
    int64_t last_us = 0;

    for (size_t i = 0; i < us->count; i++)
        last_us = us->values[i] > last_us ? us->values[i] : last_us;
    return (double)last_us / US_PER_S;
}

bool report_row(const struct act *act, const char *file)
{
    const int told = act->counts[OUTCOME_SOLD] + act->counts[OUTCOME_SOLD_OUT];
    const double sold_s = last_s(&act->latencies_us[OUTCOME_SOLD]);
    const double told_s = last_s(&act->latencies_us[OUTCOME_SOLD_OUT]);
    char numbers[4][REPORT_NUMBER_MAX];
    FILE *row = fopen(file, "we");

    if (row == NULL)
        return false;
    (void)fprintf(row, " %s of %d | %.2f s | ",
                  report_number(act->orders, numbers[0]), act->options.tickets,
                  sold_s);
    if (told == act->options.buyers)
        (void)fprintf(row, "%.2f s", told_s > sold_s ? told_s : sold_s);
    else
        (void)fprintf(row, "not after %d s: %s were told",
                      act->options.patience_s, report_number(told, numbers[1]));
    (void)fprintf(row, " | %s | %s | %lld | %.2f s | %s |\n",
                  report_number(act->requests, numbers[1]),
                  report_number(act->sql_calls, numbers[2]),
                  act->database_connections,
                  (double)act->database_ns / NS_PER_S,
                  report_number(act->kv_commands, numbers[3]));
    return fclose(row) == 0;
}
