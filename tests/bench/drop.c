/*
 * drop: a limited drop, sold to buyers who come back when they are told to, for
 * each latency of the database and each number of permits, and beside it the
 * SQL function called directly.  Started by drop.sh, which writes the
 * operations and the products, and names the running local cloud.
 *
 * Prints Markdown.  Exit status: 0 whether or not the goal is met; 2 if it
 * cannot measure.
 */
#include <stdio.h>
#include <stdlib.h>

#include "buyers.h"
#include "control_client.h"
#include "settings.h"
#include "table.h"

#define COUNT_MAX 100000
#define LIST_MAX 8

/* From drop.sh; each run has a product of its own. */
#define PRODUCT 5000

/* Connections of those who call the SQL function themselves. */
#define DIRECT_CONNECTIONS 100

/* What the goal speaks of. */
#define GOAL_BUYERS 1000
#define GOAL_TICKETS 200
#define GOAL_MS 20
#define GOAL_PERMITS 8

/* In place of a number of permits. */
#define NO_PERMITS 0 /* the function does not know the word */
#define DIRECT (-1)  /* no function: buyers call the SQL function */

struct drop {
    int buyers;
    int tickets;
    int patience_s;
    int delay_ms; /* of the database */
    long permits;
};

struct figures {
    double sold_s; /* the last ticket, after */
    double told_s; /* the last buyer */
    int sold;
    int told;
    long long requests;
    long long failures; /* of them answered by 5xx */
    long long sql_calls;
    long long kv_commands;
};

/* ---- one run ---- */

static void add_up(const struct drop *drop, const struct purchase *purchases,
                   struct figures *figures)
{
    for (int i = 0; i < drop->buyers; i++) {
        const struct purchase *purchase = &purchases[i];
        const double after_s = (double)purchase->latency_us / 1e6;
        const bool sold = purchase->status == 201 || purchase->status == 200;

        figures->requests += purchase->tries;
        figures->failures += purchase->failures;
        if (!sold && purchase->status != 410)
            continue;
        figures->told++;
        figures->told_s = after_s > figures->told_s ? after_s : figures->told_s;
        if (!sold)
            continue;
        figures->sold++;
        figures->sold_s = after_s > figures->sold_s ? after_s : figures->sold_s;
    }
}

/* Note the cloud's counters where they are 0, and then the difference. */
static void count(struct figures *figures)
{
    static const char *const names[] = {"sql_calls", "kv_commands"};
    const char *control = setting("CONTROL_URL");
    long long counts[2];
    long long still_busy;
    struct error err = {0};

    if (!control_client_rest(control, &still_busy, &err) ||
        !control_client_counters(control, names, counts, 2, &err))
        give_up("count", &err);
    figures->sql_calls = counts[0] - figures->sql_calls;
    figures->kv_commands = counts[1] - figures->kv_commands;
}

static void run(const struct drop *drop, struct figures *figures)
{
    static long runs;
    const bool is_direct = drop->permits == DIRECT;
    char url[256];
    const struct buyers_options options = {
        .wish = {.url = is_direct ? setting("SQL_URL") : url,
                 .connection_string =
                     is_direct ? setting("NEON_CONNECTION_STRING") : NULL,
                 .product = PRODUCT + runs++},
        .count = drop->buyers,
        .connections = is_direct ? DIRECT_CONNECTIONS : 0,
        .patience_ms = drop->patience_s * 1000LL,
    };
    struct purchase *purchases =
        calloc((size_t)drop->buyers, sizeof(*purchases));
    struct error err = {"out of memory"};

    (void)snprintf(url, sizeof(url), "%s/permits/%ld", setting("FUNCTION_URL"),
                   drop->permits);
    *figures = (struct figures){0};
    count(figures);
    if (!purchases || !buyers_rush(&options, purchases, &err))
        give_up("the rush", &err);
    count(figures);
    add_up(drop, purchases, figures);
    free(purchases);
}

/* ---- the table ---- */

