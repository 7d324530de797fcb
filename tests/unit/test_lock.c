#include "lock.h"

#include <criterion/criterion.h>
#include <string.h>

#include "fake_clock.h"
#include "fake_transport.h"

struct world {
    struct fake_clock clock;
    struct fake_transport store;
    struct kv kv;
    struct lock_client client;
    struct lock lock;
    struct error err;
};

static void open_world(struct world *w)
{
    struct kv_options kv;

    memset(w, 0, sizeof(*w));
    fake_clock_init(&w->clock);
    fake_transport_init(&w->store, &w->clock);
    kv = (struct kv_options){.transport = &w->store.transport,
                             .url = "https://kv.example/",
                             .token = "secret-token"};
    cr_assert(kv_init(&w->kv, &kv, &w->err));
    lock_client_init(&w->client,
                     &(struct lock_client_options){.kv = &w->kv,
                                                   .clock = &w->clock.clock,
                                                   .tries = 3,
                                                   .try_timeout_ms = 800});
}

static void close_world(struct world *w)
{
    cr_expect(fake_transport_is_done(&w->store),
              "the script was not used up: %zu of %zu", w->store.request_count,
              w->store.step_count);
    kv_release(&w->kv);
    fake_transport_release(&w->store);
}

static enum lock_result acquire(struct world *w, bool fenced)
{
    return lock_acquire(&w->client,
                        &(struct lock_request){.name = "product:1",
                                               .lease_s = 10,
                                               .fenced = fenced,
                                               .budget_ms = 2400},
                        &w->lock, &w->err);
}

/* What the store answers to SET, INCR, GET. */
#define WON "[{\"result\":\"OK\"},{\"result\":7},{\"result\":\"$TOKEN\"}]"
#define OURS_ALREADY                                                           \
    "[{\"result\":null},{\"result\":8},{\"result\":\"$TOKEN\"}]"
#define THEIRS "[{\"result\":null},{\"result\":9},{\"result\":\"other\"}]"
#define GONE "[{\"result\":null},{\"result\":9},{\"result\":null}]"
#define DELETED "{\"result\":1}"

Test(lock, a_won_lock_is_held_with_its_fence)
{
    struct world w;

    open_world(&w);
    fake_transport_answer(&w.store, 200, WON);
    cr_expect_eq(acquire(&w, true), LOCK_HELD);
    cr_expect_eq(w.lock.fence, 7);
    cr_expect_str_eq(w.store.requests[0].url, "https://kv.example/multi-exec");
    cr_expect(strstr(w.store.requests[0].headers,
                     "Authorization: Bearer secret-token\n"));
    cr_expect(
        strstr(w.store.requests[0].body, "[[\"SET\",\"lock:product:1\",\""));
    cr_expect(strstr(w.store.requests[0].body,
                     "\",\"NX\",\"EX\",10],[\"INCR\",\"fence:product:1\"],"
                     "[\"GET\",\"lock:product:1\"]]"));
    close_world(&w);
}

Test(lock, a_token_has_128_bits_and_is_new_each_time)
{
    struct world w;
    struct lock first;

    open_world(&w);
    fake_transport_answer(&w.store, 200, WON);
    fake_transport_answer(&w.store, 200, WON);
    cr_expect_eq(acquire(&w, true), LOCK_HELD);
    first = w.lock;
    cr_expect_eq(acquire(&w, true), LOCK_HELD);
    cr_expect_eq(strlen(first.token), 32U);
    cr_expect_eq(strspn(first.token, "0123456789abcdef"), 32U);
    cr_expect_str_neq(first.token, w.lock.token);
    close_world(&w);
}

Test(lock, a_refused_set_with_our_token_in_the_key_is_held)
{
    struct world w;

    open_world(&w);
    fake_transport_answer(&w.store, 200, OURS_ALREADY);
    cr_expect_eq(acquire(&w, true), LOCK_HELD);
    cr_expect_eq(w.lock.fence, 8);
    close_world(&w);
}

Test(lock, another_token_in_the_key_is_busy)
{
    struct world w;

    open_world(&w);
    fake_transport_answer(&w.store, 200, THEIRS);
    cr_expect_eq(acquire(&w, true), LOCK_BUSY);
    close_world(&w);
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
     "[{\"result\":\"OK\"},{\"result\":\"x\"},{\"result\":\"$TOKEN\"}]"},
    {TRANSPORT_ANSWERED, 200, GONE},
    {TRANSPORT_ANSWERED, 302, "moved"},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void script(struct fake_transport *store, size_t i)
{
    if (no_answers[i].result == TRANSPORT_ANSWERED)
        fake_transport_answer(store, no_answers[i].status, no_answers[i].body);
    else
        fake_transport_fail(store, no_answers[i].result);
}

