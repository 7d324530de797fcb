/*
 * lock_world: a lock client with a scripted store and a fake clock.
 *
 *     lock_world_open();
 *     lock_world_store(LOCK_WORLD_WON);
 *     lock_world_acquire(true)
 *     lw.lock ...
 *     lock_world_close();
 *
 * There is one, lw: each test runs in a process of its own.
 */
#ifndef BOUNCER_LOCK_WORLD_H
#define BOUNCER_LOCK_WORLD_H

#include "fake_clock.h"
#include "fake_transport.h"
#include "guard/lock.h"
#include "guard/lock_store_kv.h"

struct lock_world {
    struct fake_clock clock;
    struct fake_transport store;
    struct kv kv;
    struct lock_store_kv redis;
    struct lock_client client;
    struct lock lock;
    struct error err;
};

extern struct lock_world lw;

#define LOCK_WORLD_SECRET "secret-token"

/*
 * The store's answers: to a try (SET, INCR, MGET), to a look (MGET), and to a
 * release.
 */
#define LOCK_WORLD_WON                                                         \
    "[{\"result\":\"OK\"},{\"result\":7},{\"result\":[\"$TOKEN\",null]}]"
#define LOCK_WORLD_OURS_ALREADY                                                \
    "[{\"result\":null},{\"result\":8},{\"result\":[\"$TOKEN\",null]}]"
#define LOCK_WORLD_THEIRS                                                      \
    "[{\"result\":null},{\"result\":9},{\"result\":[\"other\",null]}]"
#define LOCK_WORLD_GONE                                                        \
    "[{\"result\":null},{\"result\":9},{\"result\":[null,null]}]"
#define LOCK_WORLD_WON_MARKED                                                  \
    "[{\"result\":\"OK\"},{\"result\":7},{\"result\":\"OK\"},"                 \
    "{\"result\":[\"$TOKEN\",null,\"$TOKEN\"]}]"
#define LOCK_WORLD_LOOK_THEIRS "{\"result\":[\"other\",null]}"
#define LOCK_WORLD_LOOK_FREE "{\"result\":[null,null]}"
#define LOCK_WORLD_DELETED "{\"result\":1}"

void lock_world_open(void);

/* Script the store's answer, with status 200. */
struct fake_step *lock_world_store(const char *answer);

/* Let the client have been refused product:1 just now, so that it looks first.
 */
void lock_world_crowd(void);

/* Fails the test if steps of the store's script are left. */
void lock_world_close(void);

/*
 * A fenced request for product:1, as below, to call purchase.  KEY is the
 * client's; NULL: none.  The sign sold_out counts, and no other.
 */
struct lock_request lock_world_request(const char *key);

/* Acquire by REQUEST. */
enum lock_result lock_world_ask(struct lock_request request);

/* Acquire product:1 without a key: a lease of 10 s, within 2,400 ms. */
enum lock_result lock_world_acquire(bool fenced);

#endif
