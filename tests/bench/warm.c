/*
 * All functions run at once, and each round asks all of them in turn, so that
 * other work of the machine hits all alike.  Order and neighbours change from
 * round to round; a ratio compares two batches of the same round.
 */
#include "warm.h"

#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "doors.h"
#include "environment.h"
#include "settings.h"

/* From bench.sql; nobody holds the first, and somebody else the second. */
#define PRODUCT 100
#define PRODUCT_HELD 101
#define PRODUCT_OTHERS 102
#define NAME_HELD 0
#define WARM_UP_REQUESTS 200

const int warm_delays_ms[WARM_DELAYS] = {0, 1, 5, 20};
/* Short batches and many rounds: other work of the machine hits all alike. */
static const int batch_sizes[WARM_DELAYS] = {60, 30, 6, 2};

/* The longer delays take more time and vary less. */
static const int round_shares[WARM_DELAYS] = {1, 1, 2, 4};

const char *const warm_names[ROWS] = {
    [ROW_BARE] = "bare exchanges, static",
    [ROW_OURS] = "**bootstrap, fenced**",
    [ROW_OURS_UNFENCED] = "**bootstrap, unfenced**",
    [ROW_NODE] = "Node, @upstash/lock, fenced",
    [ROW_NODE_UNFENCED] = "Node, @upstash/lock, unfenced",
    [ROW_NODE_BEST] = "Node, one transaction, fenced",
    [ROW_GO] = "Go, net/http, fenced",
    [ROW_GO_BEST] = "Go, no client, fenced",
};

const char *const warm_subject_names[WARM_SUBJECTS] = {
    [WARM_BARE] = "bare exchanges, static",
    [WARM_OURS] = "**bootstrap**",
    [WARM_NODE] = "Node, @upstash/lock",
    [WARM_NODE_BEST] = "Node, one transaction",
    [WARM_GO] = "Go, net/http",
    [WARM_GO_BEST] = "Go, no client",
};

static const struct {
    enum warm_subject subject;
    enum wish wish;
} rows[ROWS] = {
    [ROW_BARE] = {WARM_BARE, WISH_PURCHASE},
    [ROW_OURS] = {WARM_OURS, WISH_PURCHASE},
    [ROW_OURS_UNFENCED] = {WARM_OURS, WISH_USERNAME},
    [ROW_NODE] = {WARM_NODE, WISH_PURCHASE},
    [ROW_NODE_UNFENCED] = {WARM_NODE, WISH_USERNAME},
    [ROW_NODE_BEST] = {WARM_NODE_BEST, WISH_PURCHASE},
    [ROW_GO] = {WARM_GO, WISH_PURCHASE},
    [ROW_GO_BEST] = {WARM_GO_BEST, WISH_PURCHASE},
};

void warm_program(enum warm_subject which, char *path, size_t size)
{
    static const char *const names[WARM_SUBJECTS] = {
        [WARM_BARE] = "BENCH_BARE", [WARM_OURS] = "BENCH_STATIC",
        [WARM_NODE] = "BENCH_NODE", [WARM_NODE_BEST] = "BENCH_NODE_BEST",
        [WARM_GO] = "BENCH_GO",     [WARM_GO_BEST] = "BENCH_GO_BEST",
    };

    (void)snprintf(path, size, "%s", setting(names[which]));
}

void warm_start(enum warm_subject which, struct subject *subject)
{
    char path[ENVIRONMENT_VARIABLE_MAX];
    char *argv[] = {path, NULL};
    struct error err = {0};

    warm_program(which, path, sizeof(path));
    if (!subject_start(subject, argv, &err))
        give_up(path, &err);
}

/* The batch of ROW; each sale of a name needs one that nobody has. */
struct batch_plan warm_plan(enum warm_row row, enum warm_outcome outcome,
                            int count)
{
    static long fresh_name = 1;
    struct batch_plan plan = {
        .wish = rows[row].wish,
        .count = count,
        .status = outcome == SALE ? 201 : 409,
    };

    if (plan.wish == WISH_PURCHASE) {
        plan.number = outcome == SALE ? PRODUCT : PRODUCT_HELD;
    } else if (outcome == SALE) {
        plan.number = fresh_name;
        plan.each_its_own = true;
        fresh_name += count + 1; /* subject_batch() asks for one more */
    } else {
        plan.number = NAME_HELD;
    }
    return plan;
}

static void note(struct warm_figures *figures, const struct batch *batch,
                 int count)
{
    series_add(&figures->answer_ns, batch->answer_ns);
    series_add(&figures->inside_ns, batch->inside_ns);
    series_add(&figures->next_ns, batch->next_ns);
    series_add(&figures->cpu_ns, batch->cpu_ns);
    figures->kv_requests = batch->kv_requests;
    figures->kv_commands = batch->kv_commands;
    figures->sql_requests = batch->sql_requests;
    figures->connections += batch->connections;
    figures->requests += count;
}

static void batch(struct subject subjects[], enum warm_row row,
                  enum warm_outcome outcome, int count,
                  struct warm_figures *figures)
{
    const struct batch_plan plan = warm_plan(row, outcome, count);
    struct batch batch;
    struct error err = {0};

    if (!subject_batch(&subjects[rows[row].subject],
                       setting("BENCH_STATIC_CONTROL_URL"), &plan, &batch,
                       &err))
        give_up(warm_names[row], &err);
    if (figures)
        note(figures, &batch, count);
}

static void delay(int delay_ms)
{
    struct error err = {0};

    if (!doors_delay(setting("BENCH_STATIC_CONTROL_URL"), delay_ms, &err))
        give_up("delay the stores", &err);
}

