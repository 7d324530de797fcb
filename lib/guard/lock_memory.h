/*
 * lock_memory: the names on which an instance was refused in the last seconds.
 *
 * Where many come for one name, a request that looks first costs the store one
 * command, and not the three of a try.  A quiet name gets its try at once.
 */
#ifndef BOUNCER_LOCK_MEMORY_H
#define BOUNCER_LOCK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a lock's name, its end included. */
#define LOCK_NAME_MAX 128

#define LOCK_MEMORY_NAMES 16

/* For so long a refusal counts. */
#define LOCK_MEMORY_MS 3000

struct lock_memory {
    struct lock_refusal {
        char name[LOCK_NAME_MAX]; /* "": the entry is free */
        int64_t until_ms;
    } refusals[LOCK_MEMORY_NAMES];
};

/* Note that NAME was refused at NOW_MS; the oldest refusal makes room. */
void lock_memory_note(struct lock_memory *memory, const char *name,
                      int64_t now_ms);

/* Whether NAME was refused in the last LOCK_MEMORY_MS before NOW_MS. */
bool lock_memory_has(const struct lock_memory *memory, const char *name,
                     int64_t now_ms);

#endif
