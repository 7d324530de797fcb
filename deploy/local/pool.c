#include "pool.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "../../lib/clock.h"
#include "cloud.h"
#include "instance_env.h"
#include "pool_lists.h"
#include "report.h"

/* What AWS allows a start, and about how long it lets a burst wait. */
#define INIT_MAX_S 10
#define QUEUE_MAX_US (5 * 1000 * 1000)
#define QUEUE_CHECK_MS 250

struct pool {
    struct pool_lists lists;
    struct instance_env env;
    const struct options *options;
    pool_deliver deliver;
    pool_hang_up hang_up;
    struct pool_counts counts;
    struct invocation *first, *last; /* waiting in line */
    struct event *queue_timer;
    struct event *child_signal;
};

static int64_t now_us(void)
{
    return clock_boottime_us(clock_system());
}

static void set_timer(struct event *timer, int64_t ms)
{
    struct timeval after = {.tv_sec = (time_t)(ms / 1000),
                            .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

    evtimer_add(timer, &after);
}

/* Every change of state goes through here, so that the counts are true. */
static void set_state(struct instance *instance, enum instance_state state)
{
    struct pool_counts *counts = &instance->pool->counts;
    int *const places[] = {
        [INSTANCE_NONE] = NULL,
        [INSTANCE_STARTING] = &counts->starting,
        [INSTANCE_IDLE] = &counts->idle,
        [INSTANCE_BUSY] = &counts->busy,
        [INSTANCE_ENDING] = &counts->ending,
    };

    if (places[instance->state] != NULL)
        --*places[instance->state];
    if (places[state] != NULL)
        ++*places[state];
    instance->state = state;
}

static void end(struct instance *instance)
{
    instance->killed = true;
    instance_kill(instance);
}

/* ---- the line of events that wait ---- */

static void enqueue(struct pool *pool, struct invocation *invocation)
{
    invocation->next = NULL;
    if (pool->last != NULL)
        pool->last->next = invocation;
    else
        pool->first = invocation;
    pool->last = invocation;
    pool->counts.queued++;
    if (!evtimer_pending(pool->queue_timer, NULL))
        set_timer(pool->queue_timer, QUEUE_CHECK_MS);
}

static struct invocation *dequeue(struct pool *pool)
{
    struct invocation *invocation = pool->first;

    if (invocation == NULL)
        return NULL;
    pool->first = invocation->next;
    if (pool->first == NULL)
        pool->last = NULL;
    pool->counts.queued--;
    return invocation;
}

static void finish(struct invocation *invocation,
                   enum invocation_outcome outcome, struct slice body)
{
    if (invocation != NULL)
        invocation->done(invocation, outcome, body);
}

/*
 * Turn away what has waited for too long.  While instances start, the wait is
 * for them: their own limit ends it.
 */
static void on_queue_timer(evutil_socket_t fd, short what, void *state)
{
    struct pool *pool = state;
    int64_t oldest_us = now_us() - QUEUE_MAX_US;

    (void)fd;
    (void)what;
    while (pool->first != NULL && pool->counts.starting == 0 &&
           pool->first->queued_us < oldest_us) {
        pool->counts.throttled++;
        finish(dequeue(pool), INVOCATION_THROTTLED, SLICE_EMPTY);
    }
    if (pool->first != NULL)
        set_timer(pool->queue_timer, QUEUE_CHECK_MS);
}

/* ---- giving events to instances ---- */

static void give(struct instance *instance, struct invocation *invocation)
{
    struct pool *pool = instance->pool;
    int64_t limit_ms = (int64_t)pool->options->timeout_s * 1000;
    struct evhttp_request *parked = instance->parked;

    set_state(instance, INSTANCE_BUSY);
    instance->parked = NULL;
    instance->invocation = invocation;
    memcpy(instance->request_id, invocation->request_id,
           sizeof(instance->request_id));
    instance->delivered_us = now_us();
    pool->counts.invocations++;
    set_timer(instance->timer, limit_ms);
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
        fprintf(stderr, "local-cloud: start an instance: %s\n", err.text);
        pool_lists_give_free(&pool->lists, instance);
        return false;
    }
    set_state(instance, INSTANCE_STARTING);
    pool_lists_add_pid(&pool->lists, instance);
    pool->counts.started++;
    set_timer(instance->timer, INIT_MAX_S * 1000);
    return true;
}