Test(lock, no_answer_is_asked_again_with_the_same_token)
{
    for (size_t i = 0; i < COUNT(no_answers); i++) {
        struct world w;

        open_world(&w);
        script(&w.store, i);
        fake_transport_answer(&w.store, 200, OURS_ALREADY);
        cr_expect_eq(acquire(&w, true), LOCK_HELD, "no answer %zu", i);
        cr_expect_str_eq(w.store.requests[0].body, w.store.requests[1].body);
        close_world(&w);
    }
}

Test(lock, no_answer_is_never_taken_and_never_busy)
{
    for (size_t i = 0; i < COUNT(no_answers); i++) {
        struct world w;
        bool maybe_set =
            no_answers[i].result != TRANSPORT_NOT_SENT &&
            (!no_answers[i].body || strcmp(no_answers[i].body, GONE) != 0);

        open_world(&w);
        for (int try = 0; try < 3; try++)
            script(&w.store, i);
        if (maybe_set)
            fake_transport_answer(&w.store, 200, DELETED);
        cr_expect_eq(acquire(&w, true), LOCK_UNKNOWN, "no answer %zu", i);
        cr_expect(strlen(w.err.text) > 0);
        if (maybe_set) {
            cr_expect(strstr(w.store.requests[3].body, "[\"DELEX\","));
            cr_expect(strstr(w.store.requests[3].body, w.lock.token));
        }
        close_world(&w);
    }
}

Test(lock, the_time_budget_ends_the_tries)
{
    struct world w;

    open_world(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN)->takes_ms = 1700;
    fake_transport_answer(&w.store, 200, DELETED);
    cr_expect_eq(acquire(&w, true), LOCK_UNKNOWN);
    cr_expect_eq(w.store.requests[0].timeout_ms, 800);
    close_world(&w);
}

Test(lock, a_try_may_not_last_longer_than_the_budget)
{
    struct world w;

    open_world(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN)->takes_ms = 2000;
    fake_transport_answer(&w.store, 200, THEIRS);
    cr_expect_eq(acquire(&w, true), LOCK_BUSY);
    cr_expect_leq(w.store.requests[1].timeout_ms, 400);
    close_world(&w);
}

Test(lock, without_a_budget_the_store_is_not_asked)
{
    struct world w;

    open_world(&w);
    cr_expect_eq(lock_acquire(&w.client,
                              &(struct lock_request){.name = "product:1",
                                                     .lease_s = 10,
                                                     .fenced = true},
                              &w.lock, &w.err),
                 LOCK_UNKNOWN);
    close_world(&w);
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
    {200, "[{\"error\":\"NOPERM\"},{\"result\":7},{\"result\":null}]", false},
    {200,
     "[{\"result\":\"OK\"},{\"error\":\"WRONGTYPE\"},{\"result\":\"$TOKEN\"}]",
     true},
    {200, "[{\"result\":\"OK\"},{\"result\":7},{\"error\":\"NOPERM\"}]", true},
};

Test(lock, a_refusal_by_the_store_is_not_tried_again)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct world w;

        open_world(&w);
        fake_transport_answer(&w.store, refusals[i].status, refusals[i].body);
        if (refusals[i].set_may_have_won)
            fake_transport_answer(&w.store, 200, DELETED);
        cr_expect_eq(acquire(&w, true), LOCK_REFUSED, "refusal %zu", i);
        cr_expect(!strstr(w.err.text, "secret-token"));
        cr_expect(!strstr(w.err.text, w.lock.token));
        close_world(&w);
    }
}

