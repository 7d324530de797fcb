/*
 * Replies come in order, so a script that does not end keeps all behind it
 * waiting.  While a reply is awaited a timer looks at the clock; where none has
 * come for long, a second connection kills what runs.
 */
#include "doors/kv_store.h"

/* adapters/libevent.h defines functions that a strict compiler looks into. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <hiredis/adapters/libevent.h>
#pragma GCC diagnostic pop

#include <event2/event.h>
#include <hiredis/async.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define RECONNECT_MS 100

#define WATCH_MS 250
#define SILENCE_MAX_MS 1000

struct kv_store {
    struct event_base *base;
    const char *socket;
    redisAsyncContext *redis; /* NULL: there is no connection */
    struct event *retry;
    struct event *watch;
    size_t awaited;  /* replies */
    int64_t news_ms; /* when the last one came, or the first was awaited */
    bool closing;
};

struct waiting {
    struct kv_store *store;
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

redisAsyncContext *kv_store_connect(struct event_base *base, const char *socket)
{
    redisAsyncContext *redis = redisAsyncConnectUnix(socket);

    if (redis && (redis->err || redisLibeventAttach(redis, base) != REDIS_OK)) {
        redisAsyncFree(redis);
        return NULL;
    }
    return redis;
}

static void connect_now(struct kv_store *store)
{
    redisAsyncContext *redis = kv_store_connect(store->base, store->socket);

    if (!redis)
        return;
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

/* ---- scripts that do not end ---- */

static int64_t now_ms(void)
{
    return clock_boottime_ms(clock_system());
}

/* Redis answers so to FUNCTION KILL, too, where a function has written. */
static void on_kill(redisAsyncContext *redis, void *reply, void *state)
{
    static const char unkillable[] = "UNKILLABLE";
    const redisReply *answer = reply;

    (void)state;
    if (!answer || answer->type != REDIS_REPLY_ERROR ||
        strncmp(answer->str, unkillable, sizeof(unkillable) - 1) != 0)
        return;
    (void)fputs("kv door: a script that has written does not end: redis is "
                "started again, empty\n",
                stderr);
    redisAsyncCommand(redis, NULL, NULL, "SHUTDOWN NOSAVE");
}

/* What was asked meanwhile is still waited for. */
static void on_last(redisAsyncContext *redis, void *reply, void *state)
{
    (void)state;
    if (reply)
        redisAsyncDisconnect(redis);
}

/*
 * Redis serves nobody while a script runs.  After its setting
 * busy-reply-threshold (services.c) it listens for SCRIPT KILL and FUNCTION
 * KILL alone, which end a script that has written nothing; at any other time it
 * rejects them, so asking is always safe.  A script that has written ends only
 * together with redis (https://redis.io/docs/latest/commands/script-kill/): the
 * supervisor starts redis again, and it has forgotten everything, as after a
 * failover of the real service.  A failure here is not an error: the watch asks
 * again.
 */
static void kill_script(const struct kv_store *store)
{
    redisAsyncContext *redis = kv_store_connect(store->base, store->socket);

    if (redis &&
        (redisAsyncCommand(redis, on_kill, NULL, "SCRIPT KILL") != REDIS_OK ||
         redisAsyncCommand(redis, on_last, NULL, "FUNCTION KILL") != REDIS_OK))
        redisAsyncFree(redis);
}

static void plan_watch(struct kv_store *store)
{
    struct timeval pause = {.tv_usec = WATCH_MS * 1000L};

    evtimer_add(store->watch, &pause);
}

static void on_watch(evutil_socket_t fd, short what, void *state)
{
    struct kv_store *store = state;

    (void)fd;
    (void)what;
    if (store->awaited == 0)
        return;
    if (now_ms() - store->news_ms > SILENCE_MAX_MS)
        kill_script(store);
    plan_watch(store);
}

/* ---- the store ---- */

struct kv_store *kv_store_new(struct event_base *base, const char *socket,
                              struct error *err)
{
    struct kv_store *store = calloc(1, sizeof(*store));

    if (store)
        store->retry = evtimer_new(base, on_retry, store);
    if (store)
        store->watch = evtimer_new(base, on_watch, store);
    if (!store || !store->retry || !store->watch) {
        error_set(err, "out of memory");
        kv_store_free(store);
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
    waiting->store->awaited--;
    waiting->store->news_ms = now_ms();
    waiting->done(reply, waiting->state);
    free(waiting);
}

/* A reply more is awaited. */
static void await(struct kv_store *store)
{
    if (store->awaited++ > 0)
        return;
    store->news_ms = now_ms();
    if (!evtimer_pending(store->watch, NULL))
        plan_watch(store);
}

void kv_store_send(struct kv_store *store, const struct kv_args *args,
                   kv_store_done *done, void *state)
{
    struct waiting *waiting = NULL;

    if (kv_store_is_up(store))
        waiting = malloc(sizeof(*waiting));
    if (waiting)
        *waiting =
            (struct waiting){.store = store, .done = done, .state = state};
    if (!waiting || redisAsyncCommandArgv(store->redis, on_reply, waiting,
                                          args->argc, (const char **)args->argv,
                                          args->lens) != REDIS_OK) {
        free(waiting);
        done(NULL, state);
        return;
    }
    await(store);
}

void kv_store_free(struct kv_store *store)
{
    if (!store)
        return;
    store->closing = true;
    if (store->redis)
        redisAsyncFree(store->redis);
    if (store->retry)
        event_free(store->retry);
    if (store->watch)
        event_free(store->watch);
    free(store);
}
