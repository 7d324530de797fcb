/* A lock without a fence: one bare SET, and one GET where there is a doubt. */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "guard/lock.h"
#include "lock_world.h"

Test(lock_unfenced, an_unfenced_lock_is_one_bare_set)
{
    lock_world_open();
    lock_world_store("{\"result\":\"OK\"}");
    cr_expect_eq(lock_world_acquire(false), LOCK_HELD);
    cr_expect_eq(lw.lock.fence, 0);
    cr_expect_str_eq(lw.store.requests[0].url, "https://kv.example/");
    cr_expect(
        strstr(lw.store.requests[0].body, "[\"SET\",\"lock:product:1\",\""));
    cr_expect(strstr(lw.store.requests[0].body, "\",\"NX\",\"EX\",10]"));
    lock_world_close();
}

Test(lock_unfenced, an_unfenced_refusal_without_doubt_costs_one_command)
{
    lock_world_open();
    lock_world_store("{\"result\":null}");
    cr_expect_eq(lock_world_acquire(false), LOCK_BUSY);
    lock_world_close();
}

static const struct {
    const char *owner;
    enum lock_result result;
} owners[] = {
    {"{\"result\":\"$TOKEN\"}", LOCK_HELD},
    {"{\"result\":\"other\"}", LOCK_BUSY},
};

Test(lock_unfenced, a_doubt_after_a_lost_answer_is_settled_by_one_get)
{
    for (size_t i = 0; i < COUNT(owners); i++) {
        lock_world_open();
        fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
        lock_world_store("{\"result\":null}");
        lock_world_store(owners[i].owner);
        cr_expect_eq(lock_world_acquire(false), owners[i].result);
        cr_expect_str_eq(lw.store.requests[2].body,
                         "[\"GET\",\"lock:product:1\"]");
        lock_world_close();
    }
}

Test(lock_unfenced, a_doubt_after_a_second_send_is_settled_by_one_get)
{
    for (size_t i = 0; i < COUNT(owners); i++) {
        lock_world_open();
        lock_world_store("{\"result\":null}")->sends = 2;
        lock_world_store(owners[i].owner);
        cr_expect_eq(lock_world_acquire(false), owners[i].result);
        lock_world_close();
    }
}

Test(lock_unfenced, a_doubt_that_no_clear_reply_settles_is_no_busy)
{
    static const char *const replies[] = {"{\"result\":1.5}", "{\"result\":7}"};

    for (size_t i = 0; i < COUNT(replies); i++) {
        lock_world_open();
        for (int try = 0; try < 3; try++) {
            lock_world_store("{\"result\":null}")->sends = 2;
            lock_world_store(replies[i]);
        }
        cr_expect_eq(lock_world_acquire(false), LOCK_UNKNOWN);
        cr_expect(lw.lock.to_release);
        lock_world_close();
    }
}

Test(lock_unfenced, an_unfenced_command_error_is_a_refusal)
{
    lock_world_open();
    fake_transport_answer(&lw.store, 400, "{\"error\":\"ERR syntax error\"}");
    cr_expect_eq(lock_world_acquire(false), LOCK_REFUSED);
    lock_world_close();
}

Test(lock_unfenced, an_unfenced_answer_that_makes_no_sense_is_settled_by_a_get)
{
    static const char *const answers[] = {"{\"result\":5}", "{\"result\":[]}",
                                          "{\"result\":\"QUEUED\"}"};

    for (size_t i = 0; i < COUNT(answers); i++) {
        lock_world_open();
        lock_world_store(answers[i]);
        lock_world_store("{\"result\":\"$TOKEN\"}");
        cr_expect_eq(lock_world_acquire(false), LOCK_HELD);
        lock_world_close();
    }
}
