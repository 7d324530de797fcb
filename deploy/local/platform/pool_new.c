/*
 * The table of instances and every timer are allocated here; the pool allocates
 * nothing later.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/shared.h"
#include "platform/pool_state.h"
#include "platform/settings.h"

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
    pool->queue_timer = evtimer_new(base, pool_on_queue_timer, pool);
    pool->child_signal = evsignal_new(base, SIGCHLD, pool_on_child, pool);
    pool->order_signal = evsignal_new(base, SIGUSR1, pool_on_order, pool);
    if (pool->queue_timer == NULL || pool->child_signal == NULL ||
        evsignal_add(pool->child_signal, NULL) != 0 || !ignore_stops() ||
        pool->order_signal == NULL ||
        evsignal_add(pool->order_signal, NULL) != 0)
        return false;
    for (int i = 0; i < pool->lists.count; i++) {
        struct instance *instance = &pool->lists.all[i];

        instance->pool = pool;
        instance->timer = evtimer_new(base, pool_on_instance_timer, instance);
        if (instance->timer == NULL)
            return false;
    }
    return true;
}

struct pool *pool_new(struct event_base *base, const struct settings *settings,
                      pool_deliver deliver, pool_hang_up hang_up,
                      struct error *err)
{
    struct pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    pool->options = settings->options;
    pool->shared = settings->shared;
    pool->places = settings->shared->instances;
    for (int i = 0; i < settings->index; i++)
        pool->places += options_share(settings->options, i);
    pool->deliver = deliver;
    pool->hang_up = hang_up;
    if (!instance_env_init(&pool->env, settings, err)) {
        pool_free(pool);
        return NULL;
    }
    if (!pool_lists_init(&pool->lists,
                         options_share(settings->options, settings->index)) ||
        !make_events(pool, base)) {
        error_set(err, "out of memory");
        pool_free(pool);
        return NULL;
    }
    atomic_store(&pool->shared->platforms[settings->index], getpid());
    pool_obey(pool);
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
        pool_finish(instance->invocation, INVOCATION_CRASHED, SLICE_EMPTY);
        if (instance->timer != NULL)
            event_free(instance->timer);
    }
    while (pool->first != NULL)
        pool_finish(pool_dequeue(pool), INVOCATION_CRASHED, SLICE_EMPTY);
    if (pool->queue_timer != NULL)
        event_free(pool->queue_timer);
    if (pool->child_signal != NULL)
        event_free(pool->child_signal);
    if (pool->order_signal != NULL)
        event_free(pool->order_signal);
    pool_lists_release(&pool->lists);
    instance_env_release(&pool->env);
    free(pool);
}
