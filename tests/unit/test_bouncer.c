/*
 * A request's way from the lock to the answer: the store and the database
 * answer by a script, in the order in which they are asked.
 */
#include "guard/bouncer.h"

#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "world.h"

#define SOLD "{\"outcome\":\"sold\",\"order_id\":41,\"stock\":0}"

/* ---- what the client hears when the database has answered ---- */

static const struct {
    const char *row;
    int status;
    const char *words;
} outcomes[] = {
    {SOLD, 201, "\"order_id\":41"},
    {"{\"outcome\":\"replayed\",\"order_id\":40}", 200, "\"order_id\":40"},
    {"{\"outcome\":\"sold_out\",\"left\":0}", 410, ":sold-out\""},
    {"{\"outcome\":\"unknown_product\"}", 404, ":unknown-product\""},
    {"{\"outcome\":\"key_reused\"}", 422, ":key-reused\""},
};

Test(bouncer, an_answer_of_the_database_releases_the_lock)
{
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        world_open();
        world_store(WORLD_WON);
        world_row(outcomes[i].row);
        world_store(WORLD_RELEASED);
        world_buy();
        cr_expect_eq(world.res.status, outcomes[i].status, "outcome %zu: %d", i,
                     world.res.status);
        cr_expect(world_said(outcomes[i].words), "outcome %zu: %s", i,
                  world.res.body.data);
        cr_expect(captured_log_has(&world.log, "\"lock\":\"released\""));
        world_close();
    }
}

Test(bouncer, an_outcome_that_is_not_declared_is_maybe_done)
{
    world_open();
    world_store(WORLD_WON);
    world_row("{\"outcome\":\"something new\"}");
    world_store(WORLD_MARKED);
    world_buy();
    cr_expect_eq(world.res.status, 504);
    cr_expect(
        captured_log_has(&world.log, "purchase: the outcome something new"));
    cr_expect(captured_log_has(
        &world.log, "\"lock\":\"kept\",\"kept_for\":\"undeclared_outcome\""));
    world_close();
}

Test(bouncer, a_replay_is_marked_as_one)
{
    world_open();
    world_store(WORLD_WON_MARKED);
    world_row("{\"outcome\":\"replayed\",\"order_id\":40}");
    world_store(WORLD_RELEASED);
    world_header("Idempotency-Key", "key-1");
    world_buy();
    cr_expect_str_eq(world_told("idempotent-replayed"), "true");
    cr_expect_str_eq(world_told("idempotency-key"), "key-1");
    world_close();
}

Test(bouncer, the_winner_hands_its_fence_and_key_to_the_database)
{
    world_open();
    world_store(WORLD_WON_MARKED);
    world_row(SOLD);
    world_store(WORLD_RELEASED);
    world_header("Idempotency-Key", "key-1");
    world_post("/api/purchase",
               "{\"product_id\":12,\"quantity\":3,\"buyer\":\"alice\"}");
    cr_expect_str_eq(
        world.database_api.requests[0].body,
        "{\"query\":\"SELECT purchase(\\\"product_id\\\" => $1, "
        "\\\"quantity\\\""
        " => $2, \\\"buyer\\\" => $3, \\\"idempotency_key\\\" => $4, "
        "\\\"fence\\\" => $5, \\\"lock\\\" => $6) AS answer\",\"params\":["
        "\"12\",\"3\",\"alice\",\"key-1\",\"7\",\"product:12\"]}");
    cr_expect(strstr(world.store.requests[0].body, "\"lock:product:12\""));
    cr_expect_eq(world.database_api.requests[0].timeout_ms, 3000);
    world_close();
}

Test(bouncer, without_a_key_one_is_made_and_told)
{
    world_open();
    world_store(WORLD_WON);
    world_row(SOLD);
    world_store(WORLD_RELEASED);
    world_buy();
    cr_expect_eq(strlen(world_told("idempotency-key")), 32U);
    cr_expect(strstr(world.database_api.requests[0].body,
                     world_told("idempotency-key")));
    world_close();
}

/* ---- busy ---- */

Test(bouncer, a_busy_lock_is_a_409_and_the_database_never_hears_of_it)
{
    world_open();
    world_store(WORLD_BUSY);
    world_buy();
    cr_expect_eq(world.res.status, 409);
    cr_expect(world_said(":busy\""));
    world_close();
}

static int64_t retry_after_ms(void)
{
    static const struct json_limits limits = {
        .max_bytes = 4096, .max_depth = 8, .max_values = 64};
    struct json_document doc;
    struct error err;
    int64_t wait_ms = -1;

    cr_assert(json_parse(&doc, buffer_slice(&world.res.body), &limits, &err));
    cr_expect(json_integer(json_get(doc.root, "retry_after_ms"), &wait_ms));
    json_release(&doc);
    return wait_ms;
}

/*
 * 31 refusals: that one of three seconds is missing, or that all milliseconds
 * are in one half, happens once in 100,000 times or less.
 */
