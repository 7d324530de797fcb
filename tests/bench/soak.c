/*
 * Asks in batches of a thousand, with a look at the process's memory after each
 * tenth of them.
 */
#include "soak.h"

#include <stdio.h>
#include <stdlib.h>

#include "settings.h"
#include "subject.h"
#include "warm.h"

#define BATCH 1000
#define BATCHES_MIN 10
#define SALE_EACH 10 /* every so many batches are sales */
#define BYTES_PER_MB 1e6

static void ask(struct subject *subject, enum warm_outcome outcome,
                long *connections)
{
    const struct batch_plan plan = warm_plan(ROW_OURS, outcome, BATCH);
    struct batch batch;
    struct error err = {0};

    if (!subject_batch(subject, setting("BENCH_STATIC_CONTROL_URL"), &plan,
                       &batch, &err))
        give_up("ask", &err);
    *connections += batch.connections;
}

static void mark(const struct subject *subject, struct soak_result *result,
                 int index)
{
    struct soak_mark *mark = &result->marks[index];
    struct error err = {0};

    mark->requests = result->requests;
    if (!memory_of(subject->launched.pid, &mark->memory)) {
        error_set(&err, "/proc does not tell");
        give_up("memory", &err);
    }
}

void soak_measure(struct soak_result *result, long requests)
{
    static struct subject subject;
    const long batches =
        requests / BATCH < BATCHES_MIN ? BATCHES_MIN : requests / BATCH;
    long before = 0;

    *result = (struct soak_result){.requests = 0};
    warm_start(WARM_OURS, &subject);
    ask(&subject, SALE, &before);
    ask(&subject, REFUSAL, &before);
    mark(&subject, result, 0);
    for (long i = 1; i <= batches; i++) {
        ask(&subject, i % SALE_EACH ? REFUSAL : SALE, &result->connections);
        result->requests += BATCH;
        if (i * (SOAK_MARKS - 1) % batches < SOAK_MARKS - 1)
            mark(&subject, result, (int)(i * (SOAK_MARKS - 1) / batches));
    }
    subject_stop(&subject);
}

int64_t soak_growth_bytes(const struct soak_result *result)
{
    const int64_t growth_bytes =
        result->marks[SOAK_MARKS - 1].memory.anonymous_bytes -
        result->marks[0].memory.anonymous_bytes;

    return growth_bytes > 0 ? growth_bytes : 0;
}

void soak_print(const struct soak_result *result)
{
    (void)printf("\n| requests after the warm-up | resident, MB "
                 "| anonymous, KB |\n|---|---|---|\n");
    for (int i = 0; i < SOAK_MARKS; i++) {
        const struct soak_mark *at = &result->marks[i];

        (void)printf("| %ld | %.2f | %lld |\n", at->requests,
                     (double)at->memory.resident_bytes / BYTES_PER_MB,
                     (long long)at->memory.anonymous_bytes / 1024);
    }
    (void)printf("\nConnections opened by them: %ld.\n", result->connections);
}
