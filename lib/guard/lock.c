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
#include "guard/lock_parts.h"

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

void lock_client_init(struct lock_client *client,
                      const struct lock_client_options *options)
{
    *client = (struct lock_client){.options = *options};
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
    const struct lock_request *request;
    struct lock_claim claim;
    enum lock_marker marker; /* as last seen */
    bool ours;               /* the key is; likewise */
    bool may_be_ours;        /* a SET of ours may be in the store */
    bool over_quota;         /* the store rejects all further commands */
    int vanished;            /* how often SET found the key and the look not */
};

/* Somebody else's key, or one that the store says nothing of. */
static enum lock_result judge_other(struct attempt *attempt,
                                    const struct lock_view *view)
{
    struct lock_client *client = attempt->client;
    struct lock *lock = attempt->lock;

    if (view->owner != LOCK_OWNER_UNSAID)
        lock_note_owner(client, lock, view);
    else
        lock->worth_a_look =
            lock_watch_busy(&client->watch, lock->key, lock->lease_ms,
                            clock_boottime_ms(client->options.clock));
    return LOCK_BUSY;
}

/* What VIEW means; TRIED: after a try, which cannot leave the key free. */
static enum lock_result judge_view(struct attempt *attempt,
                                   const struct lock_view *view, bool tried,
                                   struct error *err)
{
    const struct lock_request *request = attempt->request;
    struct lock *lock = attempt->lock;
    const bool ours = view->owner == LOCK_OWNER_TOKEN &&
                      strcmp(view->token, lock->token) == 0;
    const bool closed = view->sign[0] && request->heeds &&
                        request->heeds(request->heeds_state, view->sign);

    attempt->marker = view->marker;
    attempt->ours = ours;
    (void)snprintf(lock->sign, sizeof(lock->sign), "%s",
                   closed ? view->sign : "");
    if (ours && !closed)
        return LOCK_HELD;
    if (view->owner == LOCK_OWNER_NOBODY && !closed &&
        (!tried || attempt->vanished++ == 0)) {
        error_set(err, "lock: the key is gone at once");
        return LOCK_UNKNOWN;
    }
    if (view->marker == LOCK_MARKER_OTHER)
        return LOCK_REPLAY;
    return closed ? LOCK_CLOSED : judge_other(attempt, view);
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
    attempt->marker = LOCK_MARKER_UNKNOWN;
    attempt->may_be_ours |= view.may_be_ours || result == LOCK_STORE_UNKNOWN;
    attempt->lock->fence = view.fence;
    if (result == LOCK_STORE_ANSWERED && view.owner == LOCK_OWNER_UNSAID &&
        attempt->may_be_ours)
        result = store->look(store->state, claim, &view, err);
    if (result == LOCK_STORE_ANSWERED)
        return judge_view(attempt, &view, true, err);
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
        return judge_view(attempt, &view, false, err);
    return judge_failure(attempt, result, err);
}

/* ---- acquiring ---- */

