/*
 * lock: a lease on a name, held by one instance at a time, in a Redis store.
 *
 *     struct lock_client client;              one for each instance
 *     struct lock lock;                       one for each acquisition
 *
 *     switch (lock_acquire(&client, &request, &lock, &err)) {
 *     case LOCK_HELD:
 *         while lock_left_ms(&client, &lock) > 0: nobody else holds it
 *         lock_release(&client, &lock, &err);
 *
 * Two keys belong to a name: `lock:<name>`, whose value is the holder's token
 * and which ends by itself after the lease; and `fence:<name>`, a counter that
 * never expires.  A fenced acquisition is one transaction,
 *
 *     SET lock:<name> <token> NX EX <lease>; INCR fence:<name>; GET lock:<name>
 *
 * so that the order of fences is the order of holders.  GET decides, not SET:
 * an earlier try of ours may have won while its answer was lost.  An unfenced
 * one is the bare SET; where it was refused and there is a doubt (an earlier
 * try without an answer, or the transport had to send it twice), one GET
 * settles it.
 *
 * A counter that can give no fence any more, by somebody's mistake (it is no
 * number, or near the end of the numbers), is set back to 0 by the holder and
 * the acquisition goes on: the database refuses the low fences, and the caller
 * brings the counter up to what the database has seen.
 *
 * The token is 128 random bits, made anew for each acquisition and kept in all
 * its tries.  The lease counts from before the first try was sent, on a clock
 * that runs on while the instance is frozen, less a margin for drift between
 * our clock and the store's; it can only be too short.
 *
 * What a crash leaves: the key, until the lease ends.  What a lost answer
 * leaves: maybe the key with our token; after an acquisition that ended without
 * knowing, lock_release asks the store to delete it if it is ours.  A try that
 * is still on its way then may set it later: nobody holds it, and it ends with
 * the lease.
 *
 * Every request here has a time limit and an end that the caller names: the
 * budget of an acquisition, its waits included, and a deadline for the rest.
 *
 * A key that holds something else than a lock (another type, a value that is no
 * token, one that outlasts the lease) is busy like any other, fenced or not,
 * and lock->foreign says so once per client and name.
 *
 * The store replicates asynchronously and a holder may be paused beyond its
 * lease, so two holders are rare and not impossible.  That is what the fence
 * is for: whoever is written to refuses a fence that is not the highest yet.
 */
#ifndef BOUNCER_LOCK_H
#define BOUNCER_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "guard/lock_watch.h"
#include "wire/kv.h"

/* Bytes of a name, its end included. */
#define LOCK_NAME_MAX 128

/*
 * Higher fences cannot be true: 10,000 a second take 3,000 years to count so
 * far.  The database's schema has the same ceiling.
 */
#define LOCK_FENCE_MAX 1000000000000000LL

/* Hex digits of a token: 128 bits. */
#define LOCK_TOKEN_DIGITS (LOCK_TOKEN_MAX - 1)

enum lock_result {
    LOCK_UNKNOWN = 0, /* the store gave no clear answer in time */
    LOCK_HELD,
    LOCK_BUSY,    /* somebody else holds it */
    LOCK_REFUSED, /* the store refuses: credentials, quota, a failed command */
};

struct lock_client_options {
    struct kv *kv;             /* required; outlives the client */
    const struct clock *clock; /* required; outlives the client */
    int tries;                 /* requests per acquisition at most; 1 or more */
    int64_t try_timeout_ms;    /* for each of them */
};

struct lock_client {
    struct lock_client_options options;
    bool release_by_script; /* learned: the store has no DELEX */
    struct lock_watch watch;
};

struct lock_request {
    const char *name; /* 1 to LOCK_NAME_MAX - 1 of A-Z a-z 0-9 : . _ - */
    int lease_s;      /* 1 or more */
    bool fenced;
    int64_t budget_ms; /* for all tries and the waits between them */
};

struct lock {
    char key[LOCK_KEY_MAX];
    char fence_key[LOCK_KEY_MAX + 1];
    char lease_s[16];
    char token[LOCK_TOKEN_MAX];
    int64_t lease_ms;
    bool fenced;
    bool held;
    bool to_release;   /* held, or a SET of ours may be in the store */
    bool foreign;      /* busy: the key holds no lock; said once for a name */
    bool worth_a_look; /* busy for long: ask lock_look after the answer */
    int64_t fence;     /* grows with each holder; 0 without a fence */
    int64_t lease_end_us;
};

void lock_client_init(struct lock_client *client,
                      const struct lock_client_options *options);

/* Whether NAME keeps to the alphabet and the length that names may have. */
bool lock_name_is_valid(const char *name);

/*
 * Try to take the lock.  LOCK is filled in any case, and needs lock_release
 * where its to_release is set: not only with LOCK_HELD, since without a clear
 * answer a SET of ours may have won.  With LOCK_UNKNOWN and LOCK_REFUSED, ERR
 * says why.
 */
__attribute__((warn_unused_result)) enum lock_result
lock_acquire(struct lock_client *client, const struct lock_request *request,
             struct lock *lock, struct error *err);

/*
 * For how many milliseconds a fresh lease of LEASE_S counts: the lease less
 * the margin for drift.
 */
int64_t lock_lease_ms(int lease_s);

/* Milliseconds for which holding LOCK still counts; 0 when it is over. */
int64_t lock_left_ms(const struct lock_client *client, const struct lock *lock);

/*
 * Delete the key if it still holds our token, in one step: by DELEX ... IFEQ
 * where the store knows that, else by a script; which of the two is learned
 * once per client.  A held lock's release that is lost is tried once more; all
 * of it ends by DEADLINE_MS (in clock_boottime_ms's terms; INT64_MAX: none).
 * False with the reason in ERR where the store did not confirm it; harmless,
 * since the lease ends it.
 */
bool lock_release(struct lock_client *client, const struct lock *lock,
                  int64_t deadline_ms, struct error *err);

/*
 * Raise the counter of a fenced LOCK to AT_LEAST by DEADLINE_MS, as above;
 * never lowers it.  For a store that lost its counter (a failover, a flush, a
 * new store) in front of a database that remembers higher fences.  False with
 * the reason in ERR where the store did not confirm it.
 */
bool lock_raise_fence(struct lock_client *client, const struct lock *lock,
                      int64_t at_least, int64_t deadline_ms, struct error *err);

/*
 * Ask by DEADLINE_MS, as above, what the key of a busy LOCK holds; its foreign
 * is set where that is no lock.  No answer is none of the two.
 */
void lock_look(struct lock_client *client, struct lock *lock,
               int64_t deadline_ms);

#endif
