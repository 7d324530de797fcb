#include "kv_store.h"

/* adapters/libevent.h defines functions that a strict compiler looks into. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <hiredis/adapters/libevent.h>
#pragma GCC diagnostic pop

#include <event2/event.h>
#include <hiredis/async.h>
#include <stdlib.h>

#define RECONNECT_MS 100

struct kv_store {
    struct event_base *base;
    const char *socket;
    redisAsyncContext *redis; /* NULL: there is no connection */
    struct event *retry;
    bool closing;
};

struct waiting {
    kv_store_done *done;
    void *state;
};

static void plan_retry(struct kv_store *store)
{
    struct timeval pause = {.tv_usec = RECONNECT_MS * 1000L};

    if (!store->closing)
        evtimer_add(store->retry, &pause);
}

static void on_connect(const redisAsyncContext *redis, int status)
{
    struct kv_store *store = redis->data;

    /* hiredis frees a context whose connection failed. */
    if (status != REDIS_OK) {
        store->redis = NULL;
        plan_retry(store);
    }
}

static void on_disconnect(const redisAsyncContext *redis, int status)
{
    struct kv_store *store = redis->data;

    (void)status;
    store->redis = NULL;
    plan_retry(store);
}

static void connect_now(struct kv_store *store)
{
    redisAsyncContext *redis = redisAsyncConnectUnix(store->socket);

    if (!redis)
        return;
    if (redis->err || redisLibeventAttach(redis, store->base) != REDIS_OK) {
        redisAsyncFree(redis);
        return;
    }
    redis->data = store;
    redisAsyncSetConnectCallback(redis, on_connect);
    redisAsyncSetDisconnectCallback(redis, on_disconnect);
    store->redis = redis;
}

static void on_retry(evutil_socket_t fd, short what, void *state)
{
    (void)fd;
    (void)what;
    kv_store_is_up(state);
}

struct kv_store *kv_store_new(struct event_base *base, const char *socket,
                              struct error *err)
{
    struct kv_store *store = calloc(1, sizeof(*store));

    if (store)
        store->retry = evtimer_new(base, on_retry, store);
    if (!store || !store->retry) {
        error_set(err, "out of memory");
        free(store);
        return NULL;
    }
    store->base = base;
    store->socket = socket;
    connect_now(store);
    return store;
}

bool kv_store_is_up(struct kv_store *store)
{
    if (store->closing)
        return false;
    if (!store->redis)
        connect_now(store);
    if (!store->redis)
        plan_retry(store);
    return store->redis != NULL;
}

static void on_reply(redisAsyncContext *redis, void *reply, void *state)
{
    struct waiting *waiting = state;

    (void)redis;
    waiting->done(reply, waiting->state);
    free(waiting);
}

void kv_store_send(struct kv_store *store, const struct kv_args *args,
                   kv_store_done *done, void *state)
{
    struct waiting *waiting = NULL;

    if (kv_store_is_up(store))
        waiting = malloc(sizeof(*waiting));
    if (waiting)
        *waiting = (struct waiting){.done = done, .state = state};
    if (!waiting || redisAsyncCommandArgv(store->redis, on_reply, waiting,
                                          args->argc, (const char **)args->argv,
                                          args->lens) != REDIS_OK) {
        free(waiting);
        done(NULL, state);
    }
}

void kv_store_free(struct kv_store *store)
{
    if (!store)
        return;
    store->closing = true;
    if (store->redis)
        redisAsyncFree(store->redis);
    event_free(store->retry);
    free(store);
}
