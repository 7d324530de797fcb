/*
 * One request to the store, and what its result is for a lock: the many results
 * of the wire are few for the protocol.
 */
#include <string.h>

#include "guard/lock_store_kv_request.h"

bool lock_kv_begins_with(const struct kv_reply *reply, const char *words)
{
    return reply->type == KV_ERROR &&
           strncmp(reply->text, words, strlen(words)) == 0;
}

enum kv_result lock_kv_send(const struct lock_store_kv *redis,
                            const struct lock_claim *claim,
                            exchange_fn *exchange,
                            const struct kv_command commands[], size_t count,
                            struct kv_replies *replies, struct error *err)
{
    int64_t timeout_ms = claim->deadline_ms - clock_boottime_ms(redis->clock);

    if (timeout_ms > redis->timeout_ms)
        timeout_ms = redis->timeout_ms;
    if (timeout_ms > 0)
        return exchange(redis->kv, commands, count, timeout_ms, replies, err);
    *replies = (struct kv_replies){0};
    error_set(err, "no time is left for it");
    return KV_NOT_SENT;
}

static enum lock_store_result judge(enum kv_result result)
{
    switch (result) {
    case KV_ANSWERED:
        return LOCK_STORE_ANSWERED;
    case KV_OVER_QUOTA:
        return LOCK_STORE_OVER_QUOTA;
    case KV_UNAUTHORIZED:
    case KV_FAILED:
        return LOCK_STORE_REJECTED;
    case KV_NOT_SENT:
        return LOCK_STORE_NOT_SENT;
    case KV_NO_ANSWER:
    case KV_UNREADABLE:
        return LOCK_STORE_UNKNOWN;
    }
    return LOCK_STORE_UNKNOWN;
}

enum lock_store_result lock_kv_judge_error(const struct kv_reply *reply,
                                           struct error *err)
{
    const enum kv_result kind = kv_error_kind(reply->text);

    kv_explain(err, reply->text);
    error_prefix(err, "command %s", kv_result_name(kind));
    return judge(kind);
}

enum lock_store_result lock_kv_judge_replies(enum kv_result result,
                                             size_t count,
                                             const struct kv_replies *replies,
                                             struct error *err)
{
    if (result != KV_ANSWERED)
        error_prefix(err, "%s", kv_result_name(result));
    else if (count == 1 && replies->list[0].type == KV_ERROR)
        return lock_kv_judge_error(&replies->list[0], err);
    return judge(result);
}

enum lock_store_result lock_kv_ask(const struct lock_store_kv *redis,
                                   const struct lock_claim *claim,
                                   const struct kv_command commands[],
                                   size_t count, struct kv_replies *replies,
                                   struct error *err)
{
    return lock_kv_judge_replies(
        lock_kv_send(redis, claim, kv_exchange, commands, count, replies, err),
        count, replies, err);
}
