/* The marker of a client's key: what it says, and who may take it away. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "lock_world.h"

#define OURS "\"$TOKEN\""
#define OTHER "\"0123456789abcdef0123456789abcdef\""
#define SIGN "\"sold_out\""
#define OK "{\"result\":\"OK\"}"

/* Script a try after which MGET shows these. */
static void script_try(const char *lock, const char *sign, const char *marker)
{
    char body[256];

    (void)snprintf(body, sizeof(body),
                   "[{\"result\":null},{\"result\":7},{\"result\":null},"
                   "{\"result\":[%s,%s,%s]}]",
                   lock, sign, marker);
    lock_world_store(body);
}

static enum lock_result acquire(void)
{
    return lock_world_ask(lock_world_request("k"));
}

/* What a try shows, and what is to be done. */
static const struct {
    const char *lock, *sign, *marker;
    enum lock_result result;
    bool marked; /* our token is put into the marker first */
    bool to_release, to_unmark;
} views[] = {
    {OURS, "null", OURS, LOCK_HELD, false, true, false},
    {OURS, "null", OTHER, LOCK_HELD, true, true, false},
    {OURS, "null", "null", LOCK_HELD, true, true, false},
    {OURS, SIGN, OURS, LOCK_CLOSED, false, true, true},
    {OURS, SIGN, OTHER, LOCK_REPLAY, false, true, false},
    {OURS, SIGN, "null", LOCK_CLOSED, false, true, false},
    {OTHER, "null", OURS, LOCK_BUSY, false, false, true},
    {OTHER, "null", OTHER, LOCK_REPLAY, false, false, false},
    {OTHER, "null", "null", LOCK_BUSY, false, false, false},
    {OTHER, SIGN, OURS, LOCK_CLOSED, false, false, true},
    {OTHER, SIGN, OTHER, LOCK_REPLAY, false, false, false},
    {OTHER, SIGN, "null", LOCK_CLOSED, false, false, false},
};

Test(lock_marker, lock_sign_and_marker_together_decide)
{
    for (size_t i = 0; i < COUNT(views); i++) {
        lock_world_open();
        script_try(views[i].lock, views[i].sign, views[i].marker);
        if (views[i].marked)
            lock_world_store(OK);
        cr_expect_eq(acquire(), views[i].result, "view %zu", i);
        cr_expect_eq(lw.lock.held, views[i].result == LOCK_HELD);
        cr_expect_eq(lw.lock.to_release, views[i].to_release, "view %zu", i);
        cr_expect_eq(lw.lock.to_unmark, views[i].to_unmark, "view %zu", i);
        cr_expect_str_eq(lw.lock.sign,
                         strcmp(views[i].sign, SIGN) == 0 ? "sold_out" : "");
        lock_world_close();
    }
}

/* Who has no key hears it then without a request. */
Test(lock_marker, a_sign_that_a_replay_sees_is_remembered)
{
    lock_world_open();
    script_try(OTHER, SIGN, OTHER);
    cr_expect_eq(acquire(), LOCK_REPLAY);
    cr_expect_eq(lock_world_acquire(true), LOCK_CLOSED);
    cr_expect_str_eq(lw.lock.sign, "sold_out");
    lock_world_close();
}

Test(lock_marker, a_key_of_the_clients_has_a_marker_that_lasts_a_day)
{
    char expected[256];

    lock_world_open();
    lock_world_store(LOCK_WORLD_WON_MARKED);
    cr_expect_eq(acquire(), LOCK_HELD);
    (void)snprintf(expected, sizeof(expected),
                   ",[\"SET\",\"key:purchase:k\",\"%s\",\"NX\",\"EX\",86400],"
                   "[\"MGET\",\"lock:product:1\",\"closed:product:1\","
                   "\"key:purchase:k\"]]",
                   lw.lock.token);
    cr_expect(strstr(lw.store.requests[0].body, expected), "%s",
              lw.store.requests[0].body);
    lock_world_close();
}

