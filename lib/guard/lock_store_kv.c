/*
 * Each function sends commands and translates the replies.  A reply that makes
 * no sense is no clear answer: whatever SET said then, the key may be ours.
 */
#include "guard/lock_store_kv.h"

#include <stdio.h>
#include <string.h>

/* Redis documentation, "SET", on releasing a lock safely. */
static const char release_script[] =
    "if redis.call('get',KEYS[1])==ARGV[1] then "
    "return redis.call('del',KEYS[1]) else return 0 end";

static bool begins_with(const struct kv_reply *reply, const char *words)
{
    return reply->type == KV_ERROR &&
           strncmp(reply->text, words, strlen(words)) == 0;
}

/* ---- requests ---- */

static enum kv_result send(const struct lock_store_kv *redis,
                           const struct lock_claim *claim,
                           const struct kv_command commands[], size_t count,
                           struct kv_replies *replies, struct error *err)
{
    int64_t timeout_ms = claim->deadline_ms - clock_boottime_ms(redis->clock);

    if (timeout_ms > redis->timeout_ms)
        timeout_ms = redis->timeout_ms;
    if (timeout_ms > 0)
        return kv_exchange(redis->kv, commands, count, timeout_ms, replies,
                           err);
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

/* The store answered, but a command failed with this REPLY. */
static enum lock_store_result judge_error(const struct kv_reply *reply,
                                          struct error *err)
{
    const enum kv_result kind = kv_error_kind(reply->text);

    kv_explain(err, reply->text);
    error_prefix(err, "command %s", kv_result_name(kind));
    return judge(kind);
}

/* An error in reply to a single command is the result of the whole. */
static enum lock_store_result judge_replies(enum kv_result result, size_t count,
                                            const struct kv_replies *replies,
                                            struct error *err)
{
    if (result != KV_ANSWERED)
        error_prefix(err, "%s", kv_result_name(result));
    else if (count == 1 && replies->list[0].type == KV_ERROR)
        return judge_error(&replies->list[0], err);
    return judge(result);
}

static enum lock_store_result ask(const struct lock_store_kv *redis,
                                  const struct lock_claim *claim,
                                  const struct kv_command commands[],
                                  size_t count, struct kv_replies *replies,
                                  struct error *err)
{
    return judge_replies(send(redis, claim, commands, count, replies, err),
                         count, replies, err);
}

/* ---- acquiring ---- */

/* Whose key it is, by GET's reply. */
static enum lock_store_result read_owner(const struct kv_reply *reply,
                                         struct lock_view *view,
                                         struct error *err)
{
    const size_t size = strlen(reply->text) + 1;

    if (reply->type == KV_STRING && size <= sizeof(view->token)) {
        view->owner = LOCK_OWNER_TOKEN;
        memcpy(view->token, reply->text, size);
    } else if (reply->type == KV_STRING || kv_is_wrong_type(reply)) {
        view->owner = LOCK_OWNER_OTHER;
    } else if (reply->type == KV_ERROR) {
        return judge_error(reply, err);
    } else {
        view->owner = LOCK_OWNER_NOBODY;
    }
    return LOCK_STORE_ANSWERED;
}

static enum lock_store_result look(void *state, const struct lock_claim *claim,
                                   struct lock_view *view, struct error *err)
{
    const struct kv_command get = KV_COMMAND("GET", claim->key);
    struct kv_replies replies;
    const enum lock_store_result result =
        ask(state, claim, &get, 1, &replies, err);

    if (result == LOCK_STORE_ANSWERED || kv_is_wrong_type(&replies.list[0]))
        return read_owner(&replies.list[0], view, err);
    return result;
}

/*
 * Whether REPLY, to INCR, shows that the counter gives no fences.  Redis says
 * "ERR value is not an integer or out of range".
 */
static bool is_broken(const struct kv_reply *reply)
{
    return begins_with(reply, "ERR value is not an integer") ||
           begins_with(reply, "ERR increment or decrement would overflow") ||
           reply->type == KV_OTHER ||
           (reply->type == KV_INTEGER && reply->integer >= LOCK_FENCE_MAX);
}

/* Set the counter back to 0 if OWNER, GET's reply, is the claim's token. */
static enum lock_store_result reset_counter(const struct lock_store_kv *redis,
                                            const struct lock_claim *claim,
                                            const struct kv_reply *owner,
                                            struct lock_view *view,
                                            struct error *err)
{
    const struct kv_command reset = KV_COMMAND("SET", claim->fence_key, "0");
    struct kv_replies replies;
    enum lock_store_result result;

    view->may_be_ours = true;
    if (owner->type != KV_STRING || strcmp(owner->text, claim->token) != 0)
        return read_owner(owner, view, err);
    result = ask(redis, claim, &reset, 1, &replies, err);
    if (result != LOCK_STORE_ANSWERED)
        return result;
    error_set(err, "%s was no counter any more", claim->fence_key);
    return LOCK_STORE_UNKNOWN;
}

static enum lock_store_result try_fenced(const struct lock_store_kv *redis,
                                         const struct lock_claim *claim,
                                         const struct kv_command *set,
                                         struct lock_view *view,
                                         struct error *err)
{
    enum { SET, INCR, GET, COUNT };
    const struct kv_command commands[COUNT] = {
        *set, KV_COMMAND("INCR", claim->fence_key),
        KV_COMMAND("GET", claim->key)};
    struct kv_replies replies;
    const struct kv_reply *reply = replies.list;
    const enum lock_store_result result =
        ask(redis, claim, commands, COUNT, &replies, err);

