/*
 * One acquisition against a scripted store: each answer, and each answer that
 * does not come, with what the lock makes of it.
 */
#include "guard/lock.h"

#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "lock_world.h"

Test(lock, a_won_lock_is_held_with_its_fence)
{
    lock_world_open();
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    cr_expect_eq(lw.lock.fence, 7);
    cr_expect_str_eq(lw.store.requests[0].url, "https://kv.example/multi-exec");
    cr_expect(strstr(lw.store.requests[0].headers,
                     "Authorization: Bearer secret-token\n"));
    cr_expect(
        strstr(lw.store.requests[0].body, "[[\"SET\",\"lock:product:1\",\""));
    cr_expect(strstr(lw.store.requests[0].body,
                     "\",\"NX\",\"EX\",10],[\"INCR\",\"fence:product:1\"],"
                     "[\"MGET\",\"lock:product:1\",\"closed:product:1\"]]"));
    lock_world_close();
}

Test(lock, a_token_has_128_bits_and_is_new_each_time)
{
    struct lock first;

    lock_world_open();
    lock_world_store(LOCK_WORLD_WON);
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    first = lw.lock;
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    cr_expect_eq(strlen(first.token), 32U);
    cr_expect_eq(strspn(first.token, "0123456789abcdef"), 32U);
    cr_expect_str_neq(first.token, lw.lock.token);
    lock_world_close();
}

Test(lock, a_refused_set_with_our_token_in_the_key_is_held)
{
    lock_world_open();
    lock_world_store(LOCK_WORLD_OURS_ALREADY);
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    cr_expect_eq(lw.lock.fence, 8);
    lock_world_close();
}

Test(lock, another_token_in_the_key_is_busy)
{
    lock_world_open();
    lock_world_store(LOCK_WORLD_THEIRS);
    cr_expect_eq(lock_world_acquire(true), LOCK_BUSY);
    lock_world_close();
}

/* Each is a way to give no answer; the next try, with the same token, wins. */
static const struct {
    enum transport_result result;
    int status;
    const char *body;
} no_answers[] = {
    {TRANSPORT_UNKNOWN, 0, NULL},
    {TRANSPORT_NOT_SENT, 0, NULL},
    {TRANSPORT_ANSWERED, 500, "{\"error\":\"ERR internal\"}"},
    {TRANSPORT_ANSWERED, 502, "<html>Bad Gateway</html>"},
    {TRANSPORT_ANSWERED, 503, ""},
    {TRANSPORT_ANSWERED, 200, "no json"},
    {TRANSPORT_ANSWERED, 200, ""},
    {TRANSPORT_ANSWERED, 200, "[]"},
    {TRANSPORT_ANSWERED, 200, "{\"result\":\"OK\"}"},
    {TRANSPORT_ANSWERED, 200, "[{\"result\":\"OK\"},{\"result\":7}]"},
    {TRANSPORT_ANSWERED, 200,
     "[{\"result\":\"OK\"},{\"result\":\"x\"},"
     "{\"result\":[\"$TOKEN\",null]}]"},
    {TRANSPORT_ANSWERED, 200,
     "[{\"result\":\"OK\"},{\"result\":7},{\"result\":\"$TOKEN\"}]"},
    {TRANSPORT_ANSWERED, 200,
     "[{\"result\":\"OK\"},{\"result\":7},{\"result\":[\"$TOKEN\"]}]"},
    {TRANSPORT_ANSWERED, 200,
     "[{\"result\":\"OK\"},{\"result\":7},"
     "{\"result\":[\"$TOKEN\",null,\"$TOKEN\"]}]"},
    {TRANSPORT_ANSWERED, 200,
     "[{\"result\":\"OK\"},{\"result\":7},{\"result\":[\"$TOKEN\",7]}]"},
    {TRANSPORT_ANSWERED, 302, "moved"},
};

Test(lock, no_answer_is_asked_again_with_the_same_token)
{
    for (size_t i = 0; i < COUNT(no_answers); i++) {
        lock_world_open();
        fake_transport_script(&lw.store, no_answers[i].result,
                              no_answers[i].status, no_answers[i].body);
        lock_world_store(LOCK_WORLD_OURS_ALREADY);
        cr_expect_eq(lock_world_acquire(true), LOCK_HELD, "no answer %zu", i);
        cr_expect_str_eq(lw.store.requests[0].body, lw.store.requests[1].body);
        lock_world_close();
    }
}

