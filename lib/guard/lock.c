/*
 * An acquisition repeats one try until the store's answer settles it.  struct
 * attempt remembers across the tries whether one of them may have set the key:
 * then a key that is taken may be ours, as a look at it tells, and may need a
 * release.
 */
#include "guard/lock.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"

/*
 * The margin for drift: 1 % of the lease and 2 ms for the resolution of expiry
 * (Redis documentation, "Distributed Locks with Redis", on clock drift).
 */
#define DRIFT_PERCENT 1
#define DRIFT_MS 2

/* The wait before the second try; it doubles with each further one. */
#define FIRST_WAIT_MS 20

/* So many requests in a row without an answer: the store is down for so long.
 */
#define SILENCES_MAX 3
#define SILENCE_MS 1000

/* A release without a clear answer is tried once more; then the lease ends it.
 */
#define RELEASE_TRIES 2

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
    struct lock_claim claim;
    bool may_be_ours; /* a SET of ours may be in the store */
    bool over_quota;  /* the store rejects all further commands */
};

static struct lock_claim claim_of(const struct lock *lock, int64_t deadline_ms)
{
    return (struct lock_claim){
        .key = lock->key,
        .fence_key = lock->fenced ? lock->fence_key : NULL,
        .token = lock->token,
        .lease_s = lock->lease_s,
        .deadline_ms = deadline_ms,
    };
}

/* Somebody else has the key; check that it is a lock. */
static void watch_owner(struct lock_client *client, struct lock *lock,
                        const struct lock_view *view)
{
    const struct slice owner =
        slice_of(view->owner == LOCK_OWNER_TOKEN ? view->token : NULL);

    lock->foreign =
        lock_watch_owner(&client->watch, lock->key, owner, lock->lease_ms,
                         clock_boottime_ms(client->options.clock));
}

static enum lock_result judge_owner(struct attempt *attempt,
                                    const struct lock_view *view,
                                    struct error *err)
{
    struct lock_client *client = attempt->client;
    struct lock *lock = attempt->lock;

    switch (view->owner) {
    case LOCK_OWNER_UNSAID:
        lock->worth_a_look =
            lock_watch_busy(&client->watch, lock->key, lock->lease_ms,
                            clock_boottime_ms(client->options.clock));
        return LOCK_BUSY;
    case LOCK_OWNER_NOBODY:
        error_set(err, "lock: the key is gone at once");
        return LOCK_UNKNOWN;
    case LOCK_OWNER_TOKEN:
        if (strcmp(view->token, lock->token) == 0)
            return LOCK_HELD;
        break;
    case LOCK_OWNER_OTHER:
        break;
    }
    watch_owner(client, lock, view);
    return LOCK_BUSY;
}

/* Count the requests without an answer. */
static void note_answer(struct lock_client *client,
                        enum lock_store_result result)
{
    switch (result) {
    case LOCK_STORE_UNKNOWN:
    case LOCK_STORE_NOT_SENT:
        client->silences++;
        client->ask_again_ms =
            clock_boottime_ms(client->options.clock) + SILENCE_MS;
        break;
    case LOCK_STORE_ANSWERED:
    case LOCK_STORE_REJECTED:
    case LOCK_STORE_OVER_QUOTA:
        client->silences = 0;
        break;
    }
}

/* The meaning of a request without a view. */
static enum lock_result judge_failure(struct attempt *attempt,
                                      enum lock_store_result result,
                                      struct error *err)
{
    error_prefix(err, "lock");
    attempt->over_quota = result == LOCK_STORE_OVER_QUOTA;
    return attempt->over_quota || result == LOCK_STORE_REJECTED ? LOCK_REFUSED
                                                                : LOCK_UNKNOWN;
}

static enum lock_result try_once(struct attempt *attempt, struct error *err)
{
    const struct lock_store *store = attempt->client->options.store;
    const struct lock_claim *claim = &attempt->claim;
    struct lock_view view = {0};
    enum lock_store_result result = store->try(store->state, claim, &view, err);

    note_answer(attempt->client, result);
    attempt->may_be_ours |= view.may_be_ours || result == LOCK_STORE_UNKNOWN;
    attempt->lock->fence = view.fence;
    if (result == LOCK_STORE_ANSWERED && view.owner == LOCK_OWNER_UNSAID &&
        attempt->may_be_ours)
        result = store->look(store->state, claim, &view, err);
    if (result == LOCK_STORE_ANSWERED)
        return judge_owner(attempt, &view, err);
    return judge_failure(attempt, result, err);
}

/* Look before a try.  LOCK_UNKNOWN: the key is free, or nobody knows. */
static enum lock_result look_once(struct attempt *attempt, struct error *err)
{
    const struct lock_store *store = attempt->client->options.store;
    struct lock_view view = {0};
    const enum lock_store_result result =
        store->look(store->state, &attempt->claim, &view, err);

