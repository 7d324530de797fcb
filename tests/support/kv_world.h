/*
 * kv_world: a KV client with a scripted store and a fake clock.
 */
#ifndef BOUNCER_KV_WORLD_H
#define BOUNCER_KV_WORLD_H

#include "fake_clock.h"
#include "fake_transport.h"
#include "wire/kv.h"

/* The client's token; kv_world_close fails the test if w->err holds it. */
#define KV_WORLD_SECRET "kv-s3cret"

struct kv_world {
    struct fake_clock clock;
    struct fake_transport store;
    struct kv kv;
    struct error err;
};

void kv_world_open(struct kv_world *w);
void kv_world_close(struct kv_world *w);

/* Send GET k. */
enum kv_result kv_world_get(struct kv_world *w, struct kv_reply *reply);

#endif
