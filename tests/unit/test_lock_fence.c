/* A counter that gives no fence any more. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "lock_world.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* What INCR may answer then. */
static const char *const broken[] = {
    "{\"result\":9007199254740993}",
    "{\"result\":1000000000000000}",
    "{\"error\":\"ERR increment or decrement would overflow\"}",
    "{\"error\":\"ERR value is not an integer or out of range\"}",
};

static void answer(struct lock_world *w, const char *fence, const char *owner)
{
    char body[256];

    (void)snprintf(body, sizeof(body),
                   "[{\"result\":\"OK\"},%s,{\"result\":[\"%s\",null]}]", fence,
                   owner);
    fake_transport_answer(&w->store, 200, body);
}

Test(lock_fence, the_holder_sets_a_broken_counter_back_and_goes_on)
{
    for (size_t i = 0; i < COUNT(broken); i++) {
        struct lock_world w;

        lock_world_open(&w);
        answer(&w, broken[i], "$TOKEN");
        fake_transport_answer(&w.store, 200, "{\"result\":\"OK\"}");
        answer(&w, "{\"result\":1}", "$TOKEN");
        cr_expect_eq(lock_world_acquire(&w, true), LOCK_HELD, "%s", broken[i]);
        cr_expect_eq(w.lock.fence, 1);
        cr_expect_str_eq(w.store.requests[1].body,
                         "[\"SET\",\"fence:product:1\",\"0\"]");
        lock_world_close(&w);
    }
}

Test(lock_fence, who_does_not_hold_the_lock_leaves_the_counter_alone)
{
    for (size_t i = 0; i < COUNT(broken); i++) {
        struct lock_world w;

        lock_world_open(&w);
        answer(&w, broken[i], "somebody else");
        cr_expect_eq(lock_world_acquire(&w, true), LOCK_BUSY, "%s", broken[i]);
        lock_world_close(&w);
    }
}

Test(lock_fence, a_store_that_refuses_to_set_it_back_is_told)
{
    struct lock_world w;

    lock_world_open(&w);
    answer(&w, broken[0], "$TOKEN");
    fake_transport_answer(&w.store, 400, "{\"error\":\"NOPERM no set\"}");
    cr_expect_eq(lock_world_acquire(&w, true), LOCK_REFUSED, "%s", w.err.text);
    cr_expect(w.lock.to_release);
    lock_world_close(&w);
}
