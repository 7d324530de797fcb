/*
 * Each figure is a run of its own, one after the other: fleets for a fixed
 * time, single instances for a fixed number of requests.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#include "doors.h"
#include "environment.h"
#include "settings.h"

#define PRODUCT 100
#define PRODUCT_HELD 101
#define RUN_MS 3000
#define SOAK_REQUESTS 100000
#define EVENT_COUNT 50
#define FREEZES 10

const int growth_instances[GROWTH_STEPS] = {1, 10, 100, 1000};
const int hot_delays_ms[HOT_DELAYS] = {0, 1, 5};
const int hot_locks[HOT_STEPS] = {1, 2, 4, 8};
const int few_instances[HOT_STEPS] = {1, 2, 8, 100};
const size_t event_sizes[EVENT_SIZES] = {1024,  10240,  61440,
                                         66560, 262144, 1048576};

/* A thousand Node processes would need five times the memory of the machine; a
 * hundred of Go's show enough. */
static const int growth_limits[WARM_SUBJECTS] = {
    [WARM_BARE] = 1000,   [WARM_OURS] = 1000, [WARM_NODE] = 100,
    [WARM_NODE_BEST] = 0, [WARM_GO] = 100,    [WARM_GO_BEST] = 0,
};

static const char *control(void)
{
    return setting("BENCH_STATIC_CONTROL_URL");
}

static void run(enum warm_subject which, int instances, int products,
                struct fleet_result *result)
{
    char path[ENVIRONMENT_VARIABLE_MAX];
    const struct fleet_plan plan = {
        .program = path,
        .instances = instances,
        .product = PRODUCT_HELD + 1,
        .products = products,
        .duration_ms = RUN_MS,
    };
    struct error err = {0};

    warm_program(which, path, sizeof(path));
    if (!fleet_run(&plan, result, &err))
        give_up(path, &err);
}

static void grow(struct load_results *results)
{
    for (int step = 0; step < GROWTH_STEPS; step++) {
        const int count = growth_instances[step];

        for (int i = 0; i < WARM_SUBJECTS; i++) {
            if (count > growth_limits[i])
                continue;
            run((enum warm_subject)i, count, 1, &results->growth[i][step][0]);
            run((enum warm_subject)i, count, count,
                &results->growth[i][step][1]);
        }
    }
}

static void delay(int delay_ms)
{
    struct error err = {0};

    if (!doors_delay(control(), delay_ms, &err))
        give_up("delay the stores", &err);
}

static void heat(struct load_results *results)
{
    for (int d = 0; d < HOT_DELAYS; d++) {
        delay(hot_delays_ms[d]);
        for (int step = 0; step < HOT_STEPS; step++) {
            run(WARM_OURS, HOT_INSTANCES, hot_locks[step],
                &results->hot[step][d]);
            run(WARM_OURS, few_instances[step], 1, &results->few[step][d]);
        }
    }
    delay(0);
}

/* ---- one instance ---- */

static void ask(struct subject *subject, const struct batch_plan *plan,
                struct batch *batch)
{
    struct error err = {0};

    if (!subject_batch(subject, control(), plan, batch, &err))
        give_up("ask one instance", &err);
}

/* Smaller bodies are refused by the lock, larger ones for their size. */
static void enlarge(struct load_results *results)
{
    static struct subject subject;

    warm_start(WARM_OURS, &subject);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < EVENT_SIZES; i++) {
            const struct batch_plan plan = {
                .wish = WISH_PURCHASE,
                .number = PRODUCT_HELD,
                .body_bytes = event_sizes[i],
                .count = EVENT_COUNT,
                .status = event_sizes[i] > 65536 ? 413 : 409,
            };
            struct batch batch;

            ask(&subject, &plan, &batch);
            series_add(&results->event_ns[i], batch.answer_ns);
            results->event_status[i] = plan.status;
        }
    }
    subject_stop(&subject);
}

static void freeze(struct load_results *results)
{
    static struct subject subject;
    struct error err = {0};

    warm_start(WARM_OURS, &subject);
    if (!freeze_measure(&subject, control(), PRODUCT, FREEZES, &results->freeze,
                        &err))
        give_up("freeze an instance", &err);
    subject_stop(&subject);
}

void load_measure(struct load_results *results)
{
    freeze(results);
    enlarge(results);
    soak_measure(&results->soak, SOAK_REQUESTS);
    grow(results);
    heat(results);
}
