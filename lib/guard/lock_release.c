/*
 * lock_release: requests to the store that can wait until the client has its
 * answer: delete the lock, raise a lost counter, look at a key that is busy for
 * long.  Each request may take what is left until the caller's deadline, at
 * most the timeout of a try.
 */
#include <stdio.h>
#include <string.h>

#include "guard/lock.h"

/* A release without an answer is tried once more; then the lease must do. */
#define RELEASE_TRIES 2

/* Redis documentation, "SET", on releasing a lock safely. */
static const char release_script[] =
    "if redis.call('get',KEYS[1])==ARGV[1] then "
    "return redis.call('del',KEYS[1]) else return 0 end";

static enum kv_result ask(struct lock_client *client,
                          const struct kv_command *command, int64_t deadline_ms,
                          struct kv_reply *reply, struct error *err)
{
    const struct lock_client_options *options = &client->options;
    int64_t timeout_ms = deadline_ms - clock_boottime_ms(options->clock);

    if (timeout_ms > options->try_timeout_ms)
        timeout_ms = options->try_timeout_ms;
    if (timeout_ms > 0)
        return kv_command(options->kv, command, timeout_ms, reply, err);
    *reply = (struct kv_reply){0};
    error_set(err, "no time is left before the platform's deadline");
    return KV_NOT_SENT;
}

/* ---- releasing ---- */

static enum kv_result ask_release(struct lock_client *client,
                                  const struct lock *lock, bool by_script,
                                  int64_t deadline_ms, struct kv_reply *reply,
                                  struct error *err)
{
    const struct kv_command delex =
        KV_COMMAND("DELEX", lock->key, "IFEQ", lock->token);
    const struct kv_command script =
        KV_COMMAND("EVAL", release_script, "1", lock->key, lock->token);

    return ask(client, by_script ? &script : &delex, deadline_ms, reply, err);
}

static bool begins_with(struct slice text, const char *word)
{
    return text.len >= strlen(word) && memcmp(text.at, word, strlen(word)) == 0;
}

/*
 * Whether the store rejected the command, and maybe this command only: it is
 * unknown, not available, or not allowed to us.
 */
static bool is_rejected(enum kv_result result, const struct kv_reply *reply)
{
    return reply->type == KV_ERROR &&
           (result == KV_ANSWERED || begins_with(reply->text, "NOPERM"));
}

/*
 * Whether the store will reject the command for ever.  Redis begins a plain
 * error with ERR; an error with a word of its own, as LOADING, READONLY or
 * BUSY, is a passing one.
 */
static bool is_lasting(const struct kv_reply *reply)
{
    return begins_with(reply->text, "ERR") ||
           begins_with(reply->text, "NOPERM");
}

/* Try DELEX, then the script; learn to skip DELEX if only the script works. */
static enum kv_result try_either(struct lock_client *client,
                                 const struct lock *lock, int64_t deadline_ms,
                                 struct kv_reply *reply, struct error *err)
{
    enum kv_result result = ask_release(client, lock, client->release_by_script,
                                        deadline_ms, reply, err);
    bool lasting;

    if (client->release_by_script || !is_rejected(result, reply))
        return result;
    lasting = is_lasting(reply);
    result = ask_release(client, lock, true, deadline_ms, reply, err);
    client->release_by_script =
        lasting && result == KV_ANSWERED && reply->type == KV_INTEGER;
    return result;
}

bool lock_release(struct lock_client *client, const struct lock *lock,
                  int64_t deadline_ms, struct error *err)
{
    const int tries = lock->held ? RELEASE_TRIES : 1;
    struct kv_reply reply;
    struct error why = {0};
    enum kv_result result = KV_NO_ANSWER;

    for (int try = 0; try < tries && result == KV_NO_ANSWER; try++)
        result = try_either(client, lock, deadline_ms, &reply, &why);
    if (result == KV_ANSWERED && reply.type == KV_INTEGER)
        return true;
    if (result == KV_ANSWERED)
        kv_explain(&why, reply.text);
    error_set(err, "release: %s: %s", kv_result_name(result), why.text);
    return false;
}

/* ---- a store that lost its counter ---- */

static bool read_counter(struct lock_client *client, const struct lock *lock,
                         int64_t deadline_ms, long long *value,
                         struct error *err)
{
    const struct kv_command get = KV_COMMAND("GET", lock->fence_key);
    struct kv_reply reply;

    *value = 0;
    if (ask(client, &get, deadline_ms, &reply, err) != KV_ANSWERED)
        return false;
    if (reply.type == KV_NULL)
        return true;
    if (reply.type == KV_STRING && slice_to_int(reply.text, value))
        return true;
    error_set(err, "the fence is no number");
    return false;
}

bool lock_raise_fence(struct lock_client *client, const struct lock *lock,
                      int64_t at_least, int64_t deadline_ms, struct error *err)
{
    char difference[24];
    long long missing;
    const struct kv_command raise =
        KV_COMMAND("INCRBY", lock->fence_key, difference);
    struct kv_reply reply;
    long long value;

    if (!read_counter(client, lock, deadline_ms, &value, err))
        return false;
    if (value >= at_least)
        return true;
    if (__builtin_sub_overflow((long long)at_least, value, &missing)) {
        error_set(err, "the fence is far below zero");
        return false;
    }
    (void)snprintf(difference, sizeof(difference), "%lld", missing);
    if (ask(client, &raise, deadline_ms, &reply, err) != KV_ANSWERED)
        return false;
    if (reply.type == KV_INTEGER)
        return true;
    kv_explain(err, reply.text);
    return false;
}

/* ---- a key that is busy for long ---- */

void lock_look(struct lock_client *client, struct lock *lock,
               int64_t deadline_ms)
{
    const struct kv_command get = KV_COMMAND("GET", lock->key);
    struct kv_reply reply;
    struct error why;

    if (ask(client, &get, deadline_ms, &reply, &why) == KV_ANSWERED &&
        (reply.type == KV_STRING || kv_is_wrong_type(&reply)))
        lock->foreign = lock_watch_owner(
            &client->watch, lock->key,
            reply.type == KV_STRING ? reply.text : (struct slice){0},
            lock->lease_ms, clock_boottime_ms(client->options.clock));
}