    view->may_be_ours = replies.sends > 1 || reply[SET].type == KV_STRING;
    if (result != LOCK_STORE_ANSWERED)
        return result;
    if (reply[SET].type == KV_ERROR)
        return judge_error(&reply[SET], err);
    if (is_broken(&reply[INCR]))
        return reset_counter(redis, claim, &reply[GET], view, err);
    if (reply[INCR].type == KV_ERROR)
        return judge_error(&reply[INCR], err);
    if (reply[INCR].type != KV_INTEGER) {
        error_set(err, "the fence is no number");
        return LOCK_STORE_UNKNOWN;
    }
    view->fence = reply[INCR].integer;
    return read_owner(&reply[GET], view, err);
}

static enum lock_store_result try_unfenced(const struct lock_store_kv *redis,
                                           const struct lock_claim *claim,
                                           const struct kv_command *set,
                                           struct lock_view *view,
                                           struct error *err)
{
    struct kv_replies replies;
    const struct kv_reply *reply = replies.list;
    const enum lock_store_result result =
        ask(redis, claim, set, 1, &replies, err);

    view->may_be_ours = replies.sends > 1;
    if (result != LOCK_STORE_ANSWERED)
        return result;
    if (reply->type == KV_STRING && strcmp(reply->text, "OK") == 0) {
        view->owner = LOCK_OWNER_TOKEN;
        (void)snprintf(view->token, sizeof(view->token), "%s", claim->token);
    } else if (reply->type != KV_NULL) {
        view->may_be_ours = true;
    }
    return LOCK_STORE_ANSWERED;
}

static enum lock_store_result try(void *state, const struct lock_claim *claim,
                                  struct lock_view *view, struct error *err)
{
    char lease_s[16];
    const struct kv_command set =
        KV_COMMAND("SET", claim->key, claim->token, "NX", "EX", lease_s);

    (void)snprintf(lease_s, sizeof(lease_s), "%d", claim->lease_s);
    return claim->fence_key ? try_fenced(state, claim, &set, view, err)
                            : try_unfenced(state, claim, &set, view, err);
}

/* ---- releasing ---- */

/*
 * Try DELEX, then the script if the store rejects DELEX and maybe nothing else:
 * the command is unknown, not available, or not allowed to us.
 *
 * Learn to skip DELEX if the script works and DELEX never will.  Redis begins a
 * plain error with ERR; an error with a word of its own, as LOADING, READONLY
 * or BUSY, is a passing one.
 */
static enum lock_store_result
release(void *state, const struct lock_claim *claim, struct error *err)
{
    struct lock_store_kv *redis = state;
    const struct kv_command delex =
        KV_COMMAND("DELEX", claim->key, "IFEQ", claim->token);
    const struct kv_command script =
        KV_COMMAND("EVAL", release_script, "1", claim->key, claim->token);
    const bool by_script = redis->release_by_script;
    struct kv_replies replies;
    const struct kv_reply *reply = replies.list;
    enum kv_result result =
        send(redis, claim, by_script ? &script : &delex, 1, &replies, err);
    const bool forbidden = begins_with(reply, "NOPERM");
    const bool lasting = forbidden || begins_with(reply, "ERR");

    if (!by_script && reply->type == KV_ERROR &&
        (forbidden || result == KV_ANSWERED)) {
        result = send(redis, claim, &script, 1, &replies, err);
        redis->release_by_script =
            lasting && result == KV_ANSWERED && reply->type == KV_INTEGER;
    }
    if (result == KV_ANSWERED && reply->type != KV_INTEGER &&
        reply->type != KV_ERROR) {
        error_set(err, "the reply is no number");
        return LOCK_STORE_REJECTED;
    }
    return judge_replies(result, 1, &replies, err);
}

/* ---- a store that lost its counter ---- */

/* The missing key of a counter stands for 0. */
static bool read_counter(const struct kv_reply *reply, long long *value)
{
    *value = 0;
    return reply->type == KV_NULL ||
           (reply->type == KV_STRING &&
            slice_to_int(slice_of(reply->text), value));
}

static enum lock_store_result raise_fence(void *state,
                                          const struct lock_claim *claim,
                                          int64_t at_least, struct error *err)
{
    char difference[24];
    const struct kv_command get = KV_COMMAND("GET", claim->fence_key);
    const struct kv_command add =
        KV_COMMAND("INCRBY", claim->fence_key, difference);
    struct kv_replies replies;
    long long value;
    long long missing;
    enum lock_store_result result = ask(state, claim, &get, 1, &replies, err);

    if (result != LOCK_STORE_ANSWERED)
        return result;
    if (!read_counter(&replies.list[0], &value) ||
        __builtin_sub_overflow((long long)at_least, value, &missing)) {
        error_set(err, "the counter is no number, or far below zero");
        return LOCK_STORE_REJECTED;
    }
    if (missing <= 0)
        return LOCK_STORE_ANSWERED;
    (void)snprintf(difference, sizeof(difference), "%lld", missing);
    return ask(state, claim, &add, 1, &replies, err);
}

void lock_store_kv_init(struct lock_store_kv *redis, struct kv *kv,
                        const struct clock *clock, int64_t timeout_ms)
{
    *redis = (struct lock_store_kv){
        .store = {.try = try,
                  .look = look,
                  .release = release,
                  .raise = raise_fence,
                  .state = redis},
        .kv = kv,
        .clock = clock,
        .timeout_ms = timeout_ms,
    };
}
