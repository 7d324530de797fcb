/* Who asks again with a key that may have bought. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "world.h"

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
static void buy(void)
{
    world_header("Idempotency-Key", KEY);
    world_buy();
    cr_expect(!captured_log_has(&world.log, KEY), "%s", world.log.text.data);
}

/* A bouncer whose store shows TRY, and gives the key's own lock. */
static void open_replay(const char *try)
{
    world_open();
    world_store(try);
    world_store(OK);
}

Test(bouncer_replay, an_order_of_before_is_given_back_without_the_lock)
{
    static const char *const tries[] = {BUSY, CLOSED};

    for (size_t i = 0; i < COUNT(tries); i++) {
        open_replay(tries[i]);
        world_row(REPLAYED);
        world_store(WORLD_RELEASED);
        buy();
        cr_expect_eq(world.res.status, 200);
        cr_expect(world_said("\"order_id\":40"));
        cr_expect_str_eq(
            message_response_header(&world.res, "idempotent-replayed"), "true");
        cr_expect(strstr(world.store.requests[1].body,
                         "[\"SET\",\"lock:key:purchase:" KEY "\",\""));
        cr_expect(strstr(world.store.requests[1].body, "\"NX\",\"EX\",10]"));
        cr_expect(strstr(world.store.requests[2].body,
                         "[\"DELEX\",\"lock:key:purchase:" KEY "\",\"IFEQ\""));
        world_close();
    }
}

Test(bouncer_replay, it_is_called_with_fence_0)
{
    open_replay(CLOSED);
    world_row(REPLAYED);
    world_store(WORLD_RELEASED);
    buy();
    cr_expect(strstr(world.database_api.requests[0].body,
                     "\"" KEY "\",\"0\",\"product:1\"]"),
              "%s", world.database_api.requests[0].body);
    cr_expect(!captured_log_has(&world.log, "\"fence\""));
    world_close();
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
        open_replay(not_bought[i].try);
        world_row(STALE);
        world_store(WORLD_RELEASED);
        buy();
        cr_expect_eq(world.res.status, not_bought[i].status);
        cr_expect(world_said(not_bought[i].words), "%s", world.res.body.data);
        cr_expect_eq(message_response_header(&world.res, "retry-after") != NULL,
                     not_bought[i].status == 409);
        cr_expect(!captured_log_has(&world.log, "\"fence_"));
        world_close();
    }
}

Test(bouncer_replay, one_key_has_one_call_at_a_time)
{
    static const char *const tries[] = {BUSY, CLOSED};

    for (size_t i = 0; i < COUNT(tries); i++) {
        world_open();
        world_store(tries[i]);
        world_store("{\"result\":null}");
        buy();
        cr_expect_eq(world.res.status, 409);
        cr_expect(world_said(":busy\""));
        world_close();
    }
}

Test(bouncer_replay, without_the_keys_lock_the_database_is_not_called)
{
    world_open();
    world_store(CLOSED);
    fake_transport_answer(&world.store, 401, "");
    buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(captured_log_has(&world.log, "\"lock_refused\""));
    world_close();
    world_open();
    world_store(CLOSED);
    for (int i = 0; i < 3; i++)
        fake_transport_fail(&world.store, TRANSPORT_UNKNOWN);
    world_store(WORLD_RELEASED);
    buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(strstr(world.store.requests[4].body,
                     "[\"DELEX\",\"lock:key:purchase:" KEY "\""));
    world_close();
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
        open_replay(BUSY);
        fake_transport_script(&world.database_api, calls[i].result,
                              calls[i].http_status, calls[i].body);
        if (!calls[i].kept)
            world_store(WORLD_RELEASED);
        buy();
        cr_expect_eq(world.res.status, calls[i].status, "call %zu: %d", i,
                     world.res.status);
        cr_expect_eq(captured_log_has(&world.log, "\"lock\":\"kept\""),
                     calls[i].kept, "call %zu: %s", i, world.log.text.data);
        world_close();
    }
}

/* Won under a sign: the lock is given back, though the call's is kept. */
Test(bouncer_replay, a_lock_that_was_won_in_vain_is_released_in_any_case)
{
    for (int lost = 0; lost < 2; lost++) {
        open_replay(WON_CLOSED);
        if (lost)
            fake_transport_fail(&world.database_api, TRANSPORT_UNKNOWN);
        else
            world_row(REPLAYED);
        for (int i = lost; i < 2; i++)
            world_store(WORLD_RELEASED);
        buy();
        cr_expect_eq(world.res.status, lost ? 504 : 200);
        cr_expect(strstr(world.store.requests[2].body,
                         "[\"DELEX\",\"lock:product:1\",\"IFEQ\""));
        world_close();
    }
}

