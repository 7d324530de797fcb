/* Releasing a lock, and raising the fence of a store that lost it. */
#include "guard/lock.h"

#include <criterion/criterion.h>
#include <string.h>

#include "lock_world.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- release ---- */

#define NO_DELEX                                                               \
    "{\"error\":\"ERR unknown command 'delex', with args beginning with: "     \
    "'lock:product:1' 'IFEQ' 'x' \"}"

static void hold(struct lock_world *w)
{
    lock_world_open(w);
    fake_transport_answer(&w->store, 200, LOCK_WORLD_WON);
    cr_assert_eq(lock_world_acquire(w, true), LOCK_HELD);
}

Test(lock_release, release_compares_and_deletes_in_one_command)
{
    struct lock_world w;

    hold(&w);
    fake_transport_answer(&w.store, 200, LOCK_WORLD_DELETED);
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.store.requests[1].body,
                     "[\"DELEX\",\"lock:product:1\",\"IFEQ\",\""));
    cr_expect(strstr(w.store.requests[1].body, w.lock.token));
    lock_world_close(&w);
}

Test(lock_release, a_store_without_delex_is_learned_once)
{
    struct lock_world w;

    hold(&w);
    fake_transport_answer(&w.store, 400, NO_DELEX);
    fake_transport_answer(&w.store, 200, LOCK_WORLD_DELETED);
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.store.requests[2].body, "[\"EVAL\",\"if redis.call"));
    fake_transport_answer(&w.store, 200, LOCK_WORLD_DELETED);
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.store.requests[3].body, "[\"EVAL\","));
    lock_world_close(&w);
}

Test(lock_release, a_user_without_delex_releases_by_script)
{
    struct lock_world w;

    hold(&w);
    fake_transport_answer(&w.store, 400,
                          "{\"error\":\"NOPERM this user has no permissions to "
                          "run the 'delex' command\"}");
    fake_transport_answer(&w.store, 200, LOCK_WORLD_DELETED);
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    lock_world_close(&w);
}

Test(lock_release, a_wrong_password_teaches_nothing_about_delex)
{
    struct lock_world w;

    hold(&w);
    fake_transport_answer(&w.store, 401, "{\"error\":\"WRONGPASS\"}");
    fake_transport_answer(&w.store, 401, "{\"error\":\"WRONGPASS\"}");
    cr_expect(!lock_release(&w.client, &w.lock, &w.err));
    cr_expect(!w.client.release_by_script);
    lock_world_close(&w);
}

Test(lock_release, a_lost_release_is_tried_once_more)
{
    struct lock_world w;

    hold(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    fake_transport_answer(&w.store, 200, "{\"result\":0}");
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    lock_world_close(&w);
}

Test(lock_release, a_release_that_is_not_confirmed_says_why)
{
    struct lock_world w;

    hold(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    cr_expect(!lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.err.text, "no answer"));
    lock_world_close(&w);
}

Test(lock_release, a_failed_release_script_says_why)
{
    struct lock_world w;

    hold(&w);
    w.client.release_by_script = true;
    fake_transport_answer(&w.store, 400, "{\"error\":\"ERR script failed\"}");
    cr_expect(!lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.err.text, "script failed"));
    lock_world_close(&w);
}

Test(lock_release,
     a_refusal_of_a_second_send_deletes_what_the_first_may_have_set)
{
    static const bool fenced[] = {true, false};

    for (size_t i = 0; i < COUNT(fenced); i++) {
        struct lock_world w;

        lock_world_open(&w);
        fake_transport_answer(&w.store, 401, "{\"error\":\"WRONGPASS\"}")
            ->sends = 2;
        fake_transport_answer(&w.store, 200, LOCK_WORLD_DELETED);
        cr_expect_eq(lock_world_acquire(&w, fenced[i]), LOCK_REFUSED);
        lock_world_close(&w);
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
};

Test(lock_release, a_fence_is_raised_upward_only)
{
    for (size_t i = 0; i < COUNT(counters); i++) {
        struct lock_world w;

        hold(&w);
        fake_transport_answer(&w.store, 200, counters[i].counter);
        if (counters[i].raise)
            fake_transport_answer(&w.store, 200, "{\"result\":100}");
        cr_expect(lock_raise_fence(&w.client, &w.lock, 100, &w.err));
        if (counters[i].raise)
            cr_expect_str_eq(w.store.requests[2].body, counters[i].raise);
        lock_world_close(&w);
    }
}

Test(lock_release, a_fence_that_cannot_be_raised_says_so)
{
    static const char *const counter[] = {"{\"result\":\"abc\"}",
                                          "{\"error\":\"WRONGTYPE\"}"};

    for (size_t i = 0; i < COUNT(counter); i++) {
        struct lock_world w;

        hold(&w);
        fake_transport_answer(&w.store, 200, counter[i]);
        cr_expect(!lock_raise_fence(&w.client, &w.lock, 100, &w.err));
        lock_world_close(&w);
    }
}

Test(lock_release, a_fence_is_not_raised_where_the_store_is_silent)
{
    struct lock_world w;

    hold(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    cr_expect(!lock_raise_fence(&w.client, &w.lock, 100, &w.err));
    fake_transport_answer(&w.store, 200, "{\"result\":\"1\"}");
    fake_transport_answer(&w.store, 400, "{\"error\":\"ERR no\"}");
    cr_expect(!lock_raise_fence(&w.client, &w.lock, 100, &w.err));
    fake_transport_answer(&w.store, 200, "{\"result\":\"1\"}");
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    cr_expect(!lock_raise_fence(&w.client, &w.lock, 100, &w.err));
    lock_world_close(&w);
}