Test(bouncer, clients_that_are_refused_together_are_told_to_come_back_apart)
{
    bool seconds[4] = {false};
    int64_t least_ms = INT64_MAX;
    int64_t most_ms = 0;

    world_open();
    for (int i = 0; i < FAKE_TRANSPORT_STEPS_MAX - 1; i++) {
        world_store(i == 0 ? WORLD_BUSY : WORLD_LOOK_BUSY);
        world_buy();
        cr_assert_eq(strspn(world_told("retry-after"), "123"), 1U);
        seconds[world_told("retry-after")[0] - '0'] = true;
        if (retry_after_ms() < least_ms)
            least_ms = retry_after_ms();
        if (retry_after_ms() > most_ms)
            most_ms = retry_after_ms();
    }
    cr_expect(seconds[1] && seconds[2] && seconds[3]);
    cr_expect(least_ms >= 200 && least_ms < 700, "%d", (int)least_ms);
    cr_expect(most_ms <= 1200 && most_ms > 700, "%d", (int)most_ms);
    world_close();
}

Test(bouncer, the_denied_status_can_be_configured)
{
    world_open();
    world.instance.options.denied_status = 429;
    world_store(WORLD_BUSY);
    world_buy();
    cr_expect_eq(world.res.status, 429);
    world_close();
}

/* ---- a store that failed: 503, never 409, never the database ---- */

Test(bouncer, an_unknown_lock_is_a_503)
{
    world_open();
    for (int try = 0; try < 3; try++)
        fake_transport_fail(&world.store, TRANSPORT_NOT_SENT);
    world_buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect_str_neq(world_told("retry-after"), "(none)");
    cr_expect(captured_log_has(&world.log, "\"lock_unknown\""));
    world_close();
}

Test(bouncer, a_refusing_store_is_a_503_with_a_log_line_of_its_own)
{
    world_open();
    fake_transport_answer(
        &world.store, 401,
        "{\"error\":\"WRONGPASS invalid or missing auth token\"}");
    world_buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(!world_said("WRONGPASS"));
    cr_expect(captured_log_has(&world.log, "\"lock_refused\""));
    cr_expect(captured_log_has(&world.log, "WRONGPASS"));
    world_close();
}

/* ---- a database that gave no row ---- */

static const struct {
    enum transport_result result;
    int http_status;
    const char *body;
    int status;
    bool lock_kept;
} failures[] = {
    {TRANSPORT_NOT_SENT, 0, NULL, 503, false},
    {TRANSPORT_UNKNOWN, 0, NULL, 504, true},
    {TRANSPORT_ANSWERED, 502, "Bad Gateway", 504, true},
    {TRANSPORT_ANSWERED, 504, "", 504, true},
    {TRANSPORT_ANSWERED, 500, "oops", 504, true},
    {TRANSPORT_ANSWERED, 200, "no json", 504, true},
    {TRANSPORT_ANSWERED, 200, "{\"rows\":[]}", 504, true},
    {TRANSPORT_ANSWERED, 400, "{\"code\":\"08006\"}", 504, true},
    {TRANSPORT_ANSWERED, 400, "{\"code\":\"\"}", 504, true},
    {TRANSPORT_ANSWERED, 400, "{\"code\":\"53300\"}", 503, false},
    {TRANSPORT_ANSWERED, 429, "", 503, false},
    {TRANSPORT_ANSWERED, 500,
     "{\"message\":\"Control plane request failed\",\"code\":\"\"}", 503,
     false},
    {TRANSPORT_ANSWERED, 503, "", 504, true},
    {TRANSPORT_ANSWERED, 400, "{\"code\":\"08P01\"}", 504, true},
    {TRANSPORT_ANSWERED, 302, "", 504, true},
    {TRANSPORT_ANSWERED, 400, "{\"code\":\"42883\"}", 500, false},
    {TRANSPORT_ANSWERED, 400, "{\"code\":\"23514\"}", 500, false},
    {TRANSPORT_ANSWERED, 401, "", 500, false},
};

Test(bouncer, the_lock_is_kept_where_the_database_may_still_be_working)
{
    for (size_t i = 0; i < COUNT(failures); i++) {
        world_open();
        world_store(WORLD_WON);
        fake_transport_script(&world.database_api, failures[i].result,
                              failures[i].http_status, failures[i].body);
        world_store(failures[i].lock_kept ? WORLD_MARKED : WORLD_RELEASED);
        world_buy();
        cr_expect_eq(world.res.status, failures[i].status, "failure %zu: %d", i,
                     world.res.status);
        cr_expect_eq(world_said("It may have been done"), failures[i].lock_kept,
                     "failure %zu", i);
        cr_expect_eq(strcmp(world_told("retry-after"), "(none)") != 0,
                     failures[i].status == 503, "failure %zu", i);
        cr_expect(captured_log_has(&world.log, failures[i].lock_kept
                                                   ? "\"lock\":\"kept\""
                                                   : "\"lock\":\"released\""));
        world_close();
    }
}

Test(bouncer, an_error_for_the_second_send_says_nothing_of_the_first)
{
    world_open();
    world_store(WORLD_WON);
    fake_transport_answer(&world.database_api, 400, "{\"code\":\"53300\"}")
        ->sends = 2;
    world_store(WORLD_MARKED);
    world_buy();
    cr_expect_eq(world.res.status, 504);
    cr_expect(captured_log_has(&world.log, "\"lock\":\"kept\""));
    world_close();
}
