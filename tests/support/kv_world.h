/*
 * kv_world: a KV client with a scripted store, at a time that stands still.
 */
#ifndef BOUNCER_KV_WORLD_H
#define BOUNCER_KV_WORLD_H

#include "fake_clock.h"
#include "fake_transport.h"
#include "wire/kv.h"

/* The client's token; closing fails the test where an error text holds it. */
#define KV_WORLD_SECRET "kv-s3cret"

struct kv_world {
    struct fake_clock clock;
    struct fake_transport store;
    struct kv kv;
    struct error err;
};

void kv_world_open(struct kv_world *w);
void kv_world_close(struct kv_world *w);

/* GET k. */
enum kv_result kv_world_get(struct kv_world *w, struct kv_reply *reply);

#endif
