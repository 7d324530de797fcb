#include "guard/lock.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "guard/lock_fence.h"

/*
 * The margin for drift: 1 % of the lease and 2 ms for the resolution of expiry
 * (Redis documentation, "Distributed Locks with Redis", on clock drift).
 */
#define DRIFT_PERCENT 1
#define DRIFT_MS 2

/* The wait before the second try; it doubles with each further one. */
#define FIRST_WAIT_MS 20

/* A release that is lost is tried once more; then the lease ends the lock. */
#define RELEASE_TRIES 2

/* Redis documentation, "SET", on releasing a lock safely. */
static const char release_script[] =
    "if redis.call('get',KEYS[1])==ARGV[1] then "
    "return redis.call('del',KEYS[1]) else return 0 end";

void lock_client_init(struct lock_client *client,
                      const struct lock_client_options *options)
{
    *client = (struct lock_client){.options = *options};
}

bool lock_name_is_valid(const char *name)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz"
                                   "0123456789:._-";
    size_t len = strlen(name);

    return len > 0 && len < LOCK_NAME_MAX && strspn(name, alphabet) == len;
}

int64_t lock_lease_ms(int lease_s)
{
    const int64_t lease_ms = (int64_t)lease_s * 1000;

    return lease_ms - lease_ms * DRIFT_PERCENT / 100 - DRIFT_MS;
}

int64_t lock_left_ms(const struct lock_client *client, const struct lock *lock)
{
    int64_t left_us =
        lock->lease_end_us - clock_boottime_us(client->options.clock);

    return left_us > 0 ? left_us / 1000 : 0;
}

/* ---- one try ---- */

/* What the tries of one acquisition have come to so far. */
struct attempt {
    const struct lock_client *client;
    struct lock *lock;
    bool may_have_won; /* a SET of ours may be in the store */
    bool in_doubt;     /* a try went out whose answer never came */
    int64_t deadline_ms;
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* For the next request of this attempt; 0 or less: no time is left. */
static int64_t timeout_ms(const struct attempt *attempt)
{
    const struct lock_client *client = attempt->client;
    int64_t budget_ms =
        attempt->deadline_ms - clock_boottime_ms(client->options.clock);

    return smaller(client->options.try_timeout_ms,
                   smaller(budget_ms, lock_left_ms(client, attempt->lock)));
}

/* What a request that brought no replies means. */
static enum lock_result judge_failure(struct attempt *attempt,
                                      enum kv_result result, struct error *err)
{
    error_prefix(err, "lock: %s", kv_result_name(result));
    switch (result) {
    case KV_UNAUTHORIZED:
    case KV_OVER_QUOTA:
    case KV_FAILED:
        return LOCK_REFUSED;
    case KV_NO_ANSWER:
    case KV_UNREADABLE:
        attempt->may_have_won = true;
        attempt->in_doubt = true;
        return LOCK_UNKNOWN;
    case KV_NOT_SENT:
    case KV_ANSWERED:
        return LOCK_UNKNOWN;
    }
    return LOCK_UNKNOWN;
}

/* One of our commands failed although the store is there. */
static enum lock_result judge_command_error(struct slice text,
                                            struct error *err)
{
    kv_explain(err, text);
    error_prefix(err, "lock: command failed");
    return LOCK_REFUSED;
}

/* What GET of the lock's key says about who holds it. */
static enum lock_result judge_owner(const struct lock *lock,
                                    const struct kv_reply *owner,
                                    struct error *err)
{
    if (owner->type == KV_ERROR)
        return judge_command_error(owner->text, err);
    if (owner->type != KV_STRING) {
        error_set(err, "lock: the key is gone at once");
        return LOCK_UNKNOWN;
    }
    return slice_is(owner->text, lock->token) ? LOCK_HELD : LOCK_BUSY;
}

/*
 * Take note of a request that the transport sent twice: its answer speaks of
 * the second time, and the first may have set the key.
 */
static void note_sends(struct attempt *attempt)
{
    if (attempt->client->options.kv->sends > 1) {
        attempt->may_have_won = true;
        attempt->in_doubt = true;
    }
}

/* Only the holder sets the counter back; the next try begins with it anew. */
static enum lock_result reset_counter(struct attempt *attempt,
                                      const struct kv_reply *owner,
                                      struct error *err)
{
    enum lock_result held = judge_owner(attempt->lock, owner, err);
    enum kv_result result;
    struct kv_reply reply;

