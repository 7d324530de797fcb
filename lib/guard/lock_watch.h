/*
 * lock_watch: notices that a lock's key holds something that is no lock.
 *
 * Somebody's own key under `lock:`, of another type or without a time to live,
 * refuses every request for its name for ever.  It shows itself, without a
 * command of its own: by a type that no lock has, by a value that is no token,
 * or by one token that stays for longer than a lease can last.
 *
 *     if (lock_watch_owner(&watch, key, owner, lease_ms, now_ms))
 *         tell it: the first time for this name
 *
 * Where the store says "busy" and not who holds it, lock_watch_busy tells when
 * it is time to look.  A watch remembers the last few names that were busy, so
 * each name is told once unless many of them are blocked.
 */
#ifndef BOUNCER_LOCK_WATCH_H
#define BOUNCER_LOCK_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Bytes of a key and of a token, their ends included. */
#define LOCK_KEY_MAX 133
#define LOCK_TOKEN_MAX 33

#define LOCK_WATCH_NAMES 4

struct lock_watched {
    char key[LOCK_KEY_MAX];     /* "": nothing is watched here */
    char owner[LOCK_TOKEN_MAX]; /* "": not seen yet */
    int64_t since_ms;           /* since when it has been seen there */
    bool told;
};

/* All zero to begin with. */
struct lock_watch {
    struct lock_watched names[LOCK_WATCH_NAMES];
    size_t next; /* the one that makes room for another name */
};

/*
 * KEY was found to hold OWNER at NOW_MS; {NULL, 0}: a value of another type.
 * LEASE_MS is how long a lock of that name lasts.  True where that is no lock,
 * and for this key the first time.
 */
bool lock_watch_owner(struct lock_watch *watch, const char *key,
                      struct slice owner, int64_t lease_ms, int64_t now_ms);

/*
 * KEY was found to be taken at NOW_MS, nobody knows by whom.  True where it has
 * been for so long that it is worth a look.
 */
bool lock_watch_busy(struct lock_watch *watch, const char *key,
                     int64_t lease_ms, int64_t now_ms);

#endif
