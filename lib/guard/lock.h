/*
 * lock: a lease on a name, held by one instance at a time, in a Redis store.
 *
 *     struct lock_client client;              one for each instance, on a store
 *     struct lock lock;                       one for each acquisition
 *
 *     switch (lock_acquire(&client, &request, &lock, &err)) {
 *     case LOCK_HELD:
 *         while lock_left_ms(&client, &lock) > 0: nobody else holds it
 *     ...
 *     }
 *     lock_settle(&client, &lock, true, &news, deadline_ms, &err);
 *
 * These keys belong to a name:
 *
 *   lock:<name>    the holder's token; expires with the lease
 *   fence:<name>   a counter that never expires
 *   closed:<name>  the sign: a word that says why nobody need come in; expires
 *   key:<call>:<idempotency key>
 *                  the marker: the token of an attempt that may have done what
 *                  the key asks for; expires after 24 hours
 *
 * A try sets the first if it is free, counts the second, sets the marker of the
 * client's key if there is none, and looks at lock, sign and marker, all in one
 * step, so that the order of fences is the order of holders.  The look
 * decides, not the setting: an earlier try of ours may have won and its answer
 * been lost.  An unfenced try only sets the key.  If it finds the key taken and
 * there is a doubt (an earlier try got no clear answer, or the transport sent
 * it twice), one look settles it.  lock_store.h is the seam to the store, and
 * lock_store_kv.h has the commands.
 *
 * Nobody but the holder can put up a sign, and only by what the database has
 * answered.  Whoever sees it need not ask the database.
 *
 * The marker is there before the database can have done anything.  So who is
 * not the holder and finds another attempt's marker has to ask the database
 * whether that one did it: LOCK_REPLAY.  A holder that finds one puts its own
 * token into it before the database is called, so that no other attempt's
 * clean-up can take it away; whoever did not get the lock, or heard a "no" of
 * the database, takes its own marker away again, never another's: a key that
 * bought nothing goes past no lock and no sign.  A key that was made up here
 * gets its marker only when the client is told of it after a call that maybe
 * did something.
 *
 * A name may have K permits, each a lock of its own with a counter of its own:
 * the first is called as the name, the others <name>#1 to <name>#K-1.  Each
 * acquisition asks for one of them.
 *
 * An instance that was refused on a name in the last seconds looks first, which
 * is one command; a try follows only if the key is free.  It asks for a permit
 * at random then, and a quiet one for the first.
 *
 * A store that is down is not hammered: after three requests in a row without
 * an answer acquisitions end at once for a second, with LOCK_UNKNOWN; the next
 * one asks once.
 *
 * Somebody's mistake may leave a counter that gives no fences: it is not a
 * number, or near the largest.  The holder's try sets it back to 0 and the
 * acquisition goes on; the database rejects the low fences, and the caller
 * raises the counter to what the database has seen.
 *
 * The token is 128 random bits, new for each acquisition and the same in all
 * its tries.  The lease counts from before the first try was sent, on a clock
 * that runs on while the instance is frozen, less a margin for drift between
 * our clock and the store's; it can only be too short.
 *
 * A crash leaves the key, until the lease ends.  A lost answer may leave the
 * key with our token; after an acquisition that ended without knowing,
 * lock_settle asks the store to delete it if it is ours.  A try still on its
 * way may set it after that: nobody holds it then, and it ends with the lease.
 *
 * Every request here has a time limit, and ends by the time that the caller
 * sets: a budget for an acquisition, waits included, and a deadline for the
 * rest.
 *
 * A key that holds no lock (another type, a value that is no token, a token
 * that outlasts the lease) is busy like any other, fenced or not; lock->foreign
 * says so once per client and name.
 *
 * The store replicates asynchronously and a holder may be paused beyond its
 * lease, so two holders are rare but possible.  The fence is for that: the
 * database rejects a fence that is not the highest yet.
 */
#ifndef BOUNCER_LOCK_H
#define BOUNCER_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "guard/lock_memory.h"
#include "guard/lock_store.h"
#include "guard/lock_watch.h"

/* The most permits of a name, and bytes of a permit's name: "product:1#31". */
#define LOCK_PERMITS_MAX 32
#define LOCK_PERMIT_NAME_MAX (LOCK_NAME_MAX + 3)

/* Hex digits of a token: 128 bits. */
#define LOCK_TOKEN_DIGITS (LOCK_TOKEN_MAX - 1)

enum lock_result {
    LOCK_UNKNOWN = 0, /* the store gave no clear answer in time */
    LOCK_HELD,
    LOCK_BUSY,   /* somebody else holds it */
    LOCK_CLOSED, /* not held: there is a sign, lock->sign */
    /*
     * Not held, and the marker is another attempt's: it may have done what the
     * key asks for.  If it has not, lock->sign, or "" for busy, is the answer.
     */
    LOCK_REPLAY,
    /*
     * Not taken, and trying again at once does not help: the store rejects the
     * request (credentials, quota, a failed command), the name is not valid,
     * or the kernel gives no random bytes.
     */
    LOCK_REFUSED,
};

struct lock_client_options {
    const struct lock_store *store; /* required; outlives the client */
    const struct clock *clock;      /* required; outlives the client */
    int tries;                      /* per acquisition at most; 1 or more */
};

struct lock_client {
    struct lock_client_options options;
    struct lock_watch watch;
    struct lock_memory memory;
    int silences;         /* requests in a row without an answer */
    int64_t ask_again_ms; /* not before this, if there were too many */
};

