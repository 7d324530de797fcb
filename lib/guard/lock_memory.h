/*
 * lock_memory: what an instance remembers of names that many come for: where it
 * was refused in the last seconds, and which sign it saw in the last one.
 *
 * A request that looks first costs the store one command, and not the four of a
 * try; one that remembers a sign costs none.  A quiet name gets its try at
 * once.
 */
#ifndef BOUNCER_LOCK_MEMORY_H
#define BOUNCER_LOCK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard/lock_store.h"

/* Bytes of a lock's name, its end included. */
#define LOCK_NAME_MAX 128

#define LOCK_MEMORY_NAMES 16

/* For so long a refusal counts, and a sign. */
#define LOCK_MEMORY_REFUSAL_MS 3000
#define LOCK_MEMORY_SIGN_MS 1000

/* Starts all zero. */
struct lock_memory {
    struct lock_memorized {
        char name[LOCK_NAME_MAX]; /* "": the entry is free */
        int64_t refused_ms;       /* when */
        int64_t sign_ms;          /* when it was seen */
        char sign[LOCK_SIGN_MAX]; /* "": none */
    } names[LOCK_MEMORY_NAMES];
};

/* Note that NAME was refused at NOW_MS; the oldest name makes room. */
void lock_memory_refuse(struct lock_memory *memory, const char *name,
                        int64_t now_ms);

/* Note that NAME had the sign WORD at NOW_MS, or "", none; also a refusal. */
void lock_memory_sign(struct lock_memory *memory, const char *name,
                      const char *word, int64_t now_ms);

/* Whether NAME was refused shortly before NOW_MS. */
bool lock_memory_is_crowded(const struct lock_memory *memory, const char *name,
                            int64_t now_ms);

/* The sign that NAME had shortly before NOW_MS; "": none. */
const char *lock_memory_find_sign(const struct lock_memory *memory,
                                  const char *name, int64_t now_ms);

#endif
