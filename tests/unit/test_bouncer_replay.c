/* Who asks again with a key that may have bought. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define ALICE "{\"product_id\":1,\"buyer\":\"alice\"}"
#define KEY "key-of-hers"
#define OK "{\"result\":\"OK\"}"
#define SHOWN(lock, sign)                                                      \
    "[{\"result\":null},{\"result\":8},{\"result\":null},"                     \
    "{\"result\":[" lock "," sign ",\"another's\"]}]"
#define BUSY SHOWN("\"theirs\"", "null")
#define CLOSED SHOWN("\"theirs\"", "\"sold_out\"")
#define WON_CLOSED SHOWN("\"$TOKEN\"", "\"sold_out\"")
#define REPLAYED "{\"outcome\":\"replayed\",\"order_id\":40,\"fence\":0}"
#define STALE "{\"outcome\":\"stale\",\"highest_fence\":900,\"fence\":0}"

/* Buy with KEY; it is in no log line, whatever happens. */
static void buy(struct world *w)
{
    world_header(w, "Idempotency-Key", KEY);
    world_post(w, "/api/purchase", ALICE);
    cr_expect(!captured_log_has(&w->log, KEY), "%s", w->log.text.data);
}

/* A bouncer whose store shows TRY, and gives the key's own lock. */
static void open_replay(struct world *w, const char *try)
{
    world_open(w);
    fake_transport_answer(&w->store, 200, try);
    fake_transport_answer(&w->store, 200, OK);
}

Test(bouncer_replay, an_order_of_before_is_given_back_without_the_lock)
{
    static const char *const tries[] = {BUSY, CLOSED};

    for (size_t i = 0; i < COUNT(tries); i++) {
        struct world w;

        open_replay(&w, tries[i]);
        world_row(&w, REPLAYED);
        fake_transport_answer(&w.store, 200, WORLD_RELEASED);
        buy(&w);
        cr_expect_eq(w.res.status, 200);
        cr_expect(world_said(&w, "\"order_id\":40"));
        cr_expect_str_eq(message_response_header(&w.res, "idempotent-replayed"),
                         "true");
        cr_expect(strstr(w.store.requests[1].body,
                         "[\"SET\",\"lock:key:purchase:" KEY "\",\""));
        cr_expect(strstr(w.store.requests[1].body, "\"NX\",\"EX\",10]"));
        cr_expect(strstr(w.store.requests[2].body,
                         "[\"DELEX\",\"lock:key:purchase:" KEY "\",\"IFEQ\""));
        world_close(&w);
    }
}

Test(bouncer_replay, it_is_called_with_fence_0)
{
    struct world w;

    open_replay(&w, CLOSED);
    world_row(&w, REPLAYED);
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    buy(&w);
    cr_expect(strstr(w.database_api.requests[0].body,
                     "\"" KEY "\",\"0\",\"product:1\"]"),
              "%s", w.database_api.requests[0].body);
    cr_expect(!captured_log_has(&w.log, "\"fence\""));
    world_close(&w);
}

/* Not bought: what was seen of the name is the answer. */
static const struct {
    const char *try;
    int status;
    const char *words;
} not_bought[] = {
    {BUSY, 409, ":busy\""},
    {CLOSED, 410, ":sold-out\""},
};

Test(bouncer_replay, stale_means_that_nothing_was_bought)
{
    for (size_t i = 0; i < COUNT(not_bought); i++) {
        struct world w;

        open_replay(&w, not_bought[i].try);
        world_row(&w, STALE);
        fake_transport_answer(&w.store, 200, WORLD_RELEASED);
        buy(&w);
        cr_expect_eq(w.res.status, not_bought[i].status);
        cr_expect(world_said(&w, not_bought[i].words), "%s", w.res.body.data);
        cr_expect_eq(message_response_header(&w.res, "retry-after") != NULL,
                     not_bought[i].status == 409);
        cr_expect(!captured_log_has(&w.log, "\"fence_"));
        world_close(&w);
    }
}

Test(bouncer_replay, one_key_has_one_call_at_a_time)
{
    static const char *const tries[] = {BUSY, CLOSED};

    for (size_t i = 0; i < COUNT(tries); i++) {
        struct world w;

        world_open(&w);
        fake_transport_answer(&w.store, 200, tries[i]);
        fake_transport_answer(&w.store, 200, "{\"result\":null}");
        buy(&w);
        cr_expect_eq(w.res.status, 409);
        cr_expect(world_said(&w, ":busy\""));
        world_close(&w);
    }
}