struct lock_request {
    const char *name; /* 1 to LOCK_NAME_MAX - 1 of A-Z a-z 0-9 : . _ - */
    int lease_s;      /* 1 or more */
    bool fenced;      /* only then there are signs and markers */
    int permits;      /* 0 or 1: one; at most LOCK_PERMITS_MAX */
    /* The client's key, for a marker, and what it is for; NULL: no marker. */
    const char *idempotency_key;
    const char *call;
    /* Whether a sign of WORD counts here; NULL: no sign does. */
    bool (*heeds)(const void *state, const char *word);
    const void *heeds_state;
    int64_t budget_ms; /* for all tries and the waits between them */
};

struct lock {
    char name[LOCK_PERMIT_NAME_MAX]; /* the permit's */
    char key[LOCK_KEY_MAX];
    char fence_key[LOCK_KEY_MAX];
    char sign_key[LOCK_KEY_MAX];
    char marker_key[LOCK_KEY_MAX]; /* "": no marker */
    char token[LOCK_TOKEN_MAX];
    char sign[LOCK_SIGN_MAX]; /* that was seen, and counts; "": none */
    int lease_s;
    int64_t lease_ms; /* that it counts: less the margin */
    bool fenced;
    bool held;
    bool to_release;   /* held, or a SET of ours may be in the store */
    bool to_unmark;    /* a marker of ours may be in the store, in vain */
    bool overwrote;    /* its marker may stand for another attempt too */
    bool to_forget;    /* a try made the counter, and found a sign */
    bool foreign;      /* busy: the key holds no lock; set once for a name */
    bool worth_a_look; /* busy for long: call lock_look after the answer */
    int64_t fence;     /* grows with each holder; 0 without a fence */
    int64_t lease_end_us;
};

void lock_client_init(struct lock_client *client,
                      const struct lock_client_options *options);

/* Whether NAME has the alphabet and the length of struct lock_request's. */
bool lock_name_is_valid(const char *name);

/*
 * Try to take the lock.  LOCK is filled in whatever the result, and needs
 * lock_settle if its to_release or to_unmark is set: not only with LOCK_HELD,
 * since without a clear answer a SET of ours may have won.  With LOCK_UNKNOWN
 * and LOCK_REFUSED, ERR says why.
 */
__attribute__((warn_unused_result)) enum lock_result
lock_acquire(struct lock_client *client, const struct lock_request *request,
             struct lock *lock, struct error *err);

/*
 * How many milliseconds a fresh lease of LEASE_S seconds counts: the lease less
 * the margin for drift.
 */
int64_t lock_lease_ms(int lease_s);

/* Milliseconds that are left of LOCK's lease; 0 when it is over. */
int64_t lock_left_ms(const struct lock_client *client, const struct lock *lock);

/*
 * Take a lock of an idempotency key's own: the replay of a key goes on one at a
 * time.  It has no fence, sign or marker; LOCK_HELD, LOCK_BUSY, LOCK_UNKNOWN or
 * LOCK_REFUSED, as above.
 */
__attribute__((warn_unused_result)) enum lock_result
lock_acquire_key(struct lock_client *client, const struct lock_request *request,
                 struct lock *lock, struct error *err);

/* What the holder has learned from the database. */
struct lock_news {
    const char *sign; /* the name is closed for this reason; NULL: it is not */
    int sign_s;       /* for so long the sign hangs */
    bool opened;      /* the name is open again */
    bool forget;      /* the name is invented: no counter stays */
    bool refused;     /* nothing was done for the key: no new marker stays */
};

/*
 * Do what is left to do about LOCK, in one request: delete the key if RELEASE
 * and it holds our token, likewise our marker if its to_unmark is set, and let
 * the store know the NEWS (NULL: none), which count only while the lock is held
 * and its lease lasts: later somebody else may hold it, and know better.  If a
 * held lock's request gets no clear answer, it is tried once more; all of it
 * ends by DEADLINE_MS (in clock_boottime_ms's terms; INT64_MAX: none).  Without
 * anything to do it is true at once.  False with the reason in ERR if the store
 * did not confirm the first of these; that is harmless, since all of it but the
 * counter expires.  If only another failed it is true, and ERR says which and
 * why; ERR is empty if none did.
 */
bool lock_settle(struct lock_client *client, struct lock *lock, bool release,
                 const struct lock_news *news, int64_t deadline_ms,
                 struct error *err);

/*
 * Put the marker of KEY, for CALL, into the store by DEADLINE_MS, as above, if
 * the held LOCK has none: for a key of ours that the client is about to hear
 * of.  False with the reason in ERR if the store did not confirm it.
 */
bool lock_mark(struct lock_client *client, struct lock *lock, const char *call,
               const char *key, int64_t deadline_ms, struct error *err);

/*
 * Raise the counter of a fenced LOCK to AT_LEAST by DEADLINE_MS, as above;
 * never lower it.  For a store that lost its counter (a failover, a flush, a
 * new store) in front of a database that remembers higher fences.  False with
 * the reason in ERR if the store did not confirm it.
 */
bool lock_raise_fence(struct lock_client *client, const struct lock *lock,
                      int64_t at_least, int64_t deadline_ms, struct error *err);

/*
 * Ask by DEADLINE_MS, as above, what the key of a busy LOCK holds, and set its
 * `foreign` if that is no lock.  Without an answer LOCK stays as it is.
 */
void lock_look(struct lock_client *client, struct lock *lock,
               int64_t deadline_ms);

#endif
