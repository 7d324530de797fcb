/*
 * Callbacks of the event loop move instances from state to state: an event
 * comes, an instance asks or answers, a timer fires, a process ends, an order
 * is given.  Each finds its instance by a list or a table, without a search.
 */
#include "platform/pool.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "data/options.h"
#include "data/shared.h"
#include "platform/pool_state.h"
#include "platform/report.h"

/* What AWS allows a start, and how many at once get no more than that. */
#define INIT_MAX_MS 10000
#define STARTS_PER_SHARE 64
#define INIT_CHECK_MS 1000

/* So many start at once while the pool is warmed. */
#define WARM_AT_ONCE 12

/* ---- giving events to instances ---- */

static void give(struct instance *instance, struct invocation *invocation)
{
    struct pool *pool = instance->pool;
    int64_t limit_ms = (int64_t)pool->options->timeout_s * 1000;
    struct evhttp_request *parked = instance->parked;

    pool_set_state(instance, INSTANCE_BUSY);
    instance->parked = NULL;
    instance->invocation = invocation;
    memcpy(instance->request_id, invocation->request_id,
           sizeof(instance->request_id));
    instance->delivered_us = pool_now_us();
    atomic_fetch_add(&pool->shared->invocations, 1);
    pool_set_timer(instance->timer, limit_ms);
    if (!pool->options->quiet)
        report_start(invocation->request_id);
    pool->deliver(parked, invocation,
                  clock_epoch_ms(clock_system()) + limit_ms);
}

static bool start_one(struct pool *pool)
{
    struct instance *instance = pool_lists_take_free(&pool->lists);
    struct error err;

    if (instance == NULL)
        return false;
    if (!instance_spawn(instance, &pool->env, &err)) {
        (void)fprintf(stderr, "local-cloud: start an instance: %s\n", err.text);
        pool_lists_give_free(&pool->lists, instance);
        return false;
    }
    pool_set_state(instance, INSTANCE_STARTING);
    pool_lists_add_pid(&pool->lists, instance);
    atomic_fetch_add(&pool->shared->instances_started, 1);
    pool_set_timer(instance->timer, INIT_MAX_MS);
    return true;
}

static void start_needed(struct pool *pool)
{
    while (pool->queued > pool->starting && start_one(pool))
        continue;
    while (pool->warming && pool->starting < WARM_AT_ONCE)
        pool->warming = start_one(pool);
}

void pool_submit(struct pool *pool, struct invocation *invocation)
{
    struct instance *instance;

    pool_obey(pool);
    instance = pool_lists_pop_idle(&pool->lists);
    invocation->queued_us = pool_now_us();
    if (instance != NULL) {
        instance_thaw(instance);
        give(instance, invocation);
        return;
    }
    pool_enqueue(pool, invocation);
    start_needed(pool);
}

/* ---- what instances say ---- */

/* Nothing to do: frozen until there is. */
static void rest(struct instance *instance)
{
    pool_set_state(instance, INSTANCE_IDLE);
    pool_lists_push_idle(&instance->pool->lists, instance);
    instance_freeze(instance);
}

bool pool_next(struct pool *pool, struct instance *instance,
               struct evhttp_request *parked)
{
    struct invocation *invocation;

    pool_obey(pool);
    if (instance->parked != NULL || instance->invocation != NULL ||
        instance->killed)
        return false;
    if (instance->state == INSTANCE_STARTING)
        instance->init_us = pool_now_us() - instance->started_us;
    else
        pool_report(instance, instance->failed ? "error" : NULL);
    evtimer_del(instance->timer);
    instance->failed = false;
    instance->parked = parked;
    if (instance->retiring) {
        pool_set_state(instance, INSTANCE_ENDING);
        pool_end_instance(instance);
        return true;
    }
    invocation = pool_dequeue(pool);
    if (invocation != NULL)
        give(instance, invocation);
    else
        rest(instance);
    if (pool->warming)
        start_needed(pool);
    return true;
}

void pool_forget_parked(struct instance *instance)
{
    instance->parked = NULL;
    if (instance->state == INSTANCE_IDLE)
        pool_end_instance(instance);
}

bool pool_answer(struct instance *instance, struct slice request_id,
                 enum invocation_outcome outcome, struct slice body)
{
    struct invocation *invocation = instance->invocation;

    if (invocation == NULL || !slice_is(request_id, instance->request_id))
        return false;
    instance->invocation = NULL;
    instance->failed = outcome != INVOCATION_ANSWERED;
    pool_finish(invocation, outcome, body);
    return true;
}

