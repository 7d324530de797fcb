/* Releasing a lock, and raising the fence of a store that lost it. */
#include "guard/lock.h"

#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "lock_world.h"

/* ---- release ---- */

#define NO_DELEX                                                               \
    "{\"error\":\"ERR unknown command 'delex', with args beginning with: "     \
    "'lock:product:1' 'IFEQ' 'x' \"}"

static void hold(void)
{
    lock_world_open();
    lock_world_store(LOCK_WORLD_WON);
    cr_assert_eq(lock_world_acquire(true), LOCK_HELD);
}

Test(lock_release, release_compares_and_deletes_in_one_command)
{
    hold();
    lock_world_store(LOCK_WORLD_DELETED);
    cr_expect(
        lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
    cr_expect(strstr(lw.store.requests[1].body,
                     "[\"DELEX\",\"lock:product:1\",\"IFEQ\",\""));
    cr_expect(strstr(lw.store.requests[1].body, lw.lock.token));
    lock_world_close();
}

Test(lock_release, a_store_without_delex_is_learned_once)
{
    hold();
    fake_transport_answer(&lw.store, 400, NO_DELEX);
    lock_world_store(LOCK_WORLD_DELETED);
    cr_expect(
        lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
    cr_expect(strstr(lw.store.requests[2].body, "[\"EVAL\",\"if redis.call"));
    lock_world_store(LOCK_WORLD_DELETED);
    cr_expect(
        lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
    cr_expect(strstr(lw.store.requests[3].body, "[\"EVAL\","));
    lock_world_close();
}

Test(lock_release, a_user_without_delex_releases_by_script)
{
    hold();
    fake_transport_answer(&lw.store, 400,
                          "{\"error\":\"NOPERM this user has no permissions to "
                          "run the 'delex' command\"}");
    lock_world_store(LOCK_WORLD_DELETED);
    cr_expect(
        lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
    lock_world_close();
}

Test(lock_release, a_wrong_password_teaches_nothing_about_delex)
{
    hold();
    fake_transport_answer(&lw.store, 401, "{\"error\":\"WRONGPASS\"}");
    cr_expect(
        !lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
    cr_expect(!lw.redis.release_by_script);
    lock_world_close();
}

Test(lock_release, a_lost_release_is_tried_once_more)
{
    hold();
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
    lock_world_store("{\"result\":0}");
    cr_expect(
        lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
    lock_world_close();
}

Test(lock_release, a_release_that_is_not_confirmed_says_why)
{
    hold();
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
    cr_expect(
        !lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
    cr_expect(strstr(lw.err.text, "no answer"));
    lock_world_close();
}

Test(lock_release, a_failed_release_script_says_why)
{
    hold();
    lw.redis.release_by_script = true;
    fake_transport_answer(&lw.store, 400, "{\"error\":\"ERR script failed\"}");
    cr_expect(
        !lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
    cr_expect(strstr(lw.err.text, "script failed"));
    lock_world_close();
}

Test(lock_release,
     a_refusal_of_a_second_send_leaves_what_the_first_may_have_set)
{
    static const bool fenced[] = {true, false};

    for (size_t i = 0; i < COUNT(fenced); i++) {
        lock_world_open();
        fake_transport_answer(&lw.store, 401, "{\"error\":\"WRONGPASS\"}")
            ->sends = 2;
        cr_expect_eq(lock_world_acquire(fenced[i]), LOCK_REFUSED);
        cr_expect(lw.lock.to_release);
        lock_world_close();
    }
}

Test(lock_release, what_may_be_ours_is_asked_for_once)
{
    lock_world_open();
    for (int try = 0; try < 4; try++)
        fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
    cr_expect_eq(lock_world_acquire(true), LOCK_UNKNOWN);
    cr_expect(
        !lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
    cr_expect(strstr(lw.store.requests[3].body, "[\"DELEX\","));
    cr_expect(strstr(lw.store.requests[3].body, lw.lock.token));
    lock_world_close();
}

Test(lock_release, a_deadline_bounds_each_request_and_ends_them)
{
    int64_t deadline_ms;

    hold();
    deadline_ms = clock_boottime_ms(&lw.clock.clock) + 1000;
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN)->takes_ms = 200;
    cr_expect(
        !lock_settle(&lw.client, &lw.lock, true, NULL, deadline_ms, &lw.err));
    cr_expect_eq(lw.store.requests[1].timeout_ms, 800);
    cr_expect_eq(lw.store.requests[2].timeout_ms, 200);
    cr_expect(
        !lock_settle(&lw.client, &lw.lock, true, NULL, deadline_ms, &lw.err));
    cr_expect(strstr(lw.err.text, "no time is left"));
    cr_expect(
        !lock_raise_fence(&lw.client, &lw.lock, 100, deadline_ms, &lw.err));
    lock_world_close();
}

/* ---- a store that rejects DELEX ---- */

static const struct {
    const char *answer;
    bool learned; /* that it will not be there the next time either */
} rejections[] = {
    {"{\"error\":\"ERR unknown command 'delex'\"}", true},
    {"{\"error\":\"ERR Command is not available: 'DELEX'. See the docs\"}",
     true},
    {"{\"error\":\"NOPERM no permissions to run the 'delex' command\"}", true},
    {"{\"error\":\"LOADING Redis is loading the dataset in memory\"}", false},
    {"{\"error\":\"READONLY You can't write against a read only replica.\"}",
     false},
};

Test(lock_release,
     whatever_the_words_a_rejected_delex_is_followed_by_the_script)
{
    for (size_t i = 0; i < COUNT(rejections); i++) {
        hold();
        fake_transport_answer(&lw.store, 400, rejections[i].answer);
        lock_world_store(LOCK_WORLD_DELETED);
        cr_expect(
            lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
        cr_expect(strstr(lw.store.requests[2].body, "[\"EVAL\","));
        lock_world_store(LOCK_WORLD_DELETED);
        cr_expect(
            lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
        cr_expect_eq(strstr(lw.store.requests[3].body, "[\"EVAL\",") != NULL,
                     rejections[i].learned, "%s", rejections[i].answer);
        lock_world_close();
    }
}

static const struct {
    int status;
    const char *script;
} failing_scripts[] = {
    {400, "{\"error\":\"ERR script failed\"}"},
    {200, "{\"result\":null}"},
    {503, ""},
};

Test(lock_release, a_script_that_fails_as_well_teaches_nothing_about_delex)
{
    for (size_t i = 0; i < COUNT(failing_scripts); i++) {
        hold();
        lw.lock.held = false; /* one attempt */
        fake_transport_answer(&lw.store, 400, NO_DELEX);
        fake_transport_answer(&lw.store, failing_scripts[i].status,
                              failing_scripts[i].script);
        cr_expect(
            !lock_settle(&lw.client, &lw.lock, true, NULL, INT64_MAX, &lw.err));
        cr_expect(!lw.redis.release_by_script);
        lock_world_close();
    }
}

/* ---- a store that lost its counter ---- */

static const struct {
    const char *counter;
    const char *raise; /* NULL: nothing to raise */
} counters[] = {
    {"{\"result\":\"7\"}", "[\"INCRBY\",\"fence:product:1\",93]"},
    {"{\"result\":null}", "[\"INCRBY\",\"fence:product:1\",100]"},
    {"{\"result\":\"100\"}", NULL},
    {"{\"result\":\"4000\"}", NULL},
    {"{\"result\":\"-7\"}", "[\"INCRBY\",\"fence:product:1\",107]"},
};

Test(lock_release, a_fence_is_raised_upward_only)
{
    for (size_t i = 0; i < COUNT(counters); i++) {
        hold();
        lock_world_store(counters[i].counter);
        if (counters[i].raise)
            lock_world_store("{\"result\":100}");
        cr_expect(
            lock_raise_fence(&lw.client, &lw.lock, 100, INT64_MAX, &lw.err));
        if (counters[i].raise)
            cr_expect_str_eq(lw.store.requests[2].body, counters[i].raise);
        lock_world_close();
    }
}

Test(lock_release, a_fence_that_cannot_be_raised_says_so)
{
    static const char *const counter[] = {
        "{\"result\":\"abc\"}", "{\"error\":\"WRONGTYPE\"}",
        "{\"result\":\"-9223372036854775808\"}"};

    for (size_t i = 0; i < COUNT(counter); i++) {
        hold();
        lock_world_store(counter[i]);
        cr_expect(
            !lock_raise_fence(&lw.client, &lw.lock, 100, INT64_MAX, &lw.err));
        lock_world_close();
    }
}

Test(lock_release, a_fence_is_not_raised_where_the_store_is_silent)
{
    hold();
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
    cr_expect(!lock_raise_fence(&lw.client, &lw.lock, 100, INT64_MAX, &lw.err));
    lock_world_store("{\"result\":\"1\"}");
    fake_transport_answer(&lw.store, 400, "{\"error\":\"ERR no\"}");
    cr_expect(!lock_raise_fence(&lw.client, &lw.lock, 100, INT64_MAX, &lw.err));
    lock_world_store("{\"result\":\"1\"}");
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
    cr_expect(!lock_raise_fence(&lw.client, &lw.lock, 100, INT64_MAX, &lw.err));
    lock_world_close();
}
