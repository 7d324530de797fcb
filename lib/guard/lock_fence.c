#include "guard/lock_fence.h"

#include <string.h>

/* Redis's words; "ERR value is not an integer or out of range". */
static const char *const broken[] = {
    "ERR value is not an integer",
    "ERR increment or decrement would overflow",
};

bool lock_fence_is_broken(const struct kv_reply *reply)
{
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        if (reply->type == KV_ERROR && reply->text.len >= strlen(broken[i]) &&
            memcmp(reply->text.at, broken[i], strlen(broken[i])) == 0)
            return true;
    }
    return reply->type == KV_OTHER ||
           (reply->type == KV_INTEGER && reply->integer >= LOCK_FENCE_MAX);
}

enum kv_result lock_fence_reset(struct kv *kv, const struct lock *lock,
                                int64_t timeout_ms, struct kv_reply *reply,
                                struct error *err)
{
    const struct kv_command reset = KV_COMMAND("SET", lock->fence_key, "0");

    error_set(err, "%s is no counter any more", lock->fence_key);
    if (timeout_ms <= 0)
        return KV_NOT_SENT;
    return kv_command(kv, &reset, timeout_ms, reply, err);
}
