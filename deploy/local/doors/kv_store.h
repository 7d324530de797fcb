/*
 * kv_store: the KV door's one connection to redis, on hiredis and libevent.
 *
 * Commands are answered in the order in which they were sent, and those that
 * one caller sends without returning to the event loop stay together: nobody
 * else's command comes between MULTI and EXEC.
 *
 * The store ends a script that runs for longer than a second: redis would serve
 * nobody else until then.  A script that has written ends with redis itself,
 * which comes back empty.
 *
 * A lost connection is opened again after a pause, and whenever a command
 * finds it closed.  Commands whose answer is lost may have been executed.
 */
#ifndef BOUNCER_LOCAL_KV_STORE_H
#define BOUNCER_LOCAL_KV_STORE_H

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>

#include "base/error.h"
#include "doors/kv_args.h"

struct event_base;
struct kv_store;

/* REPLY is borrowed, and NULL where it got lost. */
typedef void kv_store_done(const redisReply *reply, void *state);

/*
 * A store on the unix socket SOCKET, which is borrowed.  NULL with the reason
 * in ERR; a socket where nobody listens is not a
 * failure.
 */
__attribute__((warn_unused_result)) struct kv_store *
kv_store_new(struct event_base *base, const char *socket, struct error *err);

/*
 * A connection of the caller's own to the redis at SOCKET, which BASE's loop
 * runs; NULL where there is none.
 */
__attribute__((warn_unused_result)) redisAsyncContext *
kv_store_connect(struct event_base *base, const char *socket);

/* Whether there is a connection; opens one if there is none. */
bool kv_store_is_up(struct kv_store *store);

/*
 * Send a command.  DONE is called once with its reply; it may be called before
 * this returns, without one, where there is no connection.
 */
void kv_store_send(struct kv_store *store, const struct kv_args *args,
                   kv_store_done *done, void *state);

/* Close it; commands under way get no reply.  Nothing on NULL. */
void kv_store_free(struct kv_store *store);

#endif