Test(lock, a_refusal_after_a_lost_answer_deletes_what_may_be_ours)
{
    struct world w;

    open_world(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    fake_transport_answer(&w.store, 401, "{\"error\":\"WRONGPASS\"}");
    fake_transport_answer(&w.store, 200, DELETED);
    cr_expect_eq(acquire(&w, true), LOCK_REFUSED);
    close_world(&w);
}

Test(lock, echoed_arguments_do_not_reach_the_error_text)
{
    struct world w;

    open_world(&w);
    fake_transport_answer(&w.store, 200,
                          "[{\"error\":\"ERR unknown command 'set', with args "
                          "beginning with: 'lock:product:1' '$TOKEN'\"},"
                          "{\"result\":1},{\"result\":null}]");
    cr_expect_eq(acquire(&w, true), LOCK_REFUSED);
    cr_expect(strstr(w.err.text, "unknown command 'set'"));
    cr_expect(!strstr(w.err.text, w.lock.token));
    close_world(&w);
}

/* ---- without a fence ---- */

Test(lock, an_unfenced_lock_is_one_bare_set)
{
    struct world w;

    open_world(&w);
    fake_transport_answer(&w.store, 200, "{\"result\":\"OK\"}");
    cr_expect_eq(acquire(&w, false), LOCK_HELD);
    cr_expect_eq(w.lock.fence, 0);
    cr_expect_str_eq(w.store.requests[0].url, "https://kv.example/");
    cr_expect(
        strstr(w.store.requests[0].body, "[\"SET\",\"lock:product:1\",\""));
    cr_expect(strstr(w.store.requests[0].body, "\",\"NX\",\"EX\",10]"));
    close_world(&w);
}

Test(lock, an_unfenced_refusal_without_doubt_costs_one_command)
{
    struct world w;

    open_world(&w);
    fake_transport_answer(&w.store, 200, "{\"result\":null}");
    cr_expect_eq(acquire(&w, false), LOCK_BUSY);
    close_world(&w);
}

static const struct {
    const char *owner;
    enum lock_result result;
} owners[] = {
    {"{\"result\":\"$TOKEN\"}", LOCK_HELD},
    {"{\"result\":\"other\"}", LOCK_BUSY},
};

Test(lock, a_doubt_after_a_lost_answer_is_settled_by_one_get)
{
    for (size_t i = 0; i < COUNT(owners); i++) {
        struct world w;

        open_world(&w);
        fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
        fake_transport_answer(&w.store, 200, "{\"result\":null}");
        fake_transport_answer(&w.store, 200, owners[i].owner);
        cr_expect_eq(acquire(&w, false), owners[i].result);
        cr_expect_str_eq(w.store.requests[2].body,
                         "[\"GET\",\"lock:product:1\"]");
        close_world(&w);
    }
}

Test(lock, a_doubt_after_a_second_send_is_settled_by_one_get)
{
    for (size_t i = 0; i < COUNT(owners); i++) {
        struct world w;

        open_world(&w);
        fake_transport_answer(&w.store, 200, "{\"result\":null}")->sends = 2;
        fake_transport_answer(&w.store, 200, owners[i].owner);
        cr_expect_eq(acquire(&w, false), owners[i].result);
        close_world(&w);
    }
}

Test(lock, an_unfenced_command_error_is_a_refusal)
{
    struct world w;

    open_world(&w);
    fake_transport_answer(&w.store, 400, "{\"error\":\"ERR syntax error\"}");
    cr_expect_eq(acquire(&w, false), LOCK_REFUSED);
    close_world(&w);
}

/* ---- the lease ---- */

Test(lock, the_lease_counts_from_before_the_first_try_and_less_a_margin)
{
    struct world w;

    open_world(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    fake_transport_answer(&w.store, 200, OURS_ALREADY)->takes_ms = 100;
    cr_expect_eq(acquire(&w, true), LOCK_HELD);
    /* 10,000 less 1 % and 2 ms, less both tries and the wait in between. */
    cr_expect_eq(lock_left_ms(&w.client, &w.lock),
                 10000 - 102 - 900 - w.clock.slept_ms);
    close_world(&w);
}

Test(lock, a_lease_that_is_over_has_nothing_left)
{
    struct world w;

    open_world(&w);
    fake_transport_answer(&w.store, 200, WON);
    cr_expect_eq(acquire(&w, true), LOCK_HELD);
    fake_clock_advance(&w.clock, 9897);
    cr_expect_eq(lock_left_ms(&w.client, &w.lock), 1);
    fake_clock_advance(&w.clock, 1);
    cr_expect_eq(lock_left_ms(&w.client, &w.lock), 0);
    fake_clock_advance(&w.clock, 100000);
    cr_expect_eq(lock_left_ms(&w.client, &w.lock), 0);
    close_world(&w);
}

/* ---- names ---- */

Test(lock, names_outside_the_alphabet_never_reach_the_store)
{
    static const char *const names[] = {"",         "a b", "a\nb", "a{b",
                                        "\xc3\xa4", "a/b", "a\"b"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct world w;

        open_world(&w);
        cr_expect_eq(lock_acquire(&w.client,
                                  &(struct lock_request){.name = names[i],
                                                         .lease_s = 10,
                                                         .budget_ms = 100},
                                  &w.lock, &w.err),
                     LOCK_REFUSED, "name %zu", i);
        close_world(&w);
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

/* ---- release ---- */

#define NO_DELEX                                                               \
    "{\"error\":\"ERR unknown command 'delex', with args beginning with: "     \
    "'lock:product:1' 'IFEQ' 'x' \"}"

static void hold(struct world *w)
{
    open_world(w);
    fake_transport_answer(&w->store, 200, WON);
    cr_assert_eq(acquire(w, true), LOCK_HELD);
}

Test(lock, release_compares_and_deletes_in_one_command)
{
    struct world w;

    hold(&w);
    fake_transport_answer(&w.store, 200, DELETED);
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.store.requests[1].body,
                     "[\"DELEX\",\"lock:product:1\",\"IFEQ\",\""));
    cr_expect(strstr(w.store.requests[1].body, w.lock.token));
    close_world(&w);
}

Test(lock, a_store_without_delex_is_learned_once)
{
    struct world w;

    hold(&w);
    fake_transport_answer(&w.store, 400, NO_DELEX);
    fake_transport_answer(&w.store, 200, DELETED);
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.store.requests[2].body, "[\"EVAL\",\"if redis.call"));
    fake_transport_answer(&w.store, 200, DELETED);
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.store.requests[3].body, "[\"EVAL\","));
    close_world(&w);
}

