/*
 * cloud: the local cloud that the tests run in: its addresses (from the
 * environment), its stores, its faults and its counters.
 *
 * tests/e2e/run starts it.  A test begins with cloud_reset.
 */
#ifndef BOUNCER_E2E_CLOUD_H
#define BOUNCER_E2E_CLOUD_H

#include <stdbool.h>

#include "client.h"

/*
 * Empty the store, set the database back to its seeds, clear all faults, and
 * kill the instances, which remember signs and refusals.
 */
void cloud_reset(void);

/* An address or a setting of the cloud; fails the test if it is not there. */
const char *cloud_setting(const char *name);

/* FUNCTION_URL and PATH; good until the next call. */
const char *cloud_url(const char *path);

/* Buy from PRODUCT as BUYER under KEY (NULL: none). */
struct answer cloud_buy(int product, const char *buyer, const char *key);

/* Ask with the secret that the setting NAME holds; BODY may be NULL. */
struct answer cloud_ask_as_shop(const char *path, const char *body,
                                const char *name);

/* Expect STATUS of ANSWER, and free it. */
void cloud_expect(int status, struct answer answer);

/* The only number that SQL selects. */
long long cloud_sql(const char *sql);

/* The integer or the length of what a Redis command returns; -1 for nil. */
long long cloud_redis(const char *format, ...);

/* Set a fault of a door: see deploy/local/data/shared.h. */
void cloud_fault(const char *door, const char *fault, long long value);

/* A counter of the cloud: see deploy/local/platform/control.h. */
long long cloud_counter(const char *name);

/*
 * The process of an instance in STATE, "starting", "busy" or "idle"; 0: there
 * is none.
 */
int cloud_pid(const char *state);

void cloud_kill(int pid);

/* Start all instances that there may be; they are idle soon. */
void cloud_warm(void);

/* Kill all idle instances: the next requests find cold ones. */
void cloud_recycle(void);

/* Poll until CONDITION holds, 20 s at most. */
#define CLOUD_WAIT_FOR(condition)                                              \
    do {                                                                       \
        int polls = 0;                                                         \
        while (!(condition) && polls++ < 2000)                                 \
            cloud_pause();                                                     \
        cr_expect(condition, "%s", "waited in vain for " #condition);          \
    } while (0)

/*
 * Wait until no instance is at work, so that the next request is an idle one's.
 * One that starts is at work, and idle afterwards.
 */
#define CLOUD_WAIT_FOR_REST()                                                  \
    CLOUD_WAIT_FOR(cloud_pid("starting") == 0 && cloud_pid("busy") == 0)

/* Ten milliseconds, between two polls. */
void cloud_pause(void);

#endif