Test(lock_marker, an_unfenced_request_has_none)
{
    struct lock_request request = lock_world_request("k");

    lock_world_open();
    request.fenced = false;
    lock_world_store(OK);
    cr_expect_eq(lock_world_ask(request), LOCK_HELD);
    cr_expect_str_eq(lw.lock.marker_key, "");
    lock_world_close();
}

/* ---- a holder that finds another attempt's marker ---- */

Test(lock_marker, a_holder_puts_its_own_token_in_before_it_goes_on)
{
    char expected[128];

    lock_world_open();
    script_try(OURS, "null", OTHER);
    lock_world_store(OK);
    cr_expect_eq(acquire(), LOCK_HELD);
    (void)snprintf(expected, sizeof(expected),
                   "[\"SET\",\"key:purchase:k\",\"%s\",\"EX\",86400]",
                   lw.lock.token);
    cr_expect_str_eq(lw.store.requests[1].body, expected);
    lock_world_close();
}

/* It stands for the other attempt too, which may be about something else. */
Test(lock_marker, a_marker_that_took_anothers_place_is_not_forgotten)
{
    const struct lock_news invented = {.forget = true, .refused = true};

    lock_world_open();
    script_try(OURS, "null", OTHER);
    lock_world_store(OK);
    cr_expect_eq(acquire(), LOCK_HELD);
    lock_world_store("[{\"result\":1},{\"result\":1}]");
    cr_expect(
        lock_settle(&lw.client, &lw.lock, true, &invented, INT64_MAX, &lw.err));
    cr_expect(strstr(lw.store.requests[2].body, "\"fence:product:1\""));
    cr_expect(!strstr(lw.store.requests[2].body, "\"key:purchase:k\""));
    lock_world_close();
}

/*
 * Without a marker of its own it may not go on.  What it has set all the same
 * stays, since the other attempt may have done what the key asks for.
 */
static const struct {
    enum transport_result result;
    int status;
    const char *body;
} failures[] = {
    {TRANSPORT_UNKNOWN, 0, NULL},
    {TRANSPORT_NOT_SENT, 0, NULL},
    {TRANSPORT_ANSWERED, 503, ""},
    {TRANSPORT_ANSWERED, 200, "{\"result\":[\"OK\"]}"},
    {TRANSPORT_ANSWERED, 200, "{\"result\":null}"},
    {TRANSPORT_ANSWERED, 400, "{\"error\":\"NOPERM no set\"}"},
    {TRANSPORT_ANSWERED, 400, "{\"error\":\"READONLY a replica\"}"},
    {TRANSPORT_ANSWERED, 401, ""},
    {TRANSPORT_ANSWERED, 429, ""},
};

Test(lock_marker, a_holder_that_cannot_put_it_in_gives_the_lock_back)
{
    for (size_t i = 0; i < COUNT(failures); i++) {
        lock_world_open();
        script_try(OURS, "null", OTHER);
        fake_transport_script(&lw.store, failures[i].result, failures[i].status,
                              failures[i].body);
        cr_expect_eq(acquire(), LOCK_UNKNOWN, "failure %zu", i);
        cr_expect(!lw.lock.held && lw.lock.to_release, "failure %zu", i);
        cr_expect(!lw.lock.to_unmark, "failure %zu", i);
        cr_expect(strstr(lw.err.text, "lock: marker"), "%s", lw.err.text);
        lock_world_close();
    }
}

/* ---- who may take it away ---- */

/* In place of a status. */
#define LOST 0
#define NOT_SENT 1

#define FENCE_FAILED(marker_set, marker)                                       \
    "[{\"result\":null},{\"error\":\"WRONGTYPE\"},{\"result\":" marker_set     \
    "},{\"result\":[" OTHER ",null," marker "]}]"