Test(lock, no_answer_is_never_taken_and_never_busy)
{
    for (size_t i = 0; i < COUNT(no_answers); i++) {
        const bool maybe_set = no_answers[i].result != TRANSPORT_NOT_SENT;

        lock_world_open();
        for (int try = 0; try < 3; try++)
            fake_transport_script(&lw.store, no_answers[i].result,
                                  no_answers[i].status, no_answers[i].body);
        cr_expect_eq(lock_world_acquire(true), LOCK_UNKNOWN, "no answer %zu",
                     i);
        cr_expect(strlen(lw.err.text) > 0);
        cr_expect_eq(lw.lock.to_release, maybe_set, "no answer %zu", i);
        lock_world_close();
    }
}

/* SET finds it and MGET does not; a second time: see test_lock_watch.c. */
Test(lock, a_key_that_is_gone_at_once_is_asked_for_again)
{
    lock_world_open();
    lock_world_store(LOCK_WORLD_GONE);
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    cr_expect_str_eq(lw.store.requests[0].body, lw.store.requests[1].body);
    lock_world_close();
}

Test(lock, the_time_budget_ends_the_tries)
{
    lock_world_open();
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN)->takes_ms = 1700;
    cr_expect_eq(lock_world_acquire(true), LOCK_UNKNOWN);
    cr_expect_eq(lw.store.requests[0].timeout_ms, 800);
    lock_world_close();
}

Test(lock, a_try_may_not_last_longer_than_the_budget)
{
    lock_world_open();
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN)->takes_ms = 2000;
    lock_world_store(LOCK_WORLD_THEIRS);
    cr_expect_eq(lock_world_acquire(true), LOCK_BUSY);
    cr_expect_leq(lw.store.requests[1].timeout_ms, 400);
    lock_world_close();
}

Test(lock, the_waits_between_the_tries_come_out_of_the_budget)
{
    const int64_t start_ms = 1000000;

    lock_world_open();
    lw.client.options.tries = 10;
    /* Ten waits, each twice the last, would be 5 to 10 s. */
    for (int try = 0; try < 7; try++)
        fake_transport_fail(&lw.store, TRANSPORT_NOT_SENT);
    cr_expect_eq(lock_acquire(&lw.client,
                              &(struct lock_request){.name = "product:1",
                                                     .lease_s = 10,
                                                     .fenced = true,
                                                     .budget_ms = 1300},
                              &lw.lock, &lw.err),
                 LOCK_UNKNOWN);
    cr_expect_lt(clock_boottime_ms(&lw.clock.clock), start_ms + 1300);
    cr_expect_gt(lw.clock.slept_ms, 0);
    lw.store.step_count = lw.store.request_count;
    lock_world_close();
}

Test(lock, without_a_budget_the_store_is_not_asked)
{
    lock_world_open();
    cr_expect_eq(lock_acquire(&lw.client,
                              &(struct lock_request){.name = "product:1",
                                                     .lease_s = 10,
                                                     .fenced = true},
                              &lw.lock, &lw.err),
                 LOCK_UNKNOWN);
    lock_world_close();
}

/* Refusals by the store: no second try, whatever the reason. */
static const struct {
    int status;
    const char *body;
    bool set_may_have_won;
} refusals[] = {
    {401, "{\"error\":\"WRONGPASS invalid or missing auth token\"}", false},
    {401, "", false},
    {401, "{}", false},
    {400,
     "{\"error\":\"NOPERM this user has no permissions to run the 'set' "
     "command or its subcommand\"}",
     false},
    {400,
     "{\"error\":\"ERR max requests limit exceeded. Limit: 500000, "
     "Usage: 500000.\"}",
     false},
    {400, "{\"error\":\"ERR DB capacity quota exceeded\"}", false},
    {400, "{\"error\":\"EXECABORT Transaction discarded\"}", false},
    {429, "{\"error\":\"ERR max requests limit exceeded.\"}", false},
    {429, "<html>Too Many Requests</html>", false},
    {403, "<html>Forbidden</html>", false},
    {200, "[{\"error\":\"NOPERM\"},{\"result\":7},{\"result\":null}]", false},
    {200,
     "[{\"result\":\"OK\"},{\"error\":\"WRONGTYPE\"},"
     "{\"result\":[\"$TOKEN\",null]}]",
     true},
    {200, "[{\"result\":\"OK\"},{\"result\":7},{\"error\":\"NOPERM\"}]", true},
};