    if (held != LOCK_HELD)
        return held;
    result = lock_fence_reset(attempt->client->options.kv, attempt->lock,
                              timeout_ms(attempt), &reply, err);
    if (result != KV_ANSWERED)
        return judge_failure(attempt, result, err);
    if (reply.type == KV_ERROR)
        return judge_command_error(reply.text, err);
    return LOCK_UNKNOWN;
}

static enum lock_result try_fenced(struct attempt *attempt, struct error *err)
{
    struct lock *lock = attempt->lock;
    const struct kv_command commands[] = {
        KV_COMMAND("SET", lock->key, lock->token, "NX", "EX", lock->lease_s),
        KV_COMMAND("INCR", lock->fence_key),
        KV_COMMAND("GET", lock->key),
    };
    enum { SET, INCR, GET, COUNT };
    struct kv_reply replies[COUNT];
    enum kv_result result =
        kv_multi_exec(attempt->client->options.kv, commands, COUNT,
                      timeout_ms(attempt), replies, err);

    note_sends(attempt);
    if (result != KV_ANSWERED)
        return judge_failure(attempt, result, err);
    if (replies[SET].type == KV_ERROR)
        return judge_command_error(replies[SET].text, err);
    if (replies[SET].type == KV_STRING)
        attempt->may_have_won = true;
    if (lock_fence_is_broken(&replies[INCR])) {
        attempt->may_have_won = true;
        return reset_counter(attempt, &replies[GET], err);
    }
    if (replies[INCR].type == KV_ERROR)
        return judge_command_error(replies[INCR].text, err);
    if (replies[INCR].type != KV_INTEGER) {
        attempt->may_have_won = true;
        error_set(err, "lock: the fence is no number");
        return LOCK_UNKNOWN;
    }
    lock->fence = replies[INCR].integer;
    return judge_owner(lock, &replies[GET], err);
}

static enum lock_result try_unfenced(struct attempt *attempt, struct error *err)
{
    const struct lock *lock = attempt->lock;
    struct kv *kv = attempt->client->options.kv;
    const struct kv_command set =
        KV_COMMAND("SET", lock->key, lock->token, "NX", "EX", lock->lease_s);
    const struct kv_command get = KV_COMMAND("GET", lock->key);
    struct kv_reply reply;
    enum kv_result result =
        kv_command(kv, &set, timeout_ms(attempt), &reply, err);

    note_sends(attempt);
    if (result != KV_ANSWERED)
        return judge_failure(attempt, result, err);
    if (reply.type == KV_ERROR)
        return judge_command_error(reply.text, err);
    if (reply.type == KV_STRING && slice_is(reply.text, "OK"))
        return LOCK_HELD;
    if (reply.type == KV_NULL && !attempt->in_doubt)
        return LOCK_BUSY;
    attempt->may_have_won = true;
    attempt->in_doubt = true;
    if (timeout_ms(attempt) <= 0)
        return LOCK_UNKNOWN;
    result = kv_command(kv, &get, timeout_ms(attempt), &reply, err);
    if (result != KV_ANSWERED)
        return judge_failure(attempt, result, err);
    return judge_owner(lock, &reply, err);
}

/* ---- acquiring ---- */

static bool prepare(struct lock *lock, const struct lock_request *request,
                    const struct clock *clock, struct error *err)
{
    *lock = (struct lock){.fenced = request->fenced};
    if (!lock_name_is_valid(request->name)) {
        error_set(err, "lock: the name is not valid");
        return false;
    }
    if (!random_hex(lock->token, LOCK_TOKEN_DIGITS / 2)) {
        error_set(err, "lock: the kernel gives no random bytes");
        return false;
    }
    (void)snprintf(lock->key, sizeof(lock->key), "lock:%s", request->name);
    (void)snprintf(lock->fence_key, sizeof(lock->fence_key), "fence:%s",
                   request->name);
    (void)snprintf(lock->lease_s, sizeof(lock->lease_s), "%d",
                   request->lease_s);
    lock->lease_end_us =
        clock_boottime_us(clock) + lock_lease_ms(request->lease_s) * 1000;
    return true;
}

/*
 * The wait before try number TRY.  The token, random already, spreads it over
 * half its length, so that instances that failed together do not come back
 * together.
 */
static int64_t wait_ms(const struct lock *lock, int try)
{
    int64_t longest = (int64_t)FIRST_WAIT_MS << (try - 1);

    return longest - lock->token[0] % 16 * longest / 32;
}

enum lock_result lock_acquire(struct lock_client *client,
                              const struct lock_request *request,
                              struct lock *lock, struct error *err)
{
    const struct clock *clock = client->options.clock;
    struct attempt attempt = {
        .client = client,
        .lock = lock,
        .deadline_ms = clock_boottime_ms(clock) + request->budget_ms,
    };
    enum lock_result result = LOCK_UNKNOWN;

