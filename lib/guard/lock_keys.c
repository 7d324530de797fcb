#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "guard/lock_parts.h"

bool lock_name_is_valid(const char *name)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz"
                                   "0123456789:._-";
    size_t len = strlen(name);

    return len > 0 && len < LOCK_NAME_MAX && strspn(name, alphabet) == len;
}

void lock_name_permit(struct lock *lock, const struct lock_request *request,
                      bool crowded)
{
    const int permit = crowded && request->permits > 1
                           ? random_between(0, request->permits - 1)
                           : 0;

    if (permit)
        (void)snprintf(lock->name, sizeof(lock->name), "%s#%d", request->name,
                       permit);
    else
        (void)snprintf(lock->name, sizeof(lock->name), "%s", request->name);
}

void lock_write_marker_key(struct lock *lock, const char *call, const char *key)
{
    (void)snprintf(lock->marker_key, sizeof(lock->marker_key), "key:%s:%s",
                   call, key);
}

void lock_write_keys(struct lock *lock, const struct lock_request *request)
{
    lock->fenced = request->fenced;
    (void)snprintf(lock->key, sizeof(lock->key), "lock:%s", lock->name);
    (void)snprintf(lock->fence_key, sizeof(lock->fence_key), "fence:%s",
                   lock->name);
    (void)snprintf(lock->sign_key, sizeof(lock->sign_key), "closed:%s",
                   request->name);
    if (request->fenced && request->idempotency_key)
        lock_write_marker_key(lock, request->call, request->idempotency_key);
}
