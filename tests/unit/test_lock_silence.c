/* A store that is down is not hammered. */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "lock_world.h"

/* Three requests in a row got no answer. */
static void open_silent(void)
{
    lock_world_open();
    for (int i = 0; i < 3; i++)
        fake_transport_fail(&lw.store,
                            i == 1 ? TRANSPORT_NOT_SENT : TRANSPORT_UNKNOWN);
    cr_assert_eq(lock_world_acquire(true), LOCK_UNKNOWN);
}

Test(lock_silence,
     a_silent_store_is_left_alone_for_a_second_and_asked_once_then)
{
    open_silent();
    for (int round = 0; round < 2; round++) {
        fake_clock_advance(&lw.clock, 999);
        cr_expect_eq(lock_world_acquire(true), LOCK_UNKNOWN);
        cr_expect(strstr(lw.err.text, "not asked for a second"), "%s",
                  lw.err.text);
        cr_expect(!lw.lock.to_release);
        fake_clock_advance(&lw.clock, 1);
        fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
        cr_expect_eq(lock_world_acquire(true), LOCK_UNKNOWN);
        cr_expect(lw.lock.to_release);
    }
    lock_world_close();
}

Test(lock_silence, a_silent_store_is_asked_once_where_a_look_comes_first)
{
    open_silent();
    fake_clock_advance(&lw.clock, 1000);
    lock_world_crowd();
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
    cr_expect_eq(lock_world_acquire(true), LOCK_UNKNOWN);
    cr_expect(!lw.lock.to_release, "a look sets nothing");
    lock_world_close();
}

/* Whatever it is, an answer ends the silence. */
static const struct {
    int status;
    const char *answer;
    enum lock_result result;
} voices[] = {
    {200, LOCK_WORLD_WON, LOCK_HELD},
    {401, "", LOCK_REFUSED},
    {429, "", LOCK_REFUSED},
};

Test(lock_silence, an_answer_ends_the_silence)
{
    for (size_t i = 0; i < COUNT(voices); i++) {
        open_silent();
        fake_clock_advance(&lw.clock, 1000);
        fake_transport_answer(&lw.store, voices[i].status, voices[i].answer);
        cr_expect_eq(lock_world_acquire(true), voices[i].result);
        fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
        fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
        lock_world_store(LOCK_WORLD_WON);
        cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
        lock_world_close();
    }
}