    if (!prepare(lock, request, clock, err))
        return LOCK_REFUSED;
    error_set(err, "lock: no time left to ask the store");
    for (int try = 0; try < client->options.tries; try++) {
        if (try > 0)
            clock_sleep_ms(clock, wait_ms(lock, try));
        if (timeout_ms(&attempt) <= 0)
            break;
        result = request->fenced ? try_fenced(&attempt, err)
                                 : try_unfenced(&attempt, err);
        if (result != LOCK_UNKNOWN)
            break;
    }
    if (attempt.may_have_won &&
        (result == LOCK_UNKNOWN || result == LOCK_REFUSED))
        (void)lock_release(client, lock, NULL);
    return result;
}

/* ---- releasing ---- */

static enum kv_result try_release(struct lock_client *client,
                                  const struct lock *lock,
                                  struct kv_reply *reply, struct error *err)
{
    const struct kv_command delex =
        KV_COMMAND("DELEX", lock->key, "IFEQ", lock->token);
    const struct kv_command script =
        KV_COMMAND("EVAL", release_script, "1", lock->key, lock->token);

    return kv_command(client->options.kv,
                      client->release_by_script ? &script : &delex,
                      client->options.try_timeout_ms, reply, err);
}

/* Whether the store does not know DELEX, or does not let us use it. */
static bool lacks_delex(enum kv_result result, const struct kv_reply *reply)
{
    static const char unknown[] = "ERR unknown command";

    if (result == KV_UNAUTHORIZED)
        return true;
    return result == KV_ANSWERED && reply->type == KV_ERROR &&
           reply->text.len >= sizeof(unknown) - 1 &&
           memcmp(reply->text.at, unknown, sizeof(unknown) - 1) == 0;
}

/* Try DELEX and learn from its failure, unless the script fails as well. */
static enum kv_result try_either(struct lock_client *client,
                                 const struct lock *lock,
                                 struct kv_reply *reply, struct error *err)
{
    enum kv_result result = try_release(client, lock, reply, err);

    if (client->release_by_script || !lacks_delex(result, reply))
        return result;
    client->release_by_script = true;
    result = try_release(client, lock, reply, err);
    client->release_by_script = result == KV_ANSWERED;
    return result;
}

bool lock_release(struct lock_client *client, const struct lock *lock,
                  struct error *err)
{
    struct kv_reply reply;
    struct error why = {0};
    enum kv_result result = KV_NO_ANSWER;

    for (int try = 0; try < RELEASE_TRIES && result == KV_NO_ANSWER; try++)
        result = try_either(client, lock, &reply, &why);
    if (result == KV_ANSWERED && reply.type == KV_INTEGER)
        return true;
    if (result == KV_ANSWERED)
        kv_explain(&why, reply.text);
    error_set(err, "release: %s: %s", kv_result_name(result), why.text);
    return false;
}

/* ---- a store that lost its counter ---- */

static bool read_counter(struct lock_client *client, const struct lock *lock,
                         long long *value, struct error *err)
{
    const struct kv_command get = KV_COMMAND("GET", lock->fence_key);
    struct kv_reply reply;

    *value = 0;
    if (kv_command(client->options.kv, &get, client->options.try_timeout_ms,
                   &reply, err) != KV_ANSWERED)
        return false;
    if (reply.type == KV_NULL)
        return true;
    if (reply.type == KV_STRING && slice_to_int(reply.text, value))
        return true;
    error_set(err, "the fence is no number");
    return false;
}

bool lock_raise_fence(struct lock_client *client, const struct lock *lock,
                      int64_t at_least, struct error *err)
{
    char difference[24];
    const struct kv_command raise =
        KV_COMMAND("INCRBY", lock->fence_key, difference);
    struct kv_reply reply;
    long long value;

    if (!read_counter(client, lock, &value, err))
        return false;
    if (value >= at_least)
        return true;
    (void)snprintf(difference, sizeof(difference), "%lld",
                   (long long)at_least - value);
    if (kv_command(client->options.kv, &raise, client->options.try_timeout_ms,
                   &reply, err) != KV_ANSWERED)
        return false;
    if (reply.type == KV_INTEGER)
        return true;
    kv_explain(err, reply.text);
    return false;
}
