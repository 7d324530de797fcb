#include "kv_world.h"

#include <criterion/criterion.h>
#include <string.h>

void kv_world_open(struct kv_world *w)
{
    struct kv_options options = {.transport = &w->store.transport,
                                 .url = "https://kv.example/base//",
                                 .token = KV_WORLD_SECRET};

    memset(w, 0, sizeof(*w));
    fake_clock_init(&w->clock);
    fake_transport_init(&w->store, &w->clock);
    cr_assert(kv_init(&w->kv, &options, &w->err));
}

void kv_world_close(struct kv_world *w)
{
    cr_expect(fake_transport_is_done(&w->store));
    cr_expect(!strstr(w->err.text, KV_WORLD_SECRET), "%s", w->err.text);
    kv_release(&w->kv);
    fake_transport_release(&w->store);
}

enum kv_result kv_world_get(struct kv_world *w, struct kv_reply *reply)
{
    return kv_command(&w->kv, &KV_COMMAND("GET", "k"), 500, reply, &w->err);
}
