/*
 * lock_store: what a lock needs of the store that keeps it.
 *
 * `struct lock_store`, a few functions, is the seam between the protocol
 * (lock.c: tries, doubts, leases) and a store's commands.  lock_store_kv.h has
 * the one for a Redis store; a simulation can put another in its place.
 */
#ifndef BOUNCER_LOCK_STORE_H
#define BOUNCER_LOCK_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Bytes of a key, a token and a sign's word, their ends included. */
#define LOCK_KEY_MAX 208
#define LOCK_TOKEN_MAX 33
#define LOCK_SIGN_MAX 64

/*
 * No honest counter reaches this: at 10,000 a second it takes 3,000 years.  The
 * database's schema has the same ceiling.
 */
#define LOCK_FENCE_MAX 1000000000000000LL

/* ERR says why if it is not LOCK_STORE_ANSWERED, and never holds a token. */
enum lock_store_result {
    LOCK_STORE_UNKNOWN = 0, /* no clear answer: it may have been done */
    LOCK_STORE_ANSWERED,
    LOCK_STORE_NOT_SENT,   /* not done: the store was not reached in time */
    LOCK_STORE_REJECTED,   /* asking again at once does not help */
    LOCK_STORE_OVER_QUOTA, /* likewise, and the store takes no more commands */
};

/* What is asked for; its texts are borrowed. */
struct lock_claim {
    const char *key;
    const char *fence_key;  /* NULL: no fence, and neither of the next two */
    const char *sign_key;   /* holds a word while the name is closed */
    const char *marker_key; /* NULL: no marker */
    const char *token;
    int lease_s;
    /*
     * When all requests must have ended, in clock_boottime_ms's terms;
     * INT64_MAX: there is no such time.
     */
    int64_t deadline_ms;
};

enum lock_owner {
    LOCK_OWNER_UNSAID = 0, /* the key is taken; the store did not say by whom */
    LOCK_OWNER_NOBODY,
    LOCK_OWNER_TOKEN, /* whoever has `token` */
    LOCK_OWNER_OTHER, /* the key holds something that is no token */
};

enum lock_marker {
    LOCK_MARKER_UNKNOWN = 0,
    LOCK_MARKER_NONE,
    LOCK_MARKER_OURS,
    LOCK_MARKER_OTHER, /* another attempt's */
};

/* What the store showed.  It starts all zero. */
struct lock_view {
    enum lock_owner owner;
    char token[LOCK_TOKEN_MAX];
    bool may_be_ours; /* key or marker may hold our token all the same */
    int64_t fence;    /* if the claim has a fence */
    char sign[LOCK_SIGN_MAX]; /* "": there is none */
    enum lock_marker marker;  /* if the claim has a marker */
};

/* What is left to do about a claim.  All of it is one request. */
struct lock_settlement {
    bool release;     /* delete the key if it holds the token */
    const char *sign; /* the word of a sign to put up; NULL: none */
    int sign_s;       /* for so long */
    bool open;        /* take the sign down */
    bool forget;      /* delete the counter */
    bool unmark;      /* delete the marker if it holds the token */
};

struct lock_store {
    /*
     * Set the key to the token if it is free, with the lease as its time to
     * live, count the fence, set the marker to the token if there is none, and
     * see key, sign and marker: in one step, so that the order of fences is the
     * order of holders.  Without a fence the owner may stay unsaid if it is
     * somebody else.
     *
     * A counter that gives no fences (it is not a number, or has reached
     * LOCK_FENCE_MAX) is set back to 0 if the key is ours, which ends in
     * LOCK_STORE_UNKNOWN: the next try counts from there.
     */
    enum lock_store_result (*try)(void *state, const struct lock_claim *claim,
                                  struct lock_view *view, struct error *err);
    /* See key, sign and marker. */
    enum lock_store_result (*look)(void *state, const struct lock_claim *claim,
                                   struct lock_view *view, struct error *err);
    /* Set the marker to the token, whatever it holds. */
    enum lock_store_result (*mark)(void *state, const struct lock_claim *claim,
                                   struct error *err);
    /*
     * Do what SETTLEMENT says, at least one thing.  The answer is that of the
     * first of them; each is done although another failed.  If only another
     * failed, ERR says which and why, and is empty if none did.
     */
    enum lock_store_result (*settle)(void *state,
                                     const struct lock_claim *claim,
                                     const struct lock_settlement *settlement,
                                     struct error *err);
    /* Raise the counter to AT_LEAST; never lower it. */
    enum lock_store_result (*raise)(void *state, const struct lock_claim *claim,
                                    int64_t at_least, struct error *err);
    void *state; /* not owned */
};

#endif
