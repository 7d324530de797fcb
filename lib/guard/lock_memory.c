#include "guard/lock_memory.h"

#include <stdio.h>
#include <string.h>

/* The entry of NAME; if there is none, the one that ends first. */
static struct lock_refusal *find(struct lock_memory *memory, const char *name)
{
    struct lock_refusal *oldest = memory->refusals;

    for (size_t i = 0; i < LOCK_MEMORY_NAMES; i++) {
        struct lock_refusal *one = &memory->refusals[i];

        if (strcmp(one->name, name) == 0)
            return one;
        if (one->until_ms < oldest->until_ms)
            oldest = one;
    }
    return oldest;
}

void lock_memory_note(struct lock_memory *memory, const char *name,
                      int64_t now_ms)
{
    struct lock_refusal *one = find(memory, name);

    (void)snprintf(one->name, sizeof(one->name), "%s", name);
    one->until_ms = now_ms + LOCK_MEMORY_MS;
}

bool lock_memory_has(const struct lock_memory *memory, const char *name,
                     int64_t now_ms)
{
    for (size_t i = 0; i < LOCK_MEMORY_NAMES; i++) {
        if (strcmp(memory->refusals[i].name, name) == 0)
            return now_ms < memory->refusals[i].until_ms;
    }
    return false;
}
