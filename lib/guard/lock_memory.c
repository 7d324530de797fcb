/*
 * A small table, searched from its start.  A name that is new takes the place
 * of the one that was refused longest ago; what has expired is told by its time
 * when it is asked for, and is never swept.
 */
#include "guard/lock_memory.h"

#include <stdio.h>
#include <string.h>

/* The entry of NAME; NULL if there is none. */
static const struct lock_memorized *find(const struct lock_memory *memory,
                                         const char *name)
{
    for (size_t i = 0; i < LOCK_MEMORY_NAMES; i++) {
        if (strcmp(memory->names[i].name, name) == 0)
            return &memory->names[i];
    }
    return NULL;
}

/* The entry of NAME; if there is none, the oldest one becomes it. */
static struct lock_memorized *take(struct lock_memory *memory, const char *name)
{
    struct lock_memorized *oldest = memory->names;

    for (size_t i = 0; i < LOCK_MEMORY_NAMES; i++) {
        struct lock_memorized *one = &memory->names[i];

        if (strcmp(one->name, name) == 0)
            return one;
        if (one->refused_ms < oldest->refused_ms)
            oldest = one;
    }
    *oldest = (struct lock_memorized){0};
    (void)snprintf(oldest->name, sizeof(oldest->name), "%s", name);
    return oldest;
}

void lock_memory_refuse(struct lock_memory *memory, const char *name,
                        int64_t now_ms)
{
    take(memory, name)->refused_ms = now_ms;
}

void lock_memory_sign(struct lock_memory *memory, const char *name,
                      const char *word, int64_t now_ms)
{
    struct lock_memorized *one = take(memory, name);

    one->refused_ms = now_ms;
    one->sign_ms = now_ms;
    (void)snprintf(one->sign, sizeof(one->sign), "%s", word);
}

bool lock_memory_is_crowded(const struct lock_memory *memory, const char *name,
                            int64_t now_ms)
{
    const struct lock_memorized *one = find(memory, name);

    return one && now_ms - one->refused_ms < LOCK_MEMORY_REFUSAL_MS;
}

const char *lock_memory_find_sign(const struct lock_memory *memory,
                                  const char *name, int64_t now_ms)
{
    const struct lock_memorized *one = find(memory, name);

    return one && now_ms - one->sign_ms < LOCK_MEMORY_SIGN_MS ? one->sign : "";
}
