/* A key that holds no lock: told once, at no cost where it shows itself. */
#include "guard/lock_watch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "lock_world.h"

#define TOKEN "0123456789abcdef0123456789abcdef"
#define OTHER_TOKEN "fedcba9876543210fedcba9876543210"

static const char *const foreign_values[] = {
    "\"somebody's own value\"",
    "\"\"",
    "\"0123456789ABCDEF0123456789ABCDEF\"",
};

/* What an unfenced request for a name finds there: sent twice, so GET tells. */
static void script_unfenced(const char *reply)
{
    lock_world_store("{\"result\":null}")->sends = 2;
    lock_world_store(reply);
}

/* The value of the key is no lock, told at the first time. */
static void expect_told_once(bool fenced)
{
    cr_expect_eq(lock_world_acquire(fenced), LOCK_BUSY);
    cr_expect(lw.lock.foreign);
    cr_expect(!lw.lock.to_release);
    cr_expect_eq(lock_world_acquire(fenced), LOCK_BUSY);
    cr_expect(!lw.lock.foreign, "told twice");
    lock_world_close();
}

Test(lock_watch, a_foreign_value_is_busy_fenced_or_not_and_told_once)
{
    for (size_t i = 0; i < COUNT(foreign_values); i++) {
        char reply[128];
        char look[128];
        char try[256];

        (void)snprintf(reply, sizeof(reply), "{\"result\":%s}",
                       foreign_values[i]);
        (void)snprintf(look, sizeof(look), "{\"result\":[%s,null]}",
                       foreign_values[i]);
        (void)snprintf(try, sizeof(try),
                       "[{\"result\":null},{\"result\":8},%s]", look);
        lock_world_open();
        script_unfenced(reply);
        script_unfenced(reply);
        expect_told_once(false);
        lock_world_open();
        lock_world_store(try);
        lock_world_store(look);
        expect_told_once(true);
    }
}

/* SET finds the key taken and MGET finds no string in it: a list, a hash. */
Test(lock_watch, a_key_of_another_type_is_busy_after_a_second_try)
{
    static const char wrong_type[] =
        "{\"error\":\"WRONGTYPE Operation against a key\"}";

    lock_world_open();
    script_unfenced(wrong_type);
    script_unfenced(wrong_type);
    expect_told_once(false);
    lock_world_open();
    lock_world_store(LOCK_WORLD_GONE);
    lock_world_store(LOCK_WORLD_GONE);
    lock_world_store(LOCK_WORLD_LOOK_FREE);
    lock_world_store(LOCK_WORLD_GONE);
    lock_world_store(LOCK_WORLD_GONE);
    expect_told_once(true);
}

/* ---- a value that could be a lock ---- */

static bool sees(struct lock_watch *watch, const char *owner, int64_t now_ms)
{
    return lock_watch_owner(watch, "lock:a", slice_of(owner), 1000, now_ms);
}

Test(lock_watch, a_token_that_outlasts_its_lease_is_told_once)
{
    struct lock_watch watch = {0};

    cr_expect(!sees(&watch, TOKEN, 5000));
    cr_expect(!sees(&watch, TOKEN, 7000));
    cr_expect(sees(&watch, TOKEN, 7001));
    cr_expect(!sees(&watch, TOKEN, 7002));
    cr_expect(!sees(&watch, TOKEN, 99999));
}

Test(lock_watch, holders_that_take_turns_are_no_foreign_value)
{
    struct lock_watch watch = {0};

    for (int64_t now_ms = 0; now_ms < 100000; now_ms += 1500)
        cr_expect(!sees(&watch, now_ms % 1000 ? TOKEN : OTHER_TOKEN, now_ms));
}

Test(lock_watch, names_that_were_told_about_stay_while_others_come_and_go)
{
    struct lock_watch watch = {0};
    char key[24];

    cr_expect(lock_watch_owner(&watch, "lock:x", slice_of("?"), 1000, 0));
    for (int i = 0; i < 20; i++) {
        (void)snprintf(key, sizeof(key), "lock:%d", i);
        cr_expect(
            !lock_watch_owner(&watch, key, slice_of(TOKEN), 1000, i * 10));
    }
    cr_expect(!lock_watch_owner(&watch, "lock:x", slice_of("?"), 1000, 300));
}

Test(lock_watch, more_blocked_names_than_it_can_remember_are_told_all_the_same)
{
    struct lock_watch watch = {0};
    char key[24];

    for (int i = 0; i < 20; i++) {
        (void)snprintf(key, sizeof(key), "lock:%d", i);
        cr_expect(lock_watch_owner(&watch, key, slice_of("?"), 1000, i));
    }
}

/* ---- an unfenced lock: SET does not say who has it ---- */

Test(lock_watch, an_unfenced_name_that_is_busy_for_long_is_looked_at_later)
{
    lock_world_open();
    lock_world_store("{\"result\":null}");
    cr_expect_eq(lock_world_acquire(false), LOCK_BUSY);
    cr_expect(!lw.lock.worth_a_look);
    fake_clock_advance(&lw.clock, 20000);
    lock_world_store("{\"result\":null}");
    cr_expect_eq(lock_world_acquire(false), LOCK_BUSY);
    cr_expect(lw.lock.worth_a_look);
    lock_world_store("{\"result\":\"x\"}");
    lock_look(&lw.client, &lw.lock, INT64_MAX);
    cr_expect(lw.lock.foreign);
    lock_world_store("{\"result\":null}");
    cr_expect_eq(lock_world_acquire(false), LOCK_BUSY);
    cr_expect(!lw.lock.worth_a_look, "it was told");
    lock_world_close();
}

Test(lock_watch, a_look_that_finds_a_lock_or_nothing_tells_nothing)
{
    static const char *const found[] = {"{\"result\":\"" TOKEN "\"}",
                                        "{\"result\":null}",
                                        "{\"error\":\"NOPERM no\"}"};

    for (size_t i = 0; i < COUNT(found); i++) {
        lock_world_open();
        lock_world_store("{\"result\":null}");
        cr_expect_eq(lock_world_acquire(false), LOCK_BUSY);
        lock_world_store(found[i]);
        lock_look(&lw.client, &lw.lock, INT64_MAX);
        cr_expect(!lw.lock.foreign, "%s", found[i]);
        lock_world_close();
    }
}
