/*
 * A few entries, reused in turn.  Entries of names that were reported are
 * skipped while there are others, so that no name is reported twice.
 */
#include "guard/lock_watch.h"

#include <stdio.h>
#include <string.h>

/* A delayed try may set its token again: no report before this. */
#define LEASES_TO_WAIT 2

static struct lock_watched *make_room(struct lock_watch *watch)
{
    for (size_t i = 0; i < LOCK_WATCH_NAMES; i++) {
        watch->next = (watch->next + 1) % LOCK_WATCH_NAMES;
        if (!watch->names[watch->next].told)
            break;
    }
    return &watch->names[watch->next];
}

/* The entry of KEY; if there is none, a new one that begins at NOW_MS. */
static struct lock_watched *find(struct lock_watch *watch, const char *key,
                                 int64_t now_ms)
{
    struct lock_watched *watched;

    for (size_t i = 0; i < LOCK_WATCH_NAMES; i++) {
        if (strcmp(watch->names[i].key, key) == 0)
            return &watch->names[i];
    }
    watched = make_room(watch);
    *watched = (struct lock_watched){.since_ms = now_ms};
    (void)snprintf(watched->key, sizeof(watched->key), "%s", key);
    return watched;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Whether OWNER looks like a token of ours: 32 hex digits in lower case. */
static bool is_token(struct slice owner)
{
    if (owner.len != LOCK_TOKEN_MAX - 1)
        return false;
    for (size_t i = 0; i < owner.len; i++) {
        if (!is_hex(owner.at[i]))
            return false;
    }
    return true;
}

static bool is_old(const struct lock_watched *watched, int64_t lease_ms,
                   int64_t now_ms)
{
    return now_ms - watched->since_ms > LEASES_TO_WAIT * lease_ms;
}

bool lock_watch_owner(struct lock_watch *watch, const char *key,
                      struct slice owner, int64_t lease_ms, int64_t now_ms)
{
    struct lock_watched *watched = find(watch, key, now_ms);
    const bool token = is_token(owner);

    if (token && !slice_is(owner, watched->owner)) {
        memcpy(watched->owner, owner.at, owner.len);
        watched->owner[owner.len] = '\0';
        watched->since_ms = now_ms;
        watched->told = false;
        return false;
    }
    if (watched->told || (token && !is_old(watched, lease_ms, now_ms)))
        return false;
    watched->told = true;
    return true;
}

bool lock_watch_busy(struct lock_watch *watch, const char *key,
                     int64_t lease_ms, int64_t now_ms)
{
    const struct lock_watched *watched = find(watch, key, now_ms);

    return !watched->told && is_old(watched, lease_ms, now_ms);
}
