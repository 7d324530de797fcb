/* A counter that gives no fence any more. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "lock_world.h"

/* What INCR may answer then. */
static const char *const broken[] = {
    "{\"result\":9007199254740993}",
    "{\"result\":1000000000000000}",
    "{\"error\":\"ERR increment or decrement would overflow\"}",
    "{\"error\":\"ERR value is not an integer or out of range\"}",
};

static void answer(const char *fence, const char *owner)
{
    char body[256];

    (void)snprintf(body, sizeof(body),
                   "[{\"result\":\"OK\"},%s,{\"result\":[\"%s\",null]}]", fence,
                   owner);
    lock_world_store(body);
}

Test(lock_fence, the_holder_sets_a_broken_counter_back_and_goes_on)
{
    for (size_t i = 0; i < COUNT(broken); i++) {
        lock_world_open();
        answer(broken[i], "$TOKEN");
        lock_world_store("{\"result\":\"OK\"}");
        answer("{\"result\":1}", "$TOKEN");
        cr_expect_eq(lock_world_acquire(true), LOCK_HELD, "%s", broken[i]);
        cr_expect_eq(lw.lock.fence, 1);
        cr_expect_str_eq(lw.store.requests[1].body,
                         "[\"SET\",\"fence:product:1\",\"0\"]");
        lock_world_close();
    }
}

Test(lock_fence, who_does_not_hold_the_lock_leaves_the_counter_alone)
{
    for (size_t i = 0; i < COUNT(broken); i++) {
        lock_world_open();
        answer(broken[i], "somebody else");
        cr_expect_eq(lock_world_acquire(true), LOCK_BUSY, "%s", broken[i]);
        lock_world_close();
    }
}

Test(lock_fence, a_store_that_refuses_to_set_it_back_is_told)
{
    lock_world_open();
    answer(broken[0], "$TOKEN");
    fake_transport_answer(&lw.store, 400, "{\"error\":\"NOPERM no set\"}");
    cr_expect_eq(lock_world_acquire(true), LOCK_REFUSED, "%s", lw.err.text);
    cr_expect(lw.lock.to_release);
    lock_world_close();
}