Test(lock, a_refusal_by_the_store_is_not_tried_again)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        lock_world_open();
        fake_transport_answer(&lw.store, refusals[i].status, refusals[i].body);
        cr_expect_eq(lock_world_acquire(true), LOCK_REFUSED, "refusal %zu", i);
        cr_expect_eq(lw.lock.to_release, refusals[i].set_may_have_won,
                     "refusal %zu", i);
        cr_expect(!strstr(lw.err.text, LOCK_WORLD_SECRET));
        cr_expect(!strstr(lw.err.text, lw.lock.token));
        lock_world_close();
    }
}

/* What a refusal after a lost answer leaves to be cleaned up. */
static const struct {
    int status;
    const char *body;
    bool to_release;
} after_a_loss[] = {
    {401, "{\"error\":\"WRONGPASS\"}", true},
    /* A store that takes no more commands would not take this one either. */
    {429, "", false},
    {400, "{\"error\":\"ERR max requests limit exceeded.\"}", false},
};

Test(lock, a_refusal_after_a_lost_answer_leaves_what_may_be_ours_to_be_deleted)
{
    for (size_t i = 0; i < COUNT(after_a_loss); i++) {
        lock_world_open();
        fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
        fake_transport_answer(&lw.store, after_a_loss[i].status,
                              after_a_loss[i].body);
        cr_expect_eq(lock_world_acquire(true), LOCK_REFUSED);
        cr_expect_eq(lw.lock.to_release, after_a_loss[i].to_release, "%zu", i);
        lock_world_close();
    }
}

Test(lock, echoed_arguments_do_not_reach_the_error_text)
{
    lock_world_open();
    lock_world_store("[{\"error\":\"ERR unknown command 'set', with args "
                     "beginning with: 'lock:product:1' '$TOKEN'\"},"
                     "{\"result\":1},{\"result\":null}]");
    cr_expect_eq(lock_world_acquire(true), LOCK_REFUSED);
    cr_expect(strstr(lw.err.text, "unknown command 'set'"));
    cr_expect(!strstr(lw.err.text, lw.lock.token));
    lock_world_close();
}

/* ---- the lease ---- */

Test(lock, the_lease_counts_from_before_the_first_try_and_less_a_margin)
{
    lock_world_open();
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    lock_world_store(LOCK_WORLD_OURS_ALREADY)->takes_ms = 100;
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    /* 10,000 less 1 % and 2 ms, less both tries and the wait in between. */
    cr_expect_eq(lock_left_ms(&lw.client, &lw.lock),
                 10000 - 102 - 900 - lw.clock.slept_ms);
    lock_world_close();
}

Test(lock, a_lease_that_is_over_has_nothing_left)
{
    lock_world_open();
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    fake_clock_advance(&lw.clock, 9897);
    cr_expect_eq(lock_left_ms(&lw.client, &lw.lock), 1);
    fake_clock_advance(&lw.clock, 1);
    cr_expect_eq(lock_left_ms(&lw.client, &lw.lock), 0);
    fake_clock_advance(&lw.clock, 100000);
    cr_expect_eq(lock_left_ms(&lw.client, &lw.lock), 0);
    lock_world_close();
}

/* ---- names ---- */

Test(lock, names_outside_the_alphabet_never_reach_the_store)
{
    static const char *const names[] = {"",         "a b", "a\nb", "a{b",
                                        "\xc3\xa4", "a/b", "a\"b"};

    for (size_t i = 0; i < COUNT(names); i++) {
        lock_world_open();
        cr_expect_eq(lock_acquire(&lw.client,
                                  &(struct lock_request){.name = names[i],
                                                         .lease_s = 10,
                                                         .budget_ms = 100},
                                  &lw.lock, &lw.err),
                     LOCK_REFUSED, "name %zu", i);
        lock_world_close();
    }
}

Test(lock, a_name_may_have_127_characters_and_no_more)
{
    char name[LOCK_NAME_MAX + 1];

    memset(name, 'a', sizeof(name));
    name[LOCK_NAME_MAX] = '\0';
    cr_expect(!lock_name_is_valid(name));
    name[LOCK_NAME_MAX - 1] = '\0';
    cr_expect(lock_name_is_valid(name));
}
