/* A store that forgot its fences, and a database that says what is not true. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "world.h"

#define STALE "{\"outcome\":\"stale\",\"highest_fence\":900}"

Test(bouncer_stale, a_stale_fence_with_a_valid_lease_raises_the_counter)
{
    world_open();
    world_store(WORLD_WON);
    world_row(STALE);
    world_store("{\"result\":\"7\"}");
    world_store("{\"result\":900}");
    world_store(WORLD_RELEASED);
    world_buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(message_response_header(&world.res, "retry-after") != NULL);
    cr_expect_str_eq(world.store.requests[2].body,
                     "[\"INCRBY\",\"fence:product:1\",893]");
    cr_expect(captured_log_has(&world.log, "\"fence_raised\""));
    world_close();
}

Test(bouncer_stale, a_stale_fence_after_the_lease_leaves_the_counter_alone)
{
    world_open();
    world_store(WORLD_WON);
    world_row(STALE)->takes_ms = 20000;
    world_store("{\"result\":0}");
    world_buy();
    cr_expect_eq(world.res.status, 503);
    world_close();
}

/*
 * Sent twice: the first time was refused under this fence, or the key would
 * make the second a replay.
 */
Test(bouncer_stale, our_own_fence_in_the_row_is_no_reason_to_raise_it)
{
    world_open();
    world_store(WORLD_WON);
    world_row("{\"outcome\":\"stale\",\"highest_fence\":7}");
    world_store(WORLD_RELEASED);
    world_buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(world_said("This request did nothing"));
    world_close();
}

/* 2^53 + 1, what JSON cannot hold, and what no counter has counted. */
static const char *const hostile[] = {
    "9007199254740993",
    "9007199254740991",
    "1e300",
    "1000000000000000",
};

Test(bouncer_stale, a_fence_that_cannot_be_true_is_not_put_into_the_store)
{
    for (size_t i = 0; i < COUNT(hostile); i++) {
        char row[128];

        (void)snprintf(row, sizeof(row),
                       "{\"outcome\":\"stale\",\"highest_fence\":%s}",
                       hostile[i]);
        world_open();
        world_store(WORLD_WON);
        world_row(row);
        world_store(WORLD_RELEASED);
        world_buy();
        cr_expect_eq(world.res.status, 503);
        cr_expect(captured_log_has(&world.log, "\"fence_not_raised\""));
        cr_expect(captured_log_has(&world.log, "lock:product:1: the database's "
                                               "highest fence cannot be true"));
        world_close();
    }
}

Test(bouncer_stale, a_counter_that_cannot_be_raised_is_logged)
{
    world_open();
    world_store(WORLD_WON);
    world_row(STALE);
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN);
    world_store(WORLD_RELEASED);
    world_buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(captured_log_has(&world.log, "\"fence_not_raised\""));
    world_close();
}
