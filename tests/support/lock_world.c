/*
 * A real lock client and a real KV client on a fake transport: a test scripts
 * what the store answers, and reads what it was asked.
 */
#include "lock_world.h"

#include <criterion/criterion.h>
#include <string.h>

void lock_world_open(struct lock_world *w)
{
    struct kv_options kv;

    memset(w, 0, sizeof(*w));
    fake_clock_init(&w->clock);
    fake_transport_init(&w->store, &w->clock);
    kv = (struct kv_options){.transport = &w->store.transport,
                             .url = "https://kv.example/",
                             .token = LOCK_WORLD_SECRET};
    cr_assert(kv_init(&w->kv, &kv, &w->err));
    lock_store_kv_init(&w->redis, &w->kv, &w->clock.clock, 800);
    lock_client_init(&w->client,
                     &(struct lock_client_options){.store = &w->redis.store,
                                                   .clock = &w->clock.clock,
                                                   .tries = 3});
}

void lock_world_crowd(struct lock_world *w)
{
    lock_memory_refuse(&w->client.memory, "product:1",
                       clock_boottime_ms(&w->clock.clock));
}

void lock_world_close(struct lock_world *w)
{
    cr_expect(fake_transport_is_done(&w->store),
              "the script was not used up: %zu of %zu", w->store.request_count,
              w->store.step_count);
    kv_release(&w->kv);
    fake_transport_release(&w->store);
}

/* The one sign that counts. */
static bool heeds(const void *state, const char *word)
{
    (void)state;
    return strcmp(word, "sold_out") == 0;
}

struct lock_request lock_world_request(const char *key)
{
    return (struct lock_request){.name = "product:1",
                                 .lease_s = 10,
                                 .fenced = true,
                                 .idempotency_key = key,
                                 .call = "purchase",
                                 .heeds = heeds,
                                 .budget_ms = 2400};
}

enum lock_result lock_world_ask(struct lock_world *w,
                                struct lock_request request)
{
    return lock_acquire(&w->client, &request, &w->lock, &w->err);
}

enum lock_result lock_world_acquire(struct lock_world *w, bool fenced)
{
    struct lock_request request = lock_world_request(NULL);

    request.fenced = fenced;
    return lock_world_ask(w, request);
}