static void start_needed(struct pool *pool)
{
    while (pool->counts.queued > pool->counts.starting && start_one(pool))
        continue;
}

void pool_submit(struct pool *pool, struct invocation *invocation)
{
    struct instance *instance = pool_lists_pop_idle(&pool->lists);

    invocation->queued_us = now_us();
    if (instance != NULL) {
        instance_thaw(instance);
        give(instance, invocation);
        return;
    }
    enqueue(pool, invocation);
    start_needed(pool);
}

/* ---- what instances say ---- */

static void report_done(struct instance *instance, const char *status)
{
    const struct options *options = instance->pool->options;
    struct report report = {
        .request_id = instance->request_id,
        .duration_us = now_us() - instance->delivered_us,
        .init_us = instance->init_reported ? -1 : instance->init_us,
        .memory_mb = options->memory_mb,
        .status = status,
    };

    instance->init_reported = true;
    if (options->quiet)
        return;
    report.max_memory_mb = instance_max_memory_mb(instance);
    report_end(&report);
}

/* Nothing to do: frozen until there is. */
static void rest(struct instance *instance)
{
    set_state(instance, INSTANCE_IDLE);
    pool_lists_push_idle(&instance->pool->lists, instance);
    instance_freeze(instance);
}

bool pool_next(struct pool *pool, struct instance *instance,
               struct evhttp_request *parked)
{
    struct invocation *invocation;

    if (instance->parked != NULL || instance->invocation != NULL ||
        instance->killed)
        return false;
    if (instance->state == INSTANCE_STARTING)
        instance->init_us = now_us() - instance->started_us;
    else
        report_done(instance, instance->failed ? "error" : NULL);
    evtimer_del(instance->timer);
    instance->failed = false;
    instance->parked = parked;
    if (instance->retiring) {
        set_state(instance, INSTANCE_ENDING);
        end(instance);
        return true;
    }
    invocation = dequeue(pool);
    if (invocation != NULL)
        give(instance, invocation);
    else
        rest(instance);
    return true;
}

void pool_forget_parked(struct instance *instance)
{
    instance->parked = NULL;
    if (instance->state != INSTANCE_IDLE)
        return;
    pool_lists_remove_idle(&instance->pool->lists, instance);
    set_state(instance, INSTANCE_ENDING);
    end(instance);
}

bool pool_answer(struct instance *instance, struct slice request_id,
                 enum invocation_outcome outcome, struct slice body)
{
    struct invocation *invocation = instance->invocation;

    if (invocation == NULL || !slice_is(request_id, instance->request_id))
        return false;
    instance->invocation = NULL;
    instance->failed = outcome != INVOCATION_ANSWERED;
    finish(invocation, outcome, body);
    return true;
}

