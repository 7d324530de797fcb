/*
 * The line is a linked list with the oldest event first; while it is not empty,
 * one timer looks at its head.
 */
#include "platform/pool_state.h"

#include "base/clock.h"
#include "data/options.h"
#include "data/shared.h"
#include "platform/report.h"

#define QUEUE_CHECK_MS 250

int64_t pool_now_us(void)
{
    return clock_boottime_us(clock_system());
}

void pool_set_timer(struct event *timer, int64_t ms)
{
    struct timeval after = {.tv_sec = (time_t)(ms / 1000),
                            .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

    evtimer_add(timer, &after);
}

void pool_set_state(struct instance *instance, enum instance_state state)
{
    struct pool *pool = instance->pool;
    struct shared *shared = pool->shared;
    struct shared_instance *place = &pool->places[instance->slot];
    atomic_llong *const counters[] = {
        [INSTANCE_NONE] = NULL,
        [INSTANCE_STARTING] = &shared->instances_starting,
        [INSTANCE_IDLE] = &shared->instances_idle,
        [INSTANCE_BUSY] = &shared->instances_busy,
        [INSTANCE_ENDING] = &shared->instances_ending,
    };

    if (counters[instance->state] != NULL)
        atomic_fetch_sub(counters[instance->state], 1);
    if (counters[state] != NULL)
        atomic_fetch_add(counters[state], 1);
    atomic_store(&place->pid, instance->pid);
    atomic_store(&place->state, (int)state);
    pool->starting +=
        (state == INSTANCE_STARTING) - (instance->state == INSTANCE_STARTING);
    instance->state = state;
    if (pool->starting == 0 || pool->starting > pool->burst)
        pool->burst = pool->starting;
}

void pool_end_instance(struct instance *instance)
{
    if (instance->state == INSTANCE_IDLE) {
        pool_lists_remove_idle(&instance->pool->lists, instance);
        pool_set_state(instance, INSTANCE_ENDING);
    }
    instance->killed = true;
    instance_kill(instance);
}

void pool_enqueue(struct pool *pool, struct invocation *invocation)
{
    invocation->next = NULL;
    if (pool->last != NULL)
        pool->last->next = invocation;
    else
        pool->first = invocation;
    pool->last = invocation;
    pool->queued++;
    atomic_fetch_add(&pool->shared->queued, 1);
    if (!evtimer_pending(pool->queue_timer, NULL))
        pool_set_timer(pool->queue_timer, QUEUE_CHECK_MS);
}

struct invocation *pool_dequeue(struct pool *pool)
{
    struct invocation *invocation = pool->first;

    if (invocation == NULL)
        return NULL;
    pool->first = invocation->next;
    if (pool->first == NULL)
        pool->last = NULL;
    pool->queued--;
    atomic_fetch_sub(&pool->shared->queued, 1);
    return invocation;
}

void pool_finish(struct invocation *invocation, enum invocation_outcome outcome,
                 struct slice body)
{
    if (invocation != NULL)
        invocation->done(invocation, outcome, body);
}

/*
 * Turn away what has waited for too long.  While instances start, the wait is
 * for them: their own limit ends it.
 */
void pool_on_queue_timer(evutil_socket_t fd, short what, void *state)
{
    struct pool *pool = state;
    int64_t oldest_us =
        pool_now_us() - (int64_t)pool->options->queue_s * 1000 * 1000;

    (void)fd;
    (void)what;
    while (pool->first != NULL && pool->starting == 0 &&
           pool->first->queued_us < oldest_us) {
        atomic_fetch_add(&pool->shared->throttled, 1);
        pool_finish(pool_dequeue(pool), INVOCATION_THROTTLED, SLICE_EMPTY);
    }
    if (pool->first != NULL)
        pool_set_timer(pool->queue_timer, QUEUE_CHECK_MS);
}

void pool_report(struct instance *instance, const char *status)
{
    const struct options *options = instance->pool->options;
    struct report report = {
        .request_id = instance->request_id,
        .duration_us = pool_now_us() - instance->delivered_us,
        .init_us = instance->init_reported ? -1 : instance->init_us,
        .status = status,
    };

    instance->init_reported = true;
    if (!options->quiet) {
        report.max_memory_mb = instance_max_memory_mb(instance);
        report_end(&report);
    }
    atomic_fetch_add(&instance->pool->shared->reports, 1);
}
