/*
 * lock_fence: a counter of fences that can give none any more, by somebody's
 * mistake: it is no number, or near the end of the numbers.  For lock.c alone.
 */
#ifndef BOUNCER_LOCK_FENCE_H
#define BOUNCER_LOCK_FENCE_H

#include "guard/lock.h"

/* Whether REPLY, INCR's, is such a counter's. */
bool lock_fence_is_broken(const struct kv_reply *reply);

/*
 * Set the counter of a held LOCK back to 0, within TIMEOUT_MS.  The result is
 * kv_command's; 0 or less time: KV_NOT_SENT.
 */
__attribute__((warn_unused_result)) enum kv_result
lock_fence_reset(struct kv *kv, const struct lock *lock, int64_t timeout_ms,
                 struct kv_reply *reply, struct error *err);

#endif