Test(bouncer_replay, without_the_keys_lock_the_database_is_not_called)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, CLOSED);
    fake_transport_answer(&w.store, 401, "");
    buy(&w);
    cr_expect_eq(w.res.status, 503);
    cr_expect(captured_log_has(&w.log, "\"lock_refused\""));
    world_close(&w);
    world_open(&w);
    fake_transport_answer(&w.store, 200, CLOSED);
    for (int i = 0; i < 3; i++)
        fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    buy(&w);
    cr_expect_eq(w.res.status, 503);
    cr_expect(strstr(w.store.requests[4].body,
                     "[\"DELEX\",\"lock:key:purchase:" KEY "\""));
    world_close(&w);
}

/* What the database may say to a replay, and what becomes of the key's lock. */
static const struct {
    enum transport_result result;
    int http_status;
    const char *body;
    int status;
    bool kept;
} calls[] = {
    {TRANSPORT_UNKNOWN, 0, NULL, 504, true},
    {TRANSPORT_ANSWERED, 502, "", 504, true},
    {TRANSPORT_ANSWERED, 200,
     "{\"rows\":[{\"answer\":{\"outcome\":\"replayed\",\"fence\":7}}]}", 504,
     true},
    {TRANSPORT_ANSWERED, 200, "{\"rows\":[{\"answer\":{\"outcome\":\"new\"}}]}",
     504, true},
    {TRANSPORT_NOT_SENT, 0, NULL, 503, false},
    {TRANSPORT_ANSWERED, 400, "{\"code\":\"53300\"}", 503, false},
    {TRANSPORT_ANSWERED, 400, "{\"code\":\"42883\"}", 500, false},
    {TRANSPORT_ANSWERED, 200,
     "{\"rows\":[{\"answer\":{\"outcome\":\"key_reused\"}}]}", 422, false},
};

Test(bouncer_replay, the_keys_lock_is_kept_where_the_call_may_still_be_running)
{
    for (size_t i = 0; i < COUNT(calls); i++) {
        struct world w;

        open_replay(&w, BUSY);
        if (calls[i].result == TRANSPORT_ANSWERED)
            fake_transport_answer(&w.database_api, calls[i].http_status,
                                  calls[i].body);
        else
            fake_transport_fail(&w.database_api, calls[i].result);
        if (!calls[i].kept)
            fake_transport_answer(&w.store, 200, WORLD_RELEASED);
        buy(&w);
        cr_expect_eq(w.res.status, calls[i].status, "call %zu: %d", i,
                     w.res.status);
        cr_expect_eq(captured_log_has(&w.log, "\"lock\":\"kept\""),
                     calls[i].kept, "call %zu: %s", i, w.log.text.data);
        world_close(&w);
    }
}

/* Won under a sign: the lock is given back, though the call's is kept. */
Test(bouncer_replay, a_lock_that_was_won_in_vain_is_released_in_any_case)
{
    for (int lost = 0; lost < 2; lost++) {
        struct world w;

        open_replay(&w, WON_CLOSED);
        if (lost)
            fake_transport_fail(&w.database_api, TRANSPORT_UNKNOWN);
        else
            world_row(&w, REPLAYED);
        for (int i = lost; i < 2; i++)
            fake_transport_answer(&w.store, 200, WORLD_RELEASED);
        buy(&w);
        cr_expect_eq(w.res.status, lost ? 504 : 200);
        cr_expect(strstr(w.store.requests[2].body,
                         "[\"DELEX\",\"lock:product:1\",\"IFEQ\""));
        world_close(&w);
    }
}

/* A replay has no lock on the name, and so no news of it. */
Test(bouncer_replay, its_row_puts_up_no_sign)
{
    struct world w;

    open_replay(&w, BUSY);
    world_row(&w, "{\"outcome\":\"replayed\",\"closed\":\"sold_out\","
                  "\"forget\":true}");
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    buy(&w);
    cr_expect_eq(w.res.status, 200);
    world_close(&w);
}

