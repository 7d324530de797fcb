/*
 * An acquisition repeats one try until a reply settles it.  struct attempt
 * remembers across the tries whether one of them may have set the key: then a
 * key that is taken may be ours, as GET tells, and may need a release.
 */
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

/* The state of one acquisition, across its tries. */
struct attempt {
    struct lock_client *client;
    struct lock *lock;
    bool may_have_won; /* a SET of ours may be in the store */
    bool in_doubt;     /* a try went out whose answer never came */
    bool over_quota;   /* the store rejects all further commands */
    int64_t deadline_ms;
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Milliseconds left for this attempt; 0 or less: none. */
static int64_t left_ms(const struct attempt *attempt)
{
    const struct lock_client *client = attempt->client;

    return smaller(attempt->deadline_ms -
                       clock_boottime_ms(client->options.clock),
                   lock_left_ms(client, attempt->lock));
}

/* The time limit of the attempt's next request; 0 or less: no time is left. */
static int64_t timeout_ms(const struct attempt *attempt)
{
    return smaller(attempt->client->options.try_timeout_ms, left_ms(attempt));
}

/* The meaning of a request that brought no replies. */
static enum lock_result judge_failure(struct attempt *attempt,
                                      enum kv_result result, struct error *err)
{
    error_prefix(err, "lock: %s", kv_result_name(result));
    switch (result) {
    case KV_OVER_QUOTA:
        attempt->over_quota = true;
        return LOCK_REFUSED;
    case KV_UNAUTHORIZED:
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

/* The store answered, but one of our commands failed. */
static enum lock_result judge_command_error(struct attempt *attempt,
                                            struct slice text,
                                            struct error *err)
{
    const enum kv_result kind = kv_error_kind(text);

    attempt->over_quota |= kind == KV_OVER_QUOTA;
    kv_explain(err, text);
    error_prefix(err, "lock: command %s", kv_result_name(kind));
    return LOCK_REFUSED;
}

/* Somebody else has the key; check that it is a lock. */
static enum lock_result judge_other(struct attempt *attempt, struct slice owner)
{
    struct lock_client *client = attempt->client;
    struct lock *lock = attempt->lock;

    lock->foreign =
        lock_watch_owner(&client->watch, lock->key, owner, lock->lease_ms,
                         clock_boottime_ms(client->options.clock));
    return LOCK_BUSY;
}

/* Whose lock it is, by GET's reply. */
static enum lock_result judge_owner(struct attempt *attempt,
                                    const struct kv_reply *owner,
                                    struct error *err)
{
    if (kv_is_wrong_type(owner))
        return judge_other(attempt, (struct slice){0});
    if (owner->type == KV_ERROR)
        return judge_command_error(attempt, owner->text, err);
    if (owner->type != KV_STRING) {
        error_set(err, "lock: the key is gone at once");
        return LOCK_UNKNOWN;
    }
    if (slice_is(owner->text, attempt->lock->token))
        return LOCK_HELD;
    return judge_other(attempt, owner->text);
}

/*
 * Note a request that the transport sent twice: its answer is about the second
 * time, and the first may have set the key.
 */
static void note_sends(struct attempt *attempt)
{
    if (attempt->client->options.kv->sends > 1) {
        attempt->may_have_won = true;
        attempt->in_doubt = true;
    }
}

/* If we hold the lock, set the counter to 0; the next try counts from there. */
static enum lock_result reset_counter(struct attempt *attempt,
                                      const struct kv_reply *owner,
                                      struct error *err)
{
    enum lock_result held = judge_owner(attempt, owner, err);
    enum kv_result result;
    struct kv_reply reply;

    if (held != LOCK_HELD)
        return held;
    result = lock_fence_reset(attempt->client->options.kv, attempt->lock,
                              timeout_ms(attempt), &reply, err);
    if (result != KV_ANSWERED)
        return judge_failure(attempt, result, err);
    if (reply.type == KV_ERROR)
        return judge_command_error(attempt, reply.text, err);
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
        return judge_command_error(attempt, replies[SET].text, err);
    if (replies[SET].type == KV_STRING)
        attempt->may_have_won = true;
    if (lock_fence_is_broken(&replies[INCR])) {
        attempt->may_have_won = true;
        return reset_counter(attempt, &replies[GET], err);
    }
    if (replies[INCR].type == KV_ERROR)
        return judge_command_error(attempt, replies[INCR].text, err);
    if (replies[INCR].type != KV_INTEGER) {
        attempt->may_have_won = true;
        error_set(err, "lock: the fence is no number");
        return LOCK_UNKNOWN;
    }
    lock->fence = replies[INCR].integer;
    return judge_owner(attempt, &replies[GET], err);
}

/* The key is taken, and SET does not say by whom. */
static enum lock_result judge_null(struct attempt *attempt)
{
    struct lock_client *client = attempt->client;
    struct lock *lock = attempt->lock;

    lock->worth_a_look =
        lock_watch_busy(&client->watch, lock->key, lock->lease_ms,
                        clock_boottime_ms(client->options.clock));
    return LOCK_BUSY;
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
        return judge_command_error(attempt, reply.text, err);
    if (reply.type == KV_STRING && slice_is(reply.text, "OK"))
        return LOCK_HELD;
    if (reply.type == KV_NULL && !attempt->in_doubt)
        return judge_null(attempt);
    attempt->may_have_won = true;
    attempt->in_doubt = true;
    if (timeout_ms(attempt) <= 0)
        return LOCK_UNKNOWN;
    result = kv_command(kv, &get, timeout_ms(attempt), &reply, err);
    if (result != KV_ANSWERED)
        return judge_failure(attempt, result, err);
    return judge_owner(attempt, &reply, err);
}

/* ---- acquiring ---- */

static bool prepare(struct lock *lock, const struct lock_request *request,
                    const struct clock *clock, struct error *err)
{
    *lock = (struct lock){
        .fenced = request->fenced,
        .lease_ms = lock_lease_ms(request->lease_s),
    };
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
    lock->lease_end_us = clock_boottime_us(clock) + lock->lease_ms * 1000;
    return true;
}

/*
 * Wait before try number TRY.  The token's first digit, random already, takes
 * off 0 to 9/32 of the wait, so that instances that failed together do not come
 * back together.  False at once if no time would be left after the wait.
 */
static bool wait_before(const struct attempt *attempt, int try)
{
    const int64_t longest_ms = (int64_t)FIRST_WAIT_MS << (try - 1);
    const int64_t wait_ms =
        longest_ms - attempt->lock->token[0] % 16 * longest_ms / 32;

    if (wait_ms >= left_ms(attempt))
        return false;
    clock_sleep_ms(attempt->client->options.clock, wait_ms);
    return true;
}

static enum lock_result run_tries(struct attempt *attempt, struct error *err)
{
    enum lock_result result = LOCK_UNKNOWN;

    for (int try = 0; try < attempt->client->options.tries; try++) {
        if (try > 0 && !wait_before(attempt, try))
            break;
        if (timeout_ms(attempt) <= 0)
            break;
        result = attempt->lock->fenced ? try_fenced(attempt, err)
                                       : try_unfenced(attempt, err);
        if (result != LOCK_UNKNOWN)
            break;
    }
    return result;
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
    enum lock_result result;

    if (!prepare(lock, request, clock, err))
        return LOCK_REFUSED;
    error_set(err, "lock: no time left to ask the store");
    result = run_tries(&attempt, err);
    lock->held = result == LOCK_HELD;
    /* A busy key is not ours; a store over its quota would delete nothing. */
    lock->to_release =
        lock->held ||
        (attempt.may_have_won && result != LOCK_BUSY && !attempt.over_quota);
    return result;
}
