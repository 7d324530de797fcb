#include "kv_warden.h"

/* adapters/libevent.h defines functions that a strict compiler looks into. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <hiredis/adapters/libevent.h>
#pragma GCC diagnostic pop

#include <hiredis/async.h>
#include <stdio.h>
#include <string.h>

static const char unkillable[] = "UNKILLABLE";

/* Redis calls a function that has written unkillable here, too. */
static void on_kill(redisAsyncContext *redis, void *reply, void *state)
{
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

void kv_warden_call(struct event_base *base, const char *socket)
{
    redisAsyncContext *redis = redisAsyncConnectUnix(socket);

    if (!redis)
        return;
    if (redis->err || redisLibeventAttach(redis, base) != REDIS_OK ||
        redisAsyncCommand(redis, on_kill, NULL, "SCRIPT KILL") != REDIS_OK ||
        redisAsyncCommand(redis, on_last, NULL, "FUNCTION KILL") != REDIS_OK)
        redisAsyncFree(redis);
}
