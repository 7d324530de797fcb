/*
 * What can wait until the client has its answer: the release with what the
 * holder has learned, a counter to be raised, a look at a key that is busy for
 * long.  None of it changes an answer, and all of it has the caller's deadline.
 */
#include <stdio.h>
#include <string.h>

#include "guard/lock_parts.h"

/* A release without a clear answer is tried once more; then the lease ends it.
 */
#define SETTLE_TRIES 2

struct lock_claim lock_claim_of(const struct lock *lock, int64_t deadline_ms)
{
    return (struct lock_claim){
        .key = lock->key,
        .fence_key = lock->fenced ? lock->fence_key : NULL,
        .sign_key = lock->fenced ? lock->sign_key : NULL,
        .marker_key = lock->marker_key[0] ? lock->marker_key : NULL,
        .token = lock->token,
        .lease_s = lock->lease_s,
        .deadline_ms = deadline_ms,
    };
}

void lock_note_owner(struct lock_client *client, struct lock *lock,
                     const struct lock_view *view)
{
    const struct slice owner =
        slice_of(view->owner == LOCK_OWNER_TOKEN ? view->token : NULL);

    lock->foreign =
        lock_watch_owner(&client->watch, lock->key, owner, lock->lease_ms,
                         clock_boottime_ms(client->options.clock));
}

/* The holder has put up a sign, or taken it down. */
static void remember_news(struct lock_client *client, const struct lock *lock,
                          const struct lock_news *news)
{
    char name[LOCK_NAME_MAX];

    if (!news->sign && !news->opened)
        return;
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(lock->name, "#"),
                   lock->name);
    lock_memory_sign(&client->memory, name, news->sign ? news->sign : "",
                     clock_boottime_ms(client->options.clock));
}

bool lock_settle(struct lock_client *client, struct lock *lock, bool release,
                 const struct lock_news *news, int64_t deadline_ms,
                 struct error *err)
{
    const struct lock_store *store = client->options.store;
    struct lock_claim claim = lock_claim_of(lock, deadline_ms);
    const int tries = lock->held ? SETTLE_TRIES : 1;
    struct lock_settlement settlement = {
        .release = release && lock->to_release,
        .unmark = lock->to_unmark,
        .forget = lock->to_forget,
    };
    enum lock_store_result result = LOCK_STORE_UNKNOWN;

    if (news && lock->held && lock->fenced && lock_left_ms(client, lock) > 0) {
        settlement.sign = news->sign;
        settlement.sign_s = news->sign_s;
        settlement.open = news->opened;
        settlement.forget = news->forget;
        settlement.unmark =
            news->refused && lock->marker_key[0] && !lock->overwrote;
        remember_news(client, lock, news);
        /* What is sent again must not come after the lease either. */
        if (claim.deadline_ms > lock->lease_end_us / 1000)
            claim.deadline_ms = lock->lease_end_us / 1000;
    }
    error_set(err, "%s", "");
    if (!settlement.release && !settlement.unmark && !settlement.sign &&
        !settlement.open && !settlement.forget)
        return true;
    for (int try = 0; try < tries && result == LOCK_STORE_UNKNOWN; try++)
        result = store->settle(store->state, &claim, &settlement, err);
    if (result != LOCK_STORE_ANSWERED)
        error_prefix(err, settlement.release ? "release" : "settlement");
    return result == LOCK_STORE_ANSWERED;
}

bool lock_mark(struct lock_client *client, struct lock *lock, const char *call,
               const char *key, int64_t deadline_ms, struct error *err)
{
    const struct lock_store *store = client->options.store;
    struct lock_claim claim;

    if (lock->marker_key[0])
        return true;
    lock_write_marker_key(lock, call, key);
    claim = lock_claim_of(lock, deadline_ms);
    return store->mark(store->state, &claim, err) == LOCK_STORE_ANSWERED;
}

bool lock_raise_fence(struct lock_client *client, const struct lock *lock,
                      int64_t at_least, int64_t deadline_ms, struct error *err)
{
    const struct lock_store *store = client->options.store;
    const struct lock_claim claim = lock_claim_of(lock, deadline_ms);

    return store->raise(store->state, &claim, at_least, err) ==
           LOCK_STORE_ANSWERED;
}

void lock_look(struct lock_client *client, struct lock *lock,
               int64_t deadline_ms)
{
    const struct lock_store *store = client->options.store;
    const struct lock_claim claim = lock_claim_of(lock, deadline_ms);
    struct lock_view view = {0};
    struct error why;

    if (store->look(store->state, &claim, &view, &why) == LOCK_STORE_ANSWERED &&
        view.owner != LOCK_OWNER_NOBODY)
        lock_note_owner(client, lock, &view);
}