static void print_row(const struct drop *drop, const struct figures *figures)
{
    (void)printf("| %d ms, ", drop->delay_ms);
    if (drop->permits == DIRECT)
        (void)printf("the SQL function, %d connections |", DIRECT_CONNECTIONS);
    else if (drop->permits == NO_PERMITS)
        (void)printf("**bootstrap**, which knows no permits |");
    else
        (void)printf("**bootstrap**, %ld permit%s |", drop->permits,
                     drop->permits == 1 ? "" : "s");
    if (figures->sold == drop->tickets)
        (void)printf(" %.2f s |", figures->sold_s);
    else
        (void)printf(" %d were sold |", figures->sold);
    if (figures->told == drop->buyers)
        (void)printf(" %.2f s |", figures->told_s);
    else
        (void)printf(" %d do after %d s |", figures->told, drop->patience_s);
    (void)printf(" %lld | %lld | %lld | %lld |\n", figures->requests,
                 figures->failures, figures->sql_calls, figures->kv_commands);
    (void)fflush(stdout);
}

static void print_goal(const struct drop *drop, const struct figures *figures)
{
    const bool counts =
        drop->buyers == GOAL_BUYERS && drop->tickets == GOAL_TICKETS;
    const bool is_sold = figures->sold == drop->tickets;
    const bool is_told = figures->told == drop->buyers;
    const struct {
        const char *what;
        double limit;
        double measured;
    } goals[] = {
        {"the last ticket sold after, s", 1.5,
         is_sold ? figures->sold_s : drop->patience_s},
        {"everybody knows after, s", 3,
         is_told ? figures->told_s : drop->patience_s},
        {"requests", 4000, (double)figures->requests},
        {"database calls", 230, (double)figures->sql_calls},
        {"store commands", 6000, (double)figures->kv_commands},
    };
    char head[128];

    (void)snprintf(head, sizeof(head),
                   "goal: %d tickets, %d buyers, %d ms, %d permits%s",
                   GOAL_TICKETS, GOAL_BUYERS, GOAL_MS, GOAL_PERMITS,
                   drop->permits == NO_PERMITS ? " (measured without)" : "");
    table_targets(head);
    for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++)
        table_target(goals[i].what, goals[i].limit,
                     counts && figures->requests ? goals[i].measured : -1,
                     false);
}

/* ---- all of it ---- */

/* The numbers in the variable NAME, with blanks between them; how many. */
static int read_list(const char *name, long list[LIST_MAX])
{
    const char *at = getenv(name);
    int count = 0;

    while (at && count < LIST_MAX) {
        char *end;
        const long number = strtol(at, &end, 10);

        if (end == at)
            break;
        list[count++] = number;
        at = end;
    }
    return count;
}

static void delay_database(int delay_ms)
{
    struct error err = {0};

    if (!control_client_fault(setting("CONTROL_URL"), "sql", "delay_before_ms",
                              delay_ms, &err))
        give_up("delay the database", &err);
}

static void warm(void)
{
    struct error err = {0};

    if (!control_client_warm(setting("CONTROL_URL"),
                             (int)setting_count("DROP_INSTANCES", COUNT_MAX),
                             NULL, &err))
        give_up("start the instances", &err);
}

/* Whether the goal speaks of DROP, or of what it would be with permits. */
static bool is_goal(const struct drop *drop)
{
    return drop->delay_ms == GOAL_MS &&
           (drop->permits == GOAL_PERMITS || drop->permits == NO_PERMITS);
}

int main(void)
{
    long delays[LIST_MAX];
    long permits[LIST_MAX + 1];
    const int delay_count = read_list("DROP_MS", delays);
    const int permit_count = read_list("DROP_PERMITS", permits);
    struct drop drop = {
        .buyers = (int)setting_count("DROP_BUYERS", COUNT_MAX),
        .tickets = (int)setting_count("DROP_TICKETS", COUNT_MAX),
        .patience_s = (int)setting_count("DROP_PATIENCE", COUNT_MAX),
    };
    struct drop goal = drop;
    struct figures goal_figures = {0};

    warm();
    permits[permit_count] = DIRECT;
    (void)printf("| %d tickets, %d buyers who come back when told; the "
                 "database is away | last ticket sold after | everybody knows "
                 "after | requests | of them 5xx | database calls | store "
                 "commands |\n|---|---|---|---|---|---|---|\n",
                 drop.tickets, drop.buyers);
    for (int i = 0; i < delay_count * (permit_count + 1); i++) {
        struct figures figures;

        drop.delay_ms = (int)delays[i / (permit_count + 1)];
        drop.permits = permits[i % (permit_count + 1)];
        delay_database(drop.delay_ms);
        run(&drop, &figures);
        print_row(&drop, &figures);
        if (is_goal(&drop)) {
            goal = drop;
            goal_figures = figures;
        }
    }
    print_goal(&goal, &goal_figures);
    return EXIT_SUCCESS;
}
