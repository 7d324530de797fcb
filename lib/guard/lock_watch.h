/*
 * lock_watch: notices that a lock's key holds something that is no lock.
 *
 * Somebody's own key under `lock:`, of another type or without a time to live,
 * keeps its name busy for ever.  The answers to an acquisition show it, without
 * further commands: a type that no lock has, a value that is no token, or one
 * token that stays for longer than two leases.
 *
 *     if (lock_watch_owner(&watch, key, owner, lease_ms, now_ms))
 *         report it: the first time for this name
 *
 * If the store says "busy" and not who holds it, lock_watch_busy says when it
 * is time to look.  A watch remembers the last few names that were busy, so
 * each name is reported once unless many of them are blocked.
 */
#ifndef BOUNCER_LOCK_WATCH_H
#define BOUNCER_LOCK_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "guard/lock_store.h"

#define LOCK_WATCH_NAMES 4

struct lock_watched {
    char key[LOCK_KEY_MAX];     /* "": the entry is free */
    char owner[LOCK_TOKEN_MAX]; /* the token seen there; "": none yet */
    int64_t since_ms;           /* since when this owner, or any, was seen */
    bool told;                  /* reported already */
};

/* Starts all zero. */
struct lock_watch {
    struct lock_watched names[LOCK_WATCH_NAMES];
    size_t next; /* the entry that was taken last */
};

/*
 * Note that KEY held OWNER at NOW_MS; {NULL, 0}: a value of another type.
 * LEASE_MS is how long a lock of that name lasts.  True if that is no lock, the
 * first time for this key.
 */
bool lock_watch_owner(struct lock_watch *watch, const char *key,
                      struct slice owner, int64_t lease_ms, int64_t now_ms);

/*
 * Note that KEY was taken at NOW_MS, by an unknown owner.  True if it has been
 * taken for so long that it is worth a look.
 */
bool lock_watch_busy(struct lock_watch *watch, const char *key,
                     int64_t lease_ms, int64_t now_ms);

#endif
