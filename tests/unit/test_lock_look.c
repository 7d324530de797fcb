/* Where many come: a look before the try, the permits, signs, a silent store.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "lock_world.h"

#define THEIR_TOKEN "0123456789abcdef0123456789abcdef"
#define CLOSED_TRY                                                             \
    "[{\"result\":null},{\"result\":9},{\"result\":[\"" THEIR_TOKEN            \
    "\",\"sold_out\"]}]"

/* A client that was refused product:1 just now. */
static void open_crowded(void)
{
    lock_world_open();
    lock_world_store(LOCK_WORLD_THEIRS);
    cr_assert_eq(lock_world_acquire(true), LOCK_BUSY);
}

/* ---- look before you knock ---- */

Test(lock_look, who_was_refused_looks_first_for_one_command)
{
    open_crowded();
    lock_world_store(LOCK_WORLD_LOOK_THEIRS);
    cr_expect_eq(lock_world_acquire(true), LOCK_BUSY);
    cr_expect_str_eq(lw.store.requests[1].url, "https://kv.example/");
    cr_expect_str_eq(lw.store.requests[1].body,
                     "[\"MGET\",\"lock:product:1\",\"closed:product:1\"]");
    cr_expect(!lw.lock.to_release);
    lock_world_close();
}

/* What a look shows; a try that wins follows or does not. */
static const struct {
    const char *key; /* the client's */
    int status;
    const char *reply;
    enum lock_result result; /* LOCK_HELD: by the try */
} looks[] = {
    {NULL, 200, "{\"result\":[\"" THEIR_TOKEN "\",null]}", LOCK_BUSY},
    {NULL, 200, "{\"result\":[\"" THEIR_TOKEN "\",\"sold_out\"]}", LOCK_CLOSED},
    {NULL, 200, "{\"result\":[null,\"sold_out\"]}", LOCK_CLOSED},
    {NULL, 200, "{\"result\":[null,null]}", LOCK_HELD},
    /* A sign that says nothing here is none. */
    {NULL, 200, "{\"result\":[null,\"no_seats\"]}", LOCK_HELD},
    {NULL, 200, "{\"result\":[\"" THEIR_TOKEN "\",\"no_seats\"]}", LOCK_BUSY},
    {"k", 200, "{\"result\":[\"" THEIR_TOKEN "\",null,null]}", LOCK_BUSY},
    {"k", 200, "{\"result\":[\"" THEIR_TOKEN "\",\"sold_out\",null]}",
     LOCK_CLOSED},
    {"k", 200, "{\"result\":[null,\"sold_out\",null]}", LOCK_CLOSED},
    {"k", 200, "{\"result\":[\"" THEIR_TOKEN "\",null,\"another's\"]}",
     LOCK_REPLAY},
    {"k", 200, "{\"result\":[null,\"sold_out\",\"another's\"]}", LOCK_REPLAY},
    {"k", 200, "{\"result\":[null,null,null]}", LOCK_HELD},
    {"k", 200, "{\"result\":[null,null,\"another's\"]}", LOCK_HELD},
    /* A look that says nothing leaves it to the try. */
    {NULL, 503, "", LOCK_HELD},
    {NULL, 200, "{\"result\":null}", LOCK_HELD},
    {NULL, 200, "{\"result\":[null]}", LOCK_HELD},
    {"k", 200, "{\"result\":[null,null]}", LOCK_HELD},
    {NULL, 400, "{\"error\":\"NOPERM no mget\"}", LOCK_REFUSED},
    {NULL, 429, "", LOCK_REFUSED},
};

Test(lock_look, what_it_shows_decides_whether_a_try_follows)
{
    for (size_t i = 0; i < COUNT(looks); i++) {
        open_crowded();
        fake_transport_answer(&lw.store, looks[i].status, looks[i].reply);
        if (looks[i].result == LOCK_HELD)
            lock_world_store(looks[i].key ? LOCK_WORLD_WON_MARKED
                                          : LOCK_WORLD_WON);
        cr_expect_eq(lock_world_ask(lock_world_request(looks[i].key)),
                     looks[i].result, "%s", looks[i].reply);
        cr_expect_eq(lw.lock.to_release, looks[i].result == LOCK_HELD);
        cr_expect(!lw.lock.to_unmark, "%s", looks[i].reply);
        if (looks[i].result == LOCK_CLOSED)
            cr_expect_str_eq(lw.lock.sign, "sold_out");
        lock_world_close();
    }
}

