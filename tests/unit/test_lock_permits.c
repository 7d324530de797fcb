/* A name that several may hold at once. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lock_world.h"

static struct lock_request with_permits(int permits)
{
    struct lock_request request = lock_world_request(NULL);

    request.permits = permits;
    return request;
}

Test(lock_permits, a_quiet_instance_asks_for_the_first_permit)
{
    lock_world_open();
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_ask(with_permits(8)), LOCK_HELD);
    cr_expect_str_eq(lw.lock.name, "product:1");
    lock_world_close();
}

/*
 * Refuse COUNT requests for one of PERMITS, and note which ones were asked for.
 */
static void refuse(int permits, int count, bool seen[LOCK_PERMITS_MAX])
{
    for (int i = 0; i < count; i++) {
        const char *number;
        long permit;

        lock_world_store(LOCK_WORLD_LOOK_THEIRS);
        cr_assert_eq(lock_world_ask(with_permits(permits)), LOCK_BUSY);
        number = strchr(lw.lock.name, '#');
        permit = number ? strtol(number + 1, NULL, 10) : 0;
        cr_assert(permit >= 0 && permit < permits, "%s", lw.lock.name);
        seen[permit] = true;
    }
}

/* One of three is missing among 30 once in 60,000 times. */
Test(lock_permits, who_was_refused_asks_for_any_of_the_permits)
{
    bool seen[LOCK_PERMITS_MAX] = {false};

    lock_world_open();
    lock_world_crowd();
    refuse(3, 30, seen);
    cr_expect(seen[0] && seen[1] && seen[2]);
    lock_world_close();
}

Test(lock_permits, a_name_with_one_permit_has_no_others)
{
    for (int permits = 0; permits < 2; permits++) {
        bool seen[LOCK_PERMITS_MAX] = {false};

        lock_world_open();
        lock_world_crowd();
        lock_world_store(LOCK_WORLD_LOOK_THEIRS);
        cr_expect_eq(lock_world_ask(with_permits(permits)), LOCK_BUSY);
        cr_expect_str_eq(lw.lock.name, "product:1");
        refuse(1, 9, seen);
        lock_world_close();
    }
}

/* Each permit has lock and fence of its own; sign and marker are the name's. */
Test(lock_permits, a_permit_has_keys_of_its_own)
{
    struct lock_request request = with_permits(LOCK_PERMITS_MAX);
    char expected[640];

    lock_world_open();
    lock_world_crowd();
    request.idempotency_key = "k";
    do {
        lock_world_store("{\"result\":[null,null,null]}");
        lock_world_store(LOCK_WORLD_WON_MARKED);
        cr_assert_eq(lock_world_ask(request), LOCK_HELD);
    } while (strcmp(lw.lock.name, "product:1") == 0);
    (void)snprintf(expected, sizeof(expected),
                   "[[\"SET\",\"lock:%s\",\"%s\",\"NX\",\"EX\",10],"
                   "[\"INCR\",\"fence:%s\"],"
                   "[\"SET\",\"key:purchase:k\",\"%s\",\"NX\",\"EX\",86400],"
                   "[\"MGET\",\"lock:%s\",\"closed:product:1\","
                   "\"key:purchase:k\"]]",
                   lw.lock.name, lw.lock.token, lw.lock.name, lw.lock.token,
                   lw.lock.name);
    cr_expect_str_eq(lw.store.requests[lw.store.request_count - 1].body,
                     expected);
    lock_world_close();
}

/* Nothing is cut from the keys of the longest name, call and key. */
Test(lock_permits, the_longest_names_fit)
{
    static char name[LOCK_NAME_MAX];
    static char call[64];
    static char key[129];
    struct lock_request request = with_permits(LOCK_PERMITS_MAX);
    struct lock lock;

    memset(name, 'n', sizeof(name) - 1);
    memset(call, 'c', sizeof(call) - 1);
    memset(key, 'k', sizeof(key) - 1);
    request.name = name;
    request.call = call;
    request.idempotency_key = key;
    lock_world_open();
    lock_memory_refuse(&lw.client.memory, name,
                       clock_boottime_ms(&lw.clock.clock));
    do {
        lock_world_store("{\"result\":[null,\"sold_out\","
                         "null]}");
        cr_assert_eq(lock_world_ask(request), LOCK_CLOSED);
    } while (strlen(lw.lock.name) < sizeof(name) - 1 + strlen("#31") &&
             lw.store.request_count < FAKE_TRANSPORT_STEPS_MAX - 1);
    cr_expect_eq(strlen(lw.lock.fence_key), 6 + strlen(lw.lock.name));
    cr_expect_eq(strlen(lw.lock.name), LOCK_PERMIT_NAME_MAX - 1U);
    cr_expect_eq(strlen(lw.lock.sign_key), 7U + 127);
    cr_expect_eq(strlen(lw.lock.marker_key), 4U + 63 + 1 + 128);
    lock_world_store("{\"result\":\"OK\"}");
    cr_expect_eq(lock_acquire_key(&lw.client, &request, &lock, &lw.err),
                 LOCK_HELD);
    cr_expect_eq(strlen(lock.key), 9U + 63 + 1 + 128);
    lock_world_close();
}
