/*
 * lock_fence: recognizes and resets a broken counter of fences: by somebody's
 * mistake it is not a number, or has reached LOCK_FENCE_MAX.  For lock.c alone.
 */
#ifndef BOUNCER_LOCK_FENCE_H
#define BOUNCER_LOCK_FENCE_H

#include "guard/lock.h"

/* Whether REPLY, to INCR, shows that the counter is broken. */
bool lock_fence_is_broken(const struct kv_reply *reply);

/*
 * Set the counter of a held LOCK back to 0, within TIMEOUT_MS.  The result is
 * kv_command's; KV_NOT_SENT if TIMEOUT_MS is 0 or less.
 */
__attribute__((warn_unused_result)) enum kv_result
lock_fence_reset(struct kv *kv, const struct lock *lock, int64_t timeout_ms,
                 struct kv_reply *reply, struct error *err);

#endif