/*
 * All rows and outcomes with each delay.  The order changes from round to
 * round, and so do the neighbours: whoever runs after Node finds cold caches.
 */
static void round_of(struct warm_results *results, struct subject subjects[],
                     int round)
{
    /* None shares a factor with the number of batches, so each batch has its
     * turn. */
    static const int strides[] = {1, 5, 7, 11};
    const int stride = strides[round % 4];
    _Static_assert(ROWS * OUTCOMES == 16, "strides must not divide this");

    for (int d = 0; d < WARM_DELAYS; d++) {
        if (round % round_shares[d])
            continue;
        delay(warm_delays_ms[d]);
        for (int i = 0; i < ROWS * OUTCOMES; i++) {
            int turn = (i * stride + round) % (ROWS * OUTCOMES);
            enum warm_row row = (enum warm_row)(turn / OUTCOMES);
            enum warm_outcome outcome = (enum warm_outcome)(turn % OUTCOMES);

            batch(subjects, row, outcome, batch_sizes[d],
                  &results->figures[row][outcome][d]);
        }
    }
    delay(0);
}

/* ---- through the fronts of the local clouds ---- */

static const struct {
    enum warm_row row;
    const char *front;
} fronts[] = {
    {ROW_BARE, "BENCH_BARE_FUNCTION_URL"},
    {ROW_OURS, "BENCH_STATIC_FUNCTION_URL"},
    {ROW_NODE, "BENCH_NODE_FUNCTION_URL"},
};

#define FRONTS ((int)(sizeof(fronts) / sizeof(fronts[0])))

static int64_t ask_front(int which, enum warm_outcome outcome, int count)
{
    const struct client_plan plan = {
        .product = outcome == SALE ? PRODUCT_OTHERS : PRODUCT_HELD,
        .each_its_own = outcome == SALE,
        .count = count,
        .status = outcome == SALE ? 201 : 409,
    };
    int64_t median_ns;
    struct error err = {0};

    if (!client_batch(setting(fronts[which].front), &plan, &median_ns, &err))
        give_up(fronts[which].front, &err);
    return median_ns;
}

static void ask_as_client(struct warm_results *results, int round)
{
    for (int i = 0; i < FRONTS * OUTCOMES; i++) {
        const int turn = (i + round) % (FRONTS * OUTCOMES);
        const int which = turn / OUTCOMES;
        const enum warm_outcome outcome = (enum warm_outcome)(turn % OUTCOMES);

        series_add(&results->figures[fronts[which].row][outcome][0].client_ns,
                   ask_front(which, outcome, batch_sizes[0]));
    }
}

static void warm_up_fronts(void)
{
    for (int i = 0; i < FRONTS * OUTCOMES; i++)
        (void)ask_front(i / OUTCOMES, (enum warm_outcome)(i % OUTCOMES),
                        WARM_UP_REQUESTS);
}

/* ---- all of it ---- */

/* The setting BENCH_<CLOUD>_<NAME>. */
static const char *cloud_setting(const char *cloud, const char *name)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "BENCH_%s_%s", cloud, name);
    return setting(text);
}

void warm_prepare_store(const char *cloud)
{
    const char *kv = cloud_setting(cloud, "KV_URL");
    const char *token = cloud_setting(cloud, "KV_TOKEN");
    struct error err = {0};

    if (!doors_hold(kv, token, "product:101", &err) ||
        !doors_hold(kv, token, "username:bench0", &err))
        give_up("prepare the stores", &err);
}

static void compare(struct warm_results *results)
{
    static const enum warm_row ours[ROWS] = {
        [ROW_BARE] = ROW_OURS,
        [ROW_OURS] = ROW_OURS,
        [ROW_OURS_UNFENCED] = ROW_OURS_UNFENCED,
        [ROW_NODE] = ROW_OURS,
        [ROW_NODE_UNFENCED] = ROW_OURS_UNFENCED,
        [ROW_NODE_BEST] = ROW_OURS,
        [ROW_GO] = ROW_OURS,
        [ROW_GO_BEST] = ROW_OURS,
    };

    for (int i = 0; i < ROWS * OUTCOMES * WARM_DELAYS; i++) {
        const int row = i / (OUTCOMES * WARM_DELAYS);
        const int outcome = i / WARM_DELAYS % OUTCOMES;
        const int d = i % WARM_DELAYS;
        struct warm_figures *figures = &results->figures[row][outcome][d];

        /* The bare function only knows the fenced sale. */
        if (ours[row] == ROW_OURS)
            series_ratio(&figures->inside_of_bare, &figures->inside_ns,
                         &results->figures[ROW_BARE][outcome][d].inside_ns);
        series_ratio(&figures->cpu_of_ours, &figures->cpu_ns,
                     &results->figures[ours[row]][outcome][d].cpu_ns);
    }
}

void warm_measure(struct warm_results *results, int rounds)
{
    static struct subject subjects[WARM_SUBJECTS];

    for (int i = 0; i < WARM_SUBJECTS; i++)
        warm_start((enum warm_subject)i, &subjects[i]);
    for (int i = 0; i < ROWS * OUTCOMES; i++)
        batch(subjects, (enum warm_row)(i / OUTCOMES),
              (enum warm_outcome)(i % OUTCOMES), WARM_UP_REQUESTS, NULL);
    warm_up_fronts();
    for (int round = 0; round < rounds; round++) {
        round_of(results, subjects, round);
        ask_as_client(results, round);
    }
    for (int i = 0; i < WARM_SUBJECTS; i++) {
        (void)memory_of(subjects[i].launched.pid, &results->memory[i]);
        subject_stop(&subjects[i]);
    }
    compare(results);
}