Test(lock_look, a_replay_knows_the_sign_that_hangs)
{
    open_crowded();
    lock_world_store("{\"result\":[null,\"sold_out\",\"another's\"]}");
    cr_expect_eq(lock_world_ask(lock_world_request("k")), LOCK_REPLAY);
    cr_expect_str_eq(lw.lock.sign, "sold_out");
    cr_expect_str_eq(lw.store.requests[1].body,
                     "[\"MGET\",\"lock:product:1\",\"closed:product:1\","
                     "\"key:purchase:k\"]");
    lock_world_close();
}

Test(lock_look, a_quiet_name_gets_its_try_at_once)
{
    struct lock_request other = lock_world_request(NULL);

    open_crowded();
    other.name = "product:2";
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_ask(other), LOCK_HELD);
    fake_clock_advance(&lw.clock, LOCK_MEMORY_REFUSAL_MS);
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    lock_world_close();
}

Test(lock_look, an_unfenced_name_is_tried_at_once)
{
    lock_world_open();
    for (int i = 0; i < 2; i++) {
        lock_world_store("{\"result\":null}");
        cr_expect_eq(lock_world_acquire(false), LOCK_BUSY);
        cr_expect(strstr(lw.store.requests[i].body, "[\"SET\","));
    }
    lock_world_close();
}

Test(lock_look, the_look_comes_out_of_the_budget)
{
    open_crowded();
    lock_world_store(LOCK_WORLD_LOOK_FREE)->takes_ms = 700;
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN)->takes_ms = 900;
    cr_expect_eq(lock_world_acquire(true), LOCK_UNKNOWN);
    cr_expect_eq(lw.store.requests[2].timeout_ms, 800);
    lock_world_close();
}

/* ---- the sign ---- */

/* How long the answer that showed the sign was on its way. */
#define ANSWER_MS 100

/* A client that saw the sign of product:1 just now. */
static void open_closed(void)
{
    lock_world_open();
    lock_world_store(CLOSED_TRY)->takes_ms = ANSWER_MS;
    cr_assert_eq(lock_world_acquire(true), LOCK_CLOSED);
    cr_assert_str_eq(lw.lock.sign, "sold_out");
}

Test(lock_look, who_has_seen_a_sign_knows_it_for_a_second_since_it_asked)
{
    open_closed();
    fake_clock_advance(&lw.clock, LOCK_MEMORY_SIGN_MS - ANSWER_MS - 1);
    cr_expect_eq(lock_world_acquire(true), LOCK_CLOSED);
    cr_expect_str_eq(lw.lock.sign, "sold_out");
    cr_expect(!lw.lock.to_release && !lw.lock.to_unmark);
    fake_clock_advance(&lw.clock, 1);
    lock_world_store(LOCK_WORLD_LOOK_FREE);
    lock_world_store(LOCK_WORLD_WON);
    cr_expect_eq(lock_world_acquire(true), LOCK_HELD);
    lock_world_close();
}

Test(lock_look, a_request_with_a_key_asks_for_its_marker_all_the_same)
{
    open_closed();
    lock_world_store("{\"result\":[null,\"sold_out\",null]}");
    cr_expect_eq(lock_world_ask(lock_world_request("k")), LOCK_CLOSED);
    lock_world_store("{\"result\":[null,\"sold_out\",\"another's\"]}");
    cr_expect_eq(lock_world_ask(lock_world_request("k")), LOCK_REPLAY);
    lock_world_close();
}

/* Another operation on the same name, to which sold_out says nothing. */
Test(lock_look, a_sign_that_says_nothing_here_does_not_keep_anybody_out)
{
    struct lock_request restock = lock_world_request(NULL);

    open_closed();
    restock.heeds = NULL;
    lock_world_store("{\"result\":[null,\"sold_out\"]}");
    lock_world_store("[{\"result\":\"OK\"},{\"result\":7},"
                     "{\"result\":[\"$TOKEN\",\"sold_out\"]}]");
    cr_expect_eq(lock_world_ask(restock), LOCK_HELD);
    cr_expect_str_eq(lw.lock.sign, "");
    lock_world_store("{\"result\":\"OK\"}");
    cr_expect_eq(lock_world_acquire(false), LOCK_HELD, "unfenced");
    lock_world_close();
}

Test(lock_look, a_won_lock_under_a_sign_is_given_back)
{
    lock_world_open();
    lock_world_store("[{\"result\":\"OK\"},{\"result\":7},"
                     "{\"result\":[\"$TOKEN\",\"sold_out\"]}]");
    cr_expect_eq(lock_world_acquire(true), LOCK_CLOSED);
    cr_expect(lw.lock.to_release && !lw.lock.held);
    lock_world_close();
}