/* A replay has no lock on the name, and so no news of it. */
Test(bouncer_replay, its_row_puts_up_no_sign)
{
    open_replay(BUSY);
    world_row("{\"outcome\":\"replayed\",\"closed\":\"sold_out\","
              "\"forget\":true}");
    world_store(WORLD_RELEASED);
    buy();
    cr_expect_eq(world.res.status, 200);
    world_close();
}

Test(bouncer_replay, a_release_that_fails_is_told_without_the_key)
{
    static const char no_command[] =
        "{\"error\":\"ERR unknown command 'x', with args beginning with: "
        "'lock:key:purchase:" KEY "' 'IFEQ' \"}";

    open_replay(BUSY);
    world_row(REPLAYED);
    fake_transport_answer(&world.store, 400, no_command);
    fake_transport_answer(&world.store, 400, no_command);
    buy();
    cr_expect_eq(world.res.status, 200);
    cr_expect(captured_log_has(&world.log, "\"not_released\""));
    world_close();
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
        char row[64];

        (void)snprintf(row, sizeof(row), "{\"outcome\":\"%s\"}",
                       marked[i].outcome);
        world_open();
        world_store(WORLD_WON_MARKED);
        world_row(row);
        world_store(marked[i].stays ? WORLD_RELEASED
                                    : "[" WORLD_RELEASED "," WORLD_RELEASED
                                      "]");
        buy();
        cr_expect_eq(!strstr(world.store.requests[1].body, "\"key:purchase:"),
                     marked[i].stays, "%s: %s", row,
                     world.store.requests[1].body);
        world_close();
    }
}

/* ---- markers of our own ---- */

Test(bouncer_replay, who_is_refused_takes_its_own_marker_away_after_the_answer)
{
    world_open();
    world_store(WORLD_BUSY_MARKED);
    world_store(WORLD_RELEASED);
    buy();
    cr_expect_eq(world.res.status, 409);
    cr_expect(strstr(world.store.requests[1].body,
                     "[\"DELEX\",\"key:purchase:" KEY "\",\"IFEQ\",\""));
    cr_expect(!captured_log_has(&world.log, "\"lock\":"));
    world_close();
}

Test(bouncer_replay, a_key_that_we_made_has_no_marker)
{
    world_open();
    world_store(WORLD_BUSY);
    world_buy();
    cr_expect(!strstr(world.store.requests[0].body, "key:purchase:"));
    world_close();
}

Test(bouncer_replay, a_holder_without_a_marker_of_its_own_goes_no_further)
{
    world_open();
    world_store(SHOWN("\"$TOKEN\"", "null"));
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN);
    world_store(WORLD_RELEASED);
    buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(strstr(world.store.requests[2].body,
                     "[\"DELEX\",\"lock:product:1\",\"IFEQ\""));
    world_close();
}

/* ---- a key that was made up here ---- */

/* Buy without a key, and lose the database's answer. */
static void lose_the_answer(void)
{
    world_open();
    world_store(WORLD_WON);
    fake_transport_fail(&world.database_api, TRANSPORT_UNKNOWN);
}

Test(bouncer_replay, a_key_of_ours_is_marked_before_the_client_hears_of_it)
{
    const char *key;
    char marker[256];

    lose_the_answer();
    world_store(WORLD_MARKED);
    world_buy();
    cr_expect_eq(world.res.status, 504);
    key = message_response_header(&world.res, "idempotency-key");
    cr_assert(key);
    (void)snprintf(marker, sizeof(marker),
                   "[\"SET\",\"key:purchase:%s\",\"%s\",\"EX\",86400]", key,
                   world.store.token);
    cr_expect_str_eq(world.store.requests[1].body, marker);
    cr_expect(!captured_log_has(&world.log, "\"not_marked\""));
    world_close();
}

Test(bouncer_replay, a_key_of_ours_that_cannot_be_marked_is_told_in_the_log)
{
    lose_the_answer();
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN);
    world_buy();
    cr_expect_eq(world.res.status, 504);
    cr_expect(captured_log_has(&world.log, "\"not_marked\""));
    world_close();
}
