/*
 * Each function sends commands and translates the replies.  A reply that makes
 * no sense is no clear answer: whatever SET said then, the key may be ours.
 */
#include <stdio.h>
#include <string.h>

#include "guard/lock_store_kv_request.h"

/* Whose key it is, by the REPLY to GET, or an element of MGET's. */
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
        return lock_kv_judge_error(reply, err);
    } else if (reply->type == KV_NULL) {
        view->owner = LOCK_OWNER_NOBODY;
    } else {
        error_set(err, "what the store shows is no token");
        return LOCK_STORE_UNKNOWN;
    }
    return LOCK_STORE_ANSWERED;
}

/* MGET's elements. */
enum { LOCK_ELEMENT, SIGN_ELEMENT, MARKER_ELEMENT };

static struct kv_command mget(const struct lock_claim *claim)
{
    struct kv_command command =
        KV_COMMAND("MGET", claim->key, claim->sign_key, claim->marker_key);

    command.count = claim->marker_key ? 4 : 3;
    return command;
}

/* Read REPLY, to MGET. */
static enum lock_store_result read_view(const struct kv_replies *replies,
                                        const struct kv_reply *reply,
                                        const struct lock_claim *claim,
                                        struct lock_view *view,
                                        struct error *err)
{
    const struct kv_reply *elements = replies->elements;
    const struct kv_reply *marker = &elements[MARKER_ELEMENT];

    if (reply->type == KV_ERROR)
        return lock_kv_judge_error(reply, err);
    if (reply->type != KV_ARRAY ||
        reply->integer != (claim->marker_key ? 3 : 2)) {
        error_set(err, "the reply to MGET is not what was asked for");
        return LOCK_STORE_UNKNOWN;
    }
    if (elements[SIGN_ELEMENT].type == KV_STRING)
        (void)snprintf(view->sign, sizeof(view->sign), "%.*s",
                       (int)sizeof(view->sign) - 1,
                       elements[SIGN_ELEMENT].text);
    if (claim->marker_key && marker->type == KV_NULL)
        view->marker = LOCK_MARKER_NONE;
    else if (claim->marker_key)
        view->marker = strcmp(marker->text, claim->token) == 0
                           ? LOCK_MARKER_OURS
                           : LOCK_MARKER_OTHER;
    return read_owner(&elements[LOCK_ELEMENT], view, err);
}

static enum lock_store_result look(void *state, const struct lock_claim *claim,
                                   struct lock_view *view, struct error *err)
{
    const struct kv_command command =
        claim->fence_key ? mget(claim) : KV_COMMAND("GET", claim->key);
    struct kv_replies replies;
    const struct kv_reply *reply = replies.list;
    const enum lock_store_result result =
        lock_kv_ask(state, claim, &command, 1, &replies, err);

    if (claim->fence_key && result == LOCK_STORE_ANSWERED)
        return read_view(&replies, reply, claim, view, err);
    if (result == LOCK_STORE_ANSWERED || kv_is_wrong_type(reply))
        return read_owner(reply, view, err);
    return result;
}

/*
 * Whether REPLY, to INCR, shows that the counter gives no fences.  Redis says
 * "ERR value is not an integer or out of range".
 */
static bool is_broken(const struct kv_reply *reply)
{
    return lock_kv_begins_with(reply, "ERR value is not an integer") ||
           lock_kv_begins_with(reply,
                               "ERR increment or decrement would overflow") ||
           reply->type == KV_OTHER ||
           (reply->type == KV_INTEGER && reply->integer >= LOCK_FENCE_MAX);
}

/* Set the counter back to 0 if VIEW shows that the key is ours. */
static enum lock_store_result reset_counter(const struct lock_store_kv *redis,
                                            const struct lock_claim *claim,
                                            const struct lock_view *view,
                                            struct error *err)
{
    const struct kv_command reset = KV_COMMAND("SET", claim->fence_key, "0");
    struct kv_replies replies;
    enum lock_store_result result;

    if (view->owner != LOCK_OWNER_TOKEN ||
        strcmp(view->token, claim->token) != 0)
        return LOCK_STORE_ANSWERED;
    result = lock_kv_ask(redis, claim, &reset, 1, &replies, err);
    if (result != LOCK_STORE_ANSWERED)
        return result;
    error_set(err, "%s was no counter any more", claim->fence_key);
    return LOCK_STORE_UNKNOWN;
}

/* The commands of a fenced try; the last is MGET.  Returns how many. */
static size_t write_try(const struct lock_claim *claim,
                        const struct kv_command *set,
                        struct kv_command commands[KV_COMMANDS_MAX])
{
    size_t count = 0;

    commands[count++] = *set;
    commands[count++] = KV_COMMAND("INCR", claim->fence_key);
    if (claim->marker_key)
        commands[count++] = KV_COMMAND("SET", claim->marker_key, claim->token,
                                       "NX", "EX", LOCK_KV_MARKER_S);
    commands[count++] = mget(claim);
    return count;
}

static enum lock_store_result try_fenced(const struct lock_store_kv *redis,
                                         const struct lock_claim *claim,
                                         const struct kv_command *set,
                                         struct lock_view *view,
                                         struct error *err)
{
    enum { SET, INCR, MARK };
    struct kv_command commands[KV_COMMANDS_MAX];
    const size_t count = write_try(claim, set, commands);
    struct kv_replies replies;
    const struct kv_reply *reply = replies.list;
    enum lock_store_result result =
        lock_kv_ask(redis, claim, commands, count, &replies, err);

    view->may_be_ours = replies.sends > 1 || reply[SET].type == KV_STRING ||
                        (claim->marker_key && reply[MARK].type == KV_STRING);
    for (size_t i = 0; result == LOCK_STORE_ANSWERED && i < count - 1; i++) {
        if (reply[i].type == KV_ERROR && !(i == INCR && is_broken(&reply[i])))
            return lock_kv_judge_error(&reply[i], err);
    }
    if (result == LOCK_STORE_ANSWERED)
        result = read_view(&replies, &reply[count - 1], claim, view, err);
    if (result != LOCK_STORE_ANSWERED)
        return result;
    if (is_broken(&reply[INCR])) {
        view->may_be_ours = true;
        return reset_counter(redis, claim, view, err);
    }
    if (reply[INCR].type != KV_INTEGER) {
        error_set(err, "the fence is no number");
        return LOCK_STORE_UNKNOWN;
    }
    view->fence = reply[INCR].integer;
    return LOCK_STORE_ANSWERED;
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
        lock_kv_ask(redis, claim, set, 1, &replies, err);

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

void lock_store_kv_init(struct lock_store_kv *redis, struct kv *kv,
                        const struct clock *clock, int64_t timeout_ms)
{
    *redis = (struct lock_store_kv){
        .store = {.try = try,
                  .look = look,
                  .mark = lock_kv_mark,
                  .settle = lock_kv_settle,
                  .raise = lock_kv_raise,
                  .state = redis},
        .kv = kv,
        .clock = clock,
        .timeout_ms = timeout_ms,
    };
}