/*
 * Whether a start takes longer than it may.  On the platform each has a
 * machine of its own; here many at once share one, and get more time.  The last
 * of a burst has shared with all of it, however few are left when it is asked.
 */
static bool start_is_late(const struct instance *instance)
{
    int64_t shares = 1 + instance->pool->burst / STARTS_PER_SHARE;
    int64_t elapsed_us = pool_now_us() - instance->started_us;

    return elapsed_us >= shares * INIT_MAX_MS * 1000;
}

void pool_on_instance_timer(evutil_socket_t fd, short what, void *state)
{
    struct instance *instance = state;
    struct invocation *invocation = instance->invocation;

    (void)fd;
    (void)what;
    if (instance->state == INSTANCE_STARTING && !start_is_late(instance)) {
        pool_set_timer(instance->timer, INIT_CHECK_MS);
        return;
    }
    instance->timed_out = true;
    pool_end_instance(instance);
    if (instance->state == INSTANCE_BUSY) {
        atomic_fetch_add(&instance->pool->shared->timeouts, 1);
        instance->invocation = NULL;
        pool_finish(invocation, INVOCATION_TIMED_OUT, SLICE_EMPTY);
    }
}

/* ---- the end of instances ---- */

static void bury(struct instance *instance)
{
    struct pool *pool = instance->pool;
    struct invocation *invocation = instance->invocation;
    enum instance_state state = instance->state;

    evtimer_del(instance->timer);
    pool_lists_remove_pid(&pool->lists, instance);
    if (state == INSTANCE_IDLE)
        pool_lists_remove_idle(&pool->lists, instance);
    if (instance->parked != NULL)
        pool->hang_up(instance->parked);
    if (state == INSTANCE_BUSY)
        pool_report(instance, instance->timed_out ? "timeout" : "error");
    if (state == INSTANCE_BUSY && !instance->timed_out)
        atomic_fetch_add(&pool->shared->crashes, 1);
    if (state == INSTANCE_STARTING) {
        invocation = pool_dequeue(pool);
        pool->warming = false;
    }
    instance->parked = NULL;
    instance->invocation = NULL;
    pool_set_state(instance, INSTANCE_NONE);
    pool_lists_give_free(&pool->lists, instance);
    pool_finish(invocation, INVOCATION_CRASHED, SLICE_EMPTY);
}

void pool_on_child(evutil_socket_t fd, short what, void *state)
{
    struct pool *pool = state;
    pid_t pid;

    (void)fd;
    (void)what;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        struct instance *instance = pool_lists_find_pid(&pool->lists, pid);

        if (instance != NULL)
            bury(instance);
    }
    start_needed(pool);
}

/* ---- orders ---- */

static void kill_doomed(struct pool *pool)
{
    for (int i = 0; i < pool->lists.count; i++) {
        struct instance *instance = &pool->lists.all[i];
        int doomed = atomic_exchange(&pool->places[i].doomed, 0);

        if (doomed != 0 && doomed == instance->pid &&
            instance->state != INSTANCE_NONE)
            pool_end_instance(instance);
    }
}

static void recycle(struct pool *pool)
{
    while (pool->lists.idle != NULL)
        pool_end_instance(pool->lists.idle);
    for (int i = 0; i < pool->lists.count; i++)
        pool->lists.all[i].retiring |=
            pool->lists.all[i].state == INSTANCE_BUSY;
}

/* Whether there is a newer ORDER than the one that was SEEN. */
static bool is_new(const atomic_llong *order, long long *seen)
{
    long long newest = atomic_load(order);
    bool new = newest != *seen;

    *seen = newest;
    return new;
}

void pool_obey(struct pool *pool)
{
    const struct shared_orders *orders = &pool->shared->orders;

    if (is_new(&orders->kill, &pool->obeyed.kill))
        kill_doomed(pool);
    if (is_new(&orders->recycle, &pool->obeyed.recycle))
        recycle(pool);
    if (is_new(&orders->warm, &pool->obeyed.warm)) {
        pool->warming = true;
        start_needed(pool);
    }
}

void pool_on_order(evutil_socket_t fd, short what, void *state)
{
    (void)fd;
    (void)what;
    pool_obey(state);
}

/* ---- the rest ---- */

struct instance *pool_find(struct pool *pool, uint32_t address)
{
    struct instance *instance = NULL;
    int slot;
    int generation;

    instance_of_address(address, &slot, &generation);
    if (slot < pool->lists.count)
        instance = &pool->lists.all[slot];
    if (instance == NULL || instance->state == INSTANCE_NONE ||
        instance->generation != generation)
        return NULL;
    return instance;
}