Test(lock, a_user_without_delex_releases_by_script)
{
    struct world w;

    hold(&w);
    fake_transport_answer(&w.store, 400,
                          "{\"error\":\"NOPERM this user has no permissions to "
                          "run the 'delex' command\"}");
    fake_transport_answer(&w.store, 200, DELETED);
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    close_world(&w);
}

Test(lock, a_wrong_password_teaches_nothing_about_delex)
{
    struct world w;

    hold(&w);
    fake_transport_answer(&w.store, 401, "{\"error\":\"WRONGPASS\"}");
    fake_transport_answer(&w.store, 401, "{\"error\":\"WRONGPASS\"}");
    cr_expect(!lock_release(&w.client, &w.lock, &w.err));
    cr_expect(!w.client.release_by_script);
    close_world(&w);
}

Test(lock, a_lost_release_is_tried_once_more)
{
    struct world w;

    hold(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    fake_transport_answer(&w.store, 200, "{\"result\":0}");
    cr_expect(lock_release(&w.client, &w.lock, &w.err));
    close_world(&w);
}

Test(lock, a_release_that_is_not_confirmed_says_why)
{
    struct world w;

    hold(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    cr_expect(!lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.err.text, "no answer"));
    close_world(&w);
}

Test(lock, a_failed_release_script_says_why)
{
    struct world w;

    hold(&w);
    w.client.release_by_script = true;
    fake_transport_answer(&w.store, 400, "{\"error\":\"ERR script failed\"}");
    cr_expect(!lock_release(&w.client, &w.lock, &w.err));
    cr_expect(strstr(w.err.text, "script failed"));
    close_world(&w);
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

Test(lock, a_fence_is_raised_upward_only)
{
    for (size_t i = 0; i < COUNT(counters); i++) {
        struct world w;

        hold(&w);
        fake_transport_answer(&w.store, 200, counters[i].counter);
        if (counters[i].raise)
            fake_transport_answer(&w.store, 200, "{\"result\":100}");
        cr_expect(lock_raise_fence(&w.client, &w.lock, 100, &w.err));
        if (counters[i].raise)
            cr_expect_str_eq(w.store.requests[2].body, counters[i].raise);
        close_world(&w);
    }
}

Test(lock, a_fence_that_cannot_be_raised_says_so)
{
    static const char *const counter[] = {"{\"result\":\"abc\"}",
                                          "{\"error\":\"WRONGTYPE\"}"};

    for (size_t i = 0; i < COUNT(counter); i++) {
        struct world w;

        hold(&w);
        fake_transport_answer(&w.store, 200, counter[i]);
        cr_expect(!lock_raise_fence(&w.client, &w.lock, 100, &w.err));
        close_world(&w);
    }
}

Test(lock, a_fence_is_not_raised_where_the_store_is_silent)
{
    struct world w;

    hold(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    cr_expect(!lock_raise_fence(&w.client, &w.lock, 100, &w.err));
    fake_transport_answer(&w.store, 200, "{\"result\":\"1\"}");
    fake_transport_answer(&w.store, 400, "{\"error\":\"ERR no\"}");
    cr_expect(!lock_raise_fence(&w.client, &w.lock, 100, &w.err));
    fake_transport_answer(&w.store, 200, "{\"result\":\"1\"}");
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    cr_expect(!lock_raise_fence(&w.client, &w.lock, 100, &w.err));
    close_world(&w);
}