static bool prepare(struct lock *lock, const struct lock_request *request,
                    const struct clock *clock, struct error *err)
{
    *lock = (struct lock){
        .lease_s = request->lease_s,
        .lease_ms = lock_lease_ms(request->lease_s),
    };
    if (!random_hex(lock->token, LOCK_TOKEN_DIGITS / 2)) {
        error_set(err, "lock: the kernel gives no random bytes");
        return false;
    }
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

/* Whether the store has been silent so often that it is left alone. */
static bool is_down(const struct lock_client *client, int64_t now_ms,
                    struct error *err)
{
    if (client->silences < SILENCES_MAX || now_ms >= client->ask_again_ms)
        return false;
    error_set(err, "lock: the store has not answered of late, and is not asked "
                   "for a second");
    return true;
}

/* Who holds the lock needs a marker of its own before the database is called.
 */
static enum lock_result claim_marker(struct attempt *attempt,
                                     enum lock_result result, struct error *err)
{
    const struct lock_store *store = attempt->client->options.store;

    if (result != LOCK_HELD || !attempt->lock->marker_key[0] ||
        attempt->marker == LOCK_MARKER_OURS)
        return result;
    attempt->lock->overwrote = true;
    if (store->mark(store->state, &attempt->claim, err) == LOCK_STORE_ANSWERED)
        return result;
    error_prefix(err, "lock: marker");
    return LOCK_UNKNOWN;
}

static enum lock_result acquire(struct attempt *attempt, bool look,
                                struct error *err)
{
    const struct clock *clock = attempt->client->options.clock;
    struct lock *lock = attempt->lock;
    const int64_t now_ms = clock_boottime_ms(clock);
    int64_t deadline_ms = now_ms + attempt->request->budget_ms;
    enum lock_result result = LOCK_UNKNOWN;

    if (is_down(attempt->client, now_ms, err))
        return LOCK_UNKNOWN;
    if (deadline_ms > lock->lease_end_us / 1000)
        deadline_ms = lock->lease_end_us / 1000;
    attempt->claim = lock_claim_of(lock, deadline_ms);
    if (look)
        result = look_once(attempt, err);
    if (result == LOCK_UNKNOWN &&
        (!look || attempt->client->silences < SILENCES_MAX))
        result = run_tries(attempt, err);
    result = claim_marker(attempt, result, err);
    lock->held = result == LOCK_HELD;
    /* A store over its quota would delete nothing. */
    if (attempt->over_quota)
        return result;
    lock->to_release =
        attempt->ours || (attempt->may_be_ours &&
                          (result == LOCK_UNKNOWN || result == LOCK_REFUSED));
    /* The sign of an invented name: it had no counter before. */
    lock->to_forget = attempt->ours && lock->sign[0] && lock->fence == 1;
    lock->to_unmark =
        lock->marker_key[0] && !lock->held &&
        (attempt->marker == LOCK_MARKER_OURS ||
         (attempt->marker == LOCK_MARKER_UNKNOWN && attempt->may_be_ours));
    return result;
}

/*
 * Remember what many who come for NAME will see.  It was true at ASKED_MS, and
 * an answer may have been long on its way.
 */
static void remember(struct lock_client *client, const char *name,
                     const struct lock *lock, enum lock_result result,
                     int64_t asked_ms)
{
    switch (result) {
    case LOCK_BUSY:
    case LOCK_CLOSED:
    case LOCK_REPLAY:
        if (lock->sign[0])
            lock_memory_sign(&client->memory, name, lock->sign, asked_ms);
        else
            lock_memory_refuse(&client->memory, name, asked_ms);
        break;
    case LOCK_HELD:
    case LOCK_UNKNOWN:
    case LOCK_REFUSED:
        break;
    }
}

/* Whether a sign that was seen just now answers REQUEST. */
static bool is_closed(const struct lock_client *client,
                      const struct lock_request *request, struct lock *lock,
                      int64_t now_ms)
{
    const char *sign =
        lock_memory_find_sign(&client->memory, request->name, now_ms);

    if (!sign[0] || !lock->fenced || lock->marker_key[0] || !request->heeds ||
        !request->heeds(request->heeds_state, sign))
        return false;
    (void)snprintf(lock->sign, sizeof(lock->sign), "%s", sign);
    return true;
}

enum lock_result lock_acquire(struct lock_client *client,
                              const struct lock_request *request,
                              struct lock *lock, struct error *err)
{
    const int64_t now_ms = clock_boottime_ms(client->options.clock);
    struct attempt attempt = {
        .client = client, .lock = lock, .request = request};
    enum lock_result result;
    bool crowded;

    if (!prepare(lock, request, client->options.clock, err))
        return LOCK_REFUSED;
    if (!lock_name_is_valid(request->name)) {
        error_set(err, "lock: the name is not valid");
        return LOCK_REFUSED;
    }
    crowded = lock_memory_is_crowded(&client->memory, request->name, now_ms);
    lock_name_permit(lock, request, crowded);
    lock_write_keys(lock, request);
    if (is_closed(client, request, lock, now_ms))
        return LOCK_CLOSED;
    result = acquire(&attempt, crowded && request->fenced, err);
    remember(client, request->name, lock, result, now_ms);
    return result;
}

enum lock_result lock_acquire_key(struct lock_client *client,
                                  const struct lock_request *request,
                                  struct lock *lock, struct error *err)
{
    struct attempt attempt = {
        .client = client, .lock = lock, .request = request};

    if (!prepare(lock, request, client->options.clock, err))
        return LOCK_REFUSED;
    (void)snprintf(lock->key, sizeof(lock->key), "lock:key:%s:%s",
                   request->call, request->idempotency_key);
    return acquire(&attempt, false, err);
}
