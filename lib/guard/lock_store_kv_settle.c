/*
 * What follows an acquisition.  A settlement is a pipeline and no transaction,
 * so that a store without one of its commands carries out the others.
 */
#include <stdio.h>
#include <string.h>

#include "guard/lock_store_kv_request.h"

/* Redis documentation, "SET", on releasing a lock safely. */
static const char release_script[] =
    "if redis.call('get',KEYS[1])==ARGV[1] then "
    "return redis.call('del',KEYS[1]) else return 0 end";

enum lock_store_result lock_kv_mark(void *state, const struct lock_claim *claim,
                                    struct error *err)
{
    const struct kv_command set = KV_COMMAND(
        "SET", claim->marker_key, claim->token, "EX", LOCK_KV_MARKER_S);
    struct kv_replies replies;
    const struct kv_reply *reply = replies.list;
    const enum lock_store_result result =
        lock_kv_ask(state, claim, &set, 1, &replies, err);

    if (result != LOCK_STORE_ANSWERED ||
        (reply->type == KV_STRING && strcmp(reply->text, "OK") == 0))
        return result;
    error_set(err, "the reply to SET is not OK");
    return LOCK_STORE_UNKNOWN;
}

/* Delete KEY if it holds TOKEN: by the script, or by DELEX. */
static struct kv_command compare_and_delete(bool by_script, const char *key,
                                            const char *token)
{
    return by_script ? KV_COMMAND("EVAL", release_script, "1", key, token)
                     : KV_COMMAND("DELEX", key, "IFEQ", token);
}

/* A settlement's commands, and a word for what each is about. */
struct settling {
    size_t count;
    struct kv_command commands[KV_COMMANDS_MAX];
    const char *about[KV_COMMANDS_MAX];
    char sign_s[16];
    struct kv_replies replies;
};

static void add(struct settling *settling, const char *about,
                struct kv_command command)
{
    settling->about[settling->count] = about;
    settling->commands[settling->count++] = command;
}

/* What is compared comes first. */
static void write_settlement(struct settling *settling,
                             const struct lock_claim *claim,
                             const struct lock_settlement *settlement,
                             bool by_script)
{
    settling->count = 0;
    (void)snprintf(settling->sign_s, sizeof(settling->sign_s), "%d",
                   settlement->sign_s);
    if (settlement->release)
        add(settling, "lock",
            compare_and_delete(by_script, claim->key, claim->token));
    if (settlement->unmark)
        add(settling, "marker",
            compare_and_delete(by_script, claim->marker_key, claim->token));
    if (settlement->open)
        add(settling, "sign", KV_COMMAND("DEL", claim->sign_key));
    if (settlement->sign)
        add(settling, "sign",
            KV_COMMAND("SET", claim->sign_key, settlement->sign, "EX",
                       settling->sign_s));
    if (settlement->forget)
        add(settling, "counter", KV_COMMAND("DEL", claim->fence_key));
}

static enum kv_result send_settlement(const struct lock_store_kv *redis,
                                      const struct lock_claim *claim,
                                      const struct lock_settlement *settlement,
                                      bool by_script, struct settling *settling,
                                      struct error *err)
{
    error_set(err, "%s", "");
    write_settlement(settling, claim, settlement, by_script);
    return lock_kv_send(redis, claim, kv_pipeline, settling->commands,
                        settling->count, &settling->replies, err);
}

/* Say in ERR which command failed behind the first, which did not. */
static void explain_others(const struct settling *settling, struct error *err)
{
    for (size_t i = 1; i < settling->count; i++) {
        const struct kv_reply *reply = &settling->replies.list[i];

        if (reply->type != KV_ERROR)
            continue;
        (void)lock_kv_judge_error(reply, err);
        error_prefix(err, "%s", settling->about[i]);
        return;
    }
}

/*
 * The first command is DELEX where there is one to be compared.  If the store
 * rejects it and maybe nothing else (the command is unknown, not available, or
 * not allowed to us), everything is sent again with the script; no command
 * minds being carried out twice.
 *
 * Learn to skip DELEX if the script works and DELEX never will.  Redis begins a
 * plain error with ERR; an error with a word of its own, as LOADING, READONLY
 * or BUSY, is a passing one.
 */
enum lock_store_result lock_kv_settle(void *state,
                                      const struct lock_claim *claim,
                                      const struct lock_settlement *settlement,
                                      struct error *err)
{
    struct lock_store_kv *redis = state;
    const bool compared = settlement->release || settlement->unmark;
    const bool by_script = redis->release_by_script;
    struct settling settling;
    const struct kv_reply *reply = settling.replies.list;
    enum kv_result result =
        send_settlement(redis, claim, settlement, by_script, &settling, err);
    const bool forbidden = lock_kv_begins_with(reply, "NOPERM");
    const bool lasting = forbidden || lock_kv_begins_with(reply, "ERR");
    enum lock_store_result first;

    if (compared && !by_script && reply->type == KV_ERROR &&
        (forbidden || result == KV_ANSWERED)) {
        result =
            send_settlement(redis, claim, settlement, true, &settling, err);
        redis->release_by_script =
            lasting && result == KV_ANSWERED && reply->type == KV_INTEGER;
    }
    if (result == KV_ANSWERED && compared && reply->type != KV_INTEGER &&
        reply->type != KV_ERROR) {
        error_set(err, "the reply is no number");
        return LOCK_STORE_REJECTED;
    }
    first = lock_kv_judge_replies(result, 1, &settling.replies, err);
    if (first == LOCK_STORE_ANSWERED)
        explain_others(&settling, err);
    return first;
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

enum lock_store_result lock_kv_raise(void *state,
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
    enum lock_store_result result =
        lock_kv_ask(state, claim, &get, 1, &replies, err);

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
    return lock_kv_ask(state, claim, &add, 1, &replies, err);
}
