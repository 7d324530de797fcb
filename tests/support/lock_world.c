/*
 * A real lock client and a real KV client on a fake transport: a test scripts
 * what the store answers, and reads what it was asked.
 */
#include "lock_world.h"

#include <criterion/criterion.h>
#include <string.h>

struct lock_world lw;

void lock_world_open(void)
{
    struct kv_options kv;

    fake_clock_init(&lw.clock);
    fake_transport_init(&lw.store, &lw.clock);
    kv = (struct kv_options){.transport = &lw.store.transport,
                             .url = "https://kv.example/",
                             .token = LOCK_WORLD_SECRET};
    cr_assert(kv_init(&lw.kv, &kv, &lw.err));
    lock_store_kv_init(&lw.redis, &lw.kv, &lw.clock.clock, 800);
    lock_client_init(&lw.client,
                     &(struct lock_client_options){.store = &lw.redis.store,
                                                   .clock = &lw.clock.clock,
                                                   .tries = 3});
}

struct fake_step *lock_world_store(const char *answer)
{
    return fake_transport_answer(&lw.store, 200, answer);
}

void lock_world_crowd(void)
{
    lock_memory_refuse(&lw.client.memory, "product:1",
                       clock_boottime_ms(&lw.clock.clock));
}

void lock_world_close(void)
{
    cr_expect(fake_transport_is_done(&lw.store),
              "the script was not used up: %zu of %zu", lw.store.request_count,
              lw.store.step_count);
    kv_release(&lw.kv);
    fake_transport_release(&lw.store);
    memset(&lw, 0, sizeof(lw)); /* so that a leak shows */
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

enum lock_result lock_world_ask(struct lock_request request)
{
    return lock_acquire(&lw.client, &request, &lw.lock, &lw.err);
}

enum lock_result lock_world_acquire(bool fenced)
{
    struct lock_request request = lock_world_request(NULL);

    request.fenced = fenced;
    return lock_world_ask(request);
}