    note_answer(attempt->client, result);
    if (result == LOCK_STORE_ANSWERED)
        return judge_owner(attempt, &view, err);
    return judge_failure(attempt, result, err);
}

/* ---- acquiring ---- */

/* Write the name of a permit: the first, or where many come one at random. */
static void name_permit(struct lock *lock, const struct lock_request *request,
                        bool crowded)
{
    const int permit = crowded && request->permits > 1
                           ? random_between(0, request->permits - 1)
                           : 0;

    if (permit)
        (void)snprintf(lock->name, sizeof(lock->name), "%s#%d", request->name,
                       permit);
    else
        (void)snprintf(lock->name, sizeof(lock->name), "%s", request->name);
}

static bool prepare(struct lock *lock, const struct lock_request *request,
                    bool crowded, const struct clock *clock, struct error *err)
{
    *lock = (struct lock){
        .fenced = request->fenced,
        .lease_s = request->lease_s,
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
    name_permit(lock, request, crowded);
    (void)snprintf(lock->key, sizeof(lock->key), "lock:%s", lock->name);
    (void)snprintf(lock->fence_key, sizeof(lock->fence_key), "fence:%s",
                   lock->name);
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
    const struct clock *clock = attempt->client->options.clock;

    if (wait_ms >= attempt->claim.deadline_ms - clock_boottime_ms(clock))
        return false;
    clock_sleep_ms(clock, wait_ms);
    return true;
}

static enum lock_result run_tries(struct attempt *attempt, struct error *err)
{
    const struct lock_client *client = attempt->client;
    enum lock_result result = LOCK_UNKNOWN;

    for (int try = 0; try < client->options.tries; try++) {
        if (try > 0 &&
            (client->silences >= SILENCES_MAX || !wait_before(attempt, try)))
            break;
        result = try_once(attempt, err);
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
    const int64_t now_ms = clock_boottime_ms(clock);
    const bool crowded =
        lock_memory_has(&client->memory, request->name, now_ms);
    int64_t deadline_ms = now_ms + request->budget_ms;
    struct attempt attempt = {.client = client, .lock = lock};
    enum lock_result result = LOCK_UNKNOWN;

    if (!prepare(lock, request, crowded, clock, err))
        return LOCK_REFUSED;
    if (client->silences >= SILENCES_MAX && now_ms < client->ask_again_ms) {
        error_set(err, "lock: the store has not answered of late, and is not "
                       "asked for a second");
        return LOCK_UNKNOWN;
    }
    if (deadline_ms > lock->lease_end_us / 1000)
        deadline_ms = lock->lease_end_us / 1000;
    attempt.claim = claim_of(lock, deadline_ms);
    if (crowded && request->fenced)
        result = look_once(&attempt, err);
    if (result == LOCK_UNKNOWN)
        result = run_tries(&attempt, err);
    lock->held = result == LOCK_HELD;
    if (result == LOCK_BUSY)
        lock_memory_note(&client->memory, request->name,
                         clock_boottime_ms(clock));
    /* A busy key is not ours; a store over its quota would delete nothing. */
    lock->to_release =
        lock->held ||
        (attempt.may_be_ours && result != LOCK_BUSY && !attempt.over_quota);
    return result;
}

/* ---- what can wait until the client has its answer ---- */

bool lock_release(struct lock_client *client, const struct lock *lock,
                  int64_t deadline_ms, struct error *err)
{
    const struct lock_store *store = client->options.store;
    const struct lock_claim claim = claim_of(lock, deadline_ms);
    const int tries = lock->held ? RELEASE_TRIES : 1;
    enum lock_store_result result = LOCK_STORE_UNKNOWN;

    for (int try = 0; try < tries && result == LOCK_STORE_UNKNOWN; try++)
        result = store->release(store->state, &claim, err);
    if (result != LOCK_STORE_ANSWERED)
        error_prefix(err, "release");
    return result == LOCK_STORE_ANSWERED;
}

bool lock_raise_fence(struct lock_client *client, const struct lock *lock,
                      int64_t at_least, int64_t deadline_ms, struct error *err)
{
    const struct lock_store *store = client->options.store;
    const struct lock_claim claim = claim_of(lock, deadline_ms);

    return store->raise(store->state, &claim, at_least, err) ==
           LOCK_STORE_ANSWERED;
}

void lock_look(struct lock_client *client, struct lock *lock,
               int64_t deadline_ms)
{
    const struct lock_store *store = client->options.store;
    const struct lock_claim claim = claim_of(lock, deadline_ms);
    struct lock_view view = {0};
    struct error why;

    if (store->look(store->state, &claim, &view, &why) == LOCK_STORE_ANSWERED &&
        view.owner != LOCK_OWNER_NOBODY)
        watch_owner(client, lock, &view);
}