Test(bouncer_replay, a_release_that_fails_is_told_without_the_key)
{
    static const char no_command[] =
        "{\"error\":\"ERR unknown command 'x', with args beginning with: "
        "'lock:key:purchase:" KEY "' 'IFEQ' \"}";
    struct world w;

    open_replay(&w, BUSY);
    world_row(&w, REPLAYED);
    fake_transport_answer(&w.store, 400, no_command);
    fake_transport_answer(&w.store, 400, no_command);
    buy(&w);
    cr_expect_eq(w.res.status, 200);
    cr_expect(captured_log_has(&w.log, "\"not_released\""));
    world_close(&w);
}

/* ---- what a key has done ---- */

/* A key that bought nothing must not go past locks and signs from now on. */
static const struct {
    const char *outcome;
    bool stays;
} marked[] = {
    {"sold", true},       {"replayed", true}, {"sold_out", false},
    {"key_reused", true}, {"stale", true},    {"unknown_product", false},
};

Test(bouncer_replay, a_no_of_the_database_takes_the_marker_away)
{
    for (size_t i = 0; i < COUNT(marked); i++) {
        struct world w;
        char row[64];

        (void)snprintf(row, sizeof(row), "{\"outcome\":\"%s\"}",
                       marked[i].outcome);
        world_open(&w);
        fake_transport_answer(&w.store, 200, WORLD_WON_MARKED);
        world_row(&w, row);
        fake_transport_answer(&w.store, 200,
                              marked[i].stays ? WORLD_RELEASED
                                              : "[" WORLD_RELEASED
                                                "," WORLD_RELEASED "]");
        buy(&w);
        cr_expect_eq(!strstr(w.store.requests[1].body, "\"key:purchase:"),
                     marked[i].stays, "%s: %s", row, w.store.requests[1].body);
        world_close(&w);
    }
}

/* ---- markers of our own ---- */

Test(bouncer_replay, who_is_refused_takes_its_own_marker_away_after_the_answer)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_BUSY_MARKED);
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    buy(&w);
    cr_expect_eq(w.res.status, 409);
    cr_expect(strstr(w.store.requests[1].body,
                     "[\"DELEX\",\"key:purchase:" KEY "\",\"IFEQ\",\""));
    cr_expect(!captured_log_has(&w.log, "\"lock\":"));
    world_close(&w);
}

Test(bouncer_replay, a_key_that_we_made_has_no_marker)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_BUSY);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect(!strstr(w.store.requests[0].body, "key:purchase:"));
    world_close(&w);
}

Test(bouncer_replay, a_holder_without_a_marker_of_its_own_goes_no_further)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, SHOWN("\"$TOKEN\"", "null"));
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    buy(&w);
    cr_expect_eq(w.res.status, 503);
    cr_expect(strstr(w.store.requests[2].body,
                     "[\"DELEX\",\"lock:product:1\",\"IFEQ\""));
    world_close(&w);
}

/* ---- a key that was made up here ---- */

/* Buy without a key, and lose the database's answer. */
static void lose_the_answer(struct world *w)
{
    world_open(w);
    fake_transport_answer(&w->store, 200, WORLD_WON);
    fake_transport_fail(&w->database_api, TRANSPORT_UNKNOWN);
}

Test(bouncer_replay, a_key_of_ours_is_marked_before_the_client_hears_of_it)
{
    const char *key;
    struct world w;
    char marker[256];

    lose_the_answer(&w);
    fake_transport_answer(&w.store, 200, WORLD_MARKED);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 504);
    key = message_response_header(&w.res, "idempotency-key");
    cr_assert(key);
    (void)snprintf(marker, sizeof(marker),
                   "[\"SET\",\"key:purchase:%s\",\"%s\",\"EX\",86400]", key,
                   w.store.token);
    cr_expect_str_eq(w.store.requests[1].body, marker);
    cr_expect(!captured_log_has(&w.log, "\"not_marked\""));
    world_close(&w);
}

Test(bouncer_replay, a_key_of_ours_that_cannot_be_marked_is_told_in_the_log)
{
    struct world w;

    lose_the_answer(&w);
    fake_transport_fail(&w.store, TRANSPORT_UNKNOWN);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 504);
    cr_expect(captured_log_has(&w.log, "\"not_marked\""));
    world_close(&w);
}
