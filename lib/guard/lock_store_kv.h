/*
 * lock_store_kv: locks in a Redis store, over its REST API.
 *
 *     struct lock_store_kv redis;
 *
 *     lock_store_kv_init(&redis, &kv, clock, timeout_ms);
 *     ... &redis.store ...
 *
 * A fenced try is one transaction,
 *
 *     SET <key> <token> NX EX <lease>; INCR <fence key>;
 *     SET <marker key> <token> NX EX 86400; MGET <key> <sign key> <marker key>
 *
 * without the marker where the claim has none; an unfenced one is only the
 * first SET.  A settlement is a pipeline.  A key is compared and deleted by
 * DELEX ... IFEQ if the store knows that, else by a script; each lock_store_kv
 * learns once which of the two.
 */
#ifndef BOUNCER_LOCK_STORE_KV_H
#define BOUNCER_LOCK_STORE_KV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "guard/lock_store.h"
#include "wire/kv.h"

struct lock_store_kv {
    struct lock_store store; /* hand out a pointer to this */
    struct kv *kv;
    const struct clock *clock;
    int64_t timeout_ms;
    bool release_by_script; /* learned: the store has no DELEX */
};

/* KV and CLOCK outlive it; each request may take TIMEOUT_MS. */
void lock_store_kv_init(struct lock_store_kv *redis, struct kv *kv,
                        const struct clock *clock, int64_t timeout_ms);

#endif
