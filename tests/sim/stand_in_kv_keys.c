/* The keys of the simulated store, with their times to live. */
#include "stand_in_kv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stand_in_kv_key *stand_in_kv_find(struct stand_in_kv *kv, int64_t now_us,
                                         const char *name)
{
    for (size_t i = 0; i < kv->keys.used; i++) {
        struct stand_in_kv_key *key = &kv->keys.list[i];

        if (key->expires_us && key->expires_us <= now_us)
            *key = (struct stand_in_kv_key){0};
        if (key->name[0] && strcmp(key->name, name) == 0)
            return key;
    }
    return NULL;
}

struct stand_in_kv_key *stand_in_kv_make(struct stand_in_kv *kv,
                                         const char *name)
{
    struct stand_in_kv_key *key = kv->keys.list;

    while (key < kv->keys.list + kv->keys.used && key->name[0])
        key++;
    if (key == kv->keys.list + kv->keys.used &&
        kv->keys.used++ == STAND_IN_KV_KEYS)
        abort();
    (void)snprintf(key->name, sizeof(key->name), "%s", name);
    return key;
}

void stand_in_kv_drop(struct stand_in_kv *kv, struct stand_in_kv_key *key)
{
    const struct stand_in_kv_key old = *key;

    *key = (struct stand_in_kv_key){0};
    if (kv->watcher.deleted)
        kv->watcher.deleted(kv->watcher.state, old.name, old.value);
}

void stand_in_kv_spoil(struct stand_in_kv *kv, const char *name,
                       const char *value, bool is_list)
{
    struct stand_in_kv_key *key = stand_in_kv_find(kv, 0, name);

    if (!key)
        key = stand_in_kv_make(kv, name);
    (void)snprintf(key->value, sizeof(key->value), "%s", value);
    key->is_list = is_list;
    key->expires_us = 0;
}