/* How acquisitions end that are told nothing of the marker. */
static const struct {
    int tries;
    int statuses[3];
    const char *body; /* of each answer */
    enum lock_result result;
    bool to_release, to_unmark;
} ends[] = {
    {3, {LOST, LOST, LOST}, NULL, LOCK_UNKNOWN, true, true},
    {3, {NOT_SENT, NOT_SENT, NOT_SENT}, NULL, LOCK_UNKNOWN, false, false},
    {3, {NOT_SENT, 503, NOT_SENT}, "", LOCK_UNKNOWN, true, true},
    {1, {401}, "", LOCK_REFUSED, false, false},
    {2, {LOST, 401}, "", LOCK_REFUSED, true, true},
    /* A store that takes no more commands would not take this one either. */
    {2, {LOST, 429}, "", LOCK_REFUSED, false, false},
    /* The marker may have been set though neither lock nor fence was. */
    {1, {200}, FENCE_FAILED("\"OK\"", OURS), LOCK_REFUSED, true, true},
    {1, {200}, FENCE_FAILED("null", OTHER), LOCK_REFUSED, false, false},
};

Test(lock_marker, who_does_not_get_the_lock_takes_away_what_it_may_have_set)
{
    for (size_t i = 0; i < COUNT(ends); i++) {
        lock_world_open();
        for (int try = 0; try < ends[i].tries; try++) {
            const int status = ends[i].statuses[try];

            if (status == LOST || status == NOT_SENT)
                fake_transport_fail(&lw.store, status == LOST
                                                   ? TRANSPORT_UNKNOWN
                                                   : TRANSPORT_NOT_SENT);
            else
                fake_transport_answer(&lw.store, status, ends[i].body);
        }
        cr_expect_eq(acquire(), ends[i].result, "end %zu", i);
        cr_expect_eq(lw.lock.to_release, ends[i].to_release, "end %zu", i);
        cr_expect_eq(lw.lock.to_unmark, ends[i].to_unmark, "end %zu", i);
        lock_world_close();
    }
}

/* The first try was lost; what the second one shows is what counts. */
Test(lock_marker, after_a_lost_try_the_next_one_shows_whose_marker_it_is)
{
    for (size_t i = 0; i < COUNT(views); i++) {
        lock_world_open();
        fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
        script_try(views[i].lock, views[i].sign, views[i].marker);
        if (views[i].marked)
            lock_world_store(OK);
        cr_expect_eq(acquire(), views[i].result, "view %zu", i);
        cr_expect_eq(lw.lock.to_release, views[i].to_release, "view %zu", i);
        cr_expect_eq(lw.lock.to_unmark, views[i].to_unmark, "view %zu", i);
        lock_world_close();
    }
}

/* A look that finds the lock free sees the marker before the try sets it. */
Test(lock_marker, what_a_look_saw_of_it_is_not_what_a_lost_try_left)
{
    static const char *const looks[] = {"{\"result\":[null,null,null]}",
                                        "{\"result\":[null,null," OTHER "]}"};

    for (size_t i = 0; i < COUNT(looks); i++) {
        lock_world_open();
        lock_world_crowd();
        lock_world_store(looks[i]);
        for (int try = 0; try < 3; try++)
            fake_transport_fail(&lw.store, TRANSPORT_UNKNOWN);
        cr_expect_eq(acquire(), LOCK_UNKNOWN);
        cr_expect(lw.lock.to_release && lw.lock.to_unmark, "look %zu", i);
        lock_world_close();
    }
}

/* ---- the key's own lock ---- */

Test(lock_marker, a_replay_takes_the_keys_own_lock_which_has_no_fence)
{
    static const struct {
        const char *answer;
        enum lock_result result;
    } answers[] = {
        {OK, LOCK_HELD},
        {"{\"result\":null}", LOCK_BUSY},
        {"{\"error\":\"NOPERM no set\"}", LOCK_REFUSED},
    };

    for (size_t i = 0; i < COUNT(answers); i++) {
        const struct lock_request request = lock_world_request("k");
        char expected[128];

        lock_world_open();
        lock_world_store(answers[i].answer);
        cr_expect_eq(lock_acquire_key(&lw.client, &request, &lw.lock, &lw.err),
                     answers[i].result);
        (void)snprintf(expected, sizeof(expected),
                       "[\"SET\",\"lock:key:purchase:k\",\"%s\",\"NX\","
                       "\"EX\",10]",
                       lw.lock.token);
        cr_expect_str_eq(lw.store.requests[0].body, expected);
        cr_expect(!lw.lock.fenced && !lw.lock.to_unmark);
        lock_world_close();
    }
}