static void on_instance_timer(evutil_socket_t fd, short what, void *state)
{
    struct instance *instance = state;
    struct invocation *invocation = instance->invocation;

    (void)fd;
    (void)what;
    instance->timed_out = true;
    end(instance);
    if (instance->state == INSTANCE_BUSY) {
        instance->pool->counts.timeouts++;
        instance->invocation = NULL;
        finish(invocation, INVOCATION_TIMED_OUT, SLICE_EMPTY);
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
        report_done(instance, instance->timed_out ? "timeout" : "error");
    if (state == INSTANCE_BUSY && !instance->timed_out)
        pool->counts.crashes++;
    if (state == INSTANCE_STARTING)
        invocation = dequeue(pool);
    instance->parked = NULL;
    instance->invocation = NULL;
    set_state(instance, INSTANCE_NONE);
    pool_lists_give_free(&pool->lists, instance);
    finish(invocation, INVOCATION_CRASHED, SLICE_EMPTY);
}

static void on_child(evutil_socket_t fd, short what, void *state)
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

bool pool_kill(struct pool *pool, long long pid)
{
    struct instance *instance = pool_lists_find_pid(&pool->lists, (pid_t)pid);

    if (instance == NULL)
        return false;
    if (instance->state == INSTANCE_IDLE) {
        pool_lists_remove_idle(&pool->lists, instance);
        set_state(instance, INSTANCE_ENDING);
    }
    end(instance);
    return true;
}

int pool_recycle(struct pool *pool)
{
    struct instance *instance;
    int count = 0;

    while ((instance = pool_lists_pop_idle(&pool->lists)) != NULL) {
        set_state(instance, INSTANCE_ENDING);
        end(instance);
        count++;
    }
    for (int i = 0; i < pool->lists.count; i++)
        pool->lists.all[i].retiring |=
            pool->lists.all[i].state == INSTANCE_BUSY;
    return count;
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

struct pool_counts pool_counts(const struct pool *pool)
{
    return pool->counts;
}

void pool_each(const struct pool *pool,
               void (*visit)(const struct instance *instance, void *state),
               void *state)
{
    for (int i = 0; i < pool->lists.count; i++) {
        if (pool->lists.all[i].state != INSTANCE_NONE)
            visit(&pool->lists.all[i], state);
    }
}

/*
 * libevent asks for every SIGCHLD, and the kernel sends one for each SIGSTOP
 * and SIGCONT as well: two signals and two looks at all children per event.
 */
static bool ignore_stops(void)
{
    struct sigaction action;

    if (sigaction(SIGCHLD, NULL, &action) != 0)
        return false;
    action.sa_flags |= SA_NOCLDSTOP;
    return sigaction(SIGCHLD, &action, NULL) == 0;
}

static bool make_events(struct pool *pool, struct event_base *base)
{
    pool->queue_timer = evtimer_new(base, on_queue_timer, pool);
    pool->child_signal = evsignal_new(base, SIGCHLD, on_child, pool);
    if (pool->queue_timer == NULL || pool->child_signal == NULL ||
        evsignal_add(pool->child_signal, NULL) != 0 || !ignore_stops())
        return false;
    for (int i = 0; i < pool->lists.count; i++) {
        struct instance *instance = &pool->lists.all[i];

        instance->pool = pool;
        instance->timer = evtimer_new(base, on_instance_timer, instance);
        if (instance->timer == NULL)
            return false;
    }
    return true;
}

struct pool *pool_new(struct event_base *base, const struct cloud *cloud,
                      pool_deliver deliver, pool_hang_up hang_up,
                      struct error *err)
{
    struct pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    pool->options = cloud->options;
    pool->deliver = deliver;
    pool->hang_up = hang_up;
    if (!instance_env_init(&pool->env, cloud, err)) {
        pool_free(pool);
        return NULL;
    }
    if (!pool_lists_init(&pool->lists, cloud->options->instances) ||
        !make_events(pool, base)) {
        error_set(err, "out of memory");
        pool_free(pool);
        return NULL;
    }
    return pool;
}

/* Instances are our only children. */
static void end_instances(struct pool *pool)
{
    for (int i = 0; i < pool->lists.count; i++) {
        if (pool->lists.all[i].state != INSTANCE_NONE)
            instance_kill(&pool->lists.all[i]);
    }
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    end_instances(pool);
    for (int i = 0; i < pool->lists.count; i++) {
        struct instance *instance = &pool->lists.all[i];

        if (instance->parked != NULL)
            pool->hang_up(instance->parked);
        finish(instance->invocation, INVOCATION_CRASHED, SLICE_EMPTY);
        if (instance->timer != NULL)
            event_free(instance->timer);
    }
    while (pool->first != NULL)
        finish(dequeue(pool), INVOCATION_CRASHED, SLICE_EMPTY);
    if (pool->queue_timer != NULL)
        event_free(pool->queue_timer);
    if (pool->child_signal != NULL)
        event_free(pool->child_signal);
    pool_lists_release(&pool->lists);
    instance_env_release(&pool->env);
    free(pool);
}
