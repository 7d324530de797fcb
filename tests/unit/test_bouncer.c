/*
 * A request's way from the lock to the answer: the store and the database
 * answer by a script, in the order in which they are asked.
 */
#include "guard/bouncer.h"

#include <criterion/criterion.h>
#include <string.h>

#include "world.h"

#define ALICE "{\"product_id\":1,\"buyer\":\"alice\"}"
#define SOLD "{\"outcome\":\"sold\",\"order_id\":41,\"stock\":0}"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *header(const struct world *w, const char *name)
{
    const char *value = message_response_header(&w->res, name);

    return value ? value : "(none)";
}

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
        struct world w;

        world_open(&w);
        fake_transport_answer(&w.store, 200, WORLD_WON);
        world_row(&w, outcomes[i].row);
        fake_transport_answer(&w.store, 200, WORLD_RELEASED);
        world_post(&w, "/api/purchase", ALICE);
        cr_expect_eq(w.res.status, outcomes[i].status, "outcome %zu: %d", i,
                     w.res.status);
        cr_expect(world_said(&w, outcomes[i].words), "outcome %zu: %s", i,
                  w.res.body.data);
        cr_expect(captured_log_has(&w.log, "\"lock\":\"released\""));
        world_close(&w);
    }
}

Test(bouncer, an_outcome_that_is_not_declared_is_maybe_done)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON);
    world_row(&w, "{\"outcome\":\"something new\"}");
    fake_transport_answer(&w.store, 200, WORLD_MARKED);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 504);
    cr_expect(captured_log_has(&w.log, "purchase: the outcome something new"));
    cr_expect(captured_log_has(
        &w.log, "\"lock\":\"kept\",\"kept_for\":\"undeclared_outcome\""));
    world_close(&w);
}

Test(bouncer, a_replay_is_marked_as_one)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON_MARKED);
    world_row(&w, "{\"outcome\":\"replayed\",\"order_id\":40}");
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    world_header(&w, "Idempotency-Key", "key-1");
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_str_eq(header(&w, "idempotent-replayed"), "true");
    cr_expect_str_eq(header(&w, "idempotency-key"), "key-1");
    world_close(&w);
}

Test(bouncer, the_winner_hands_its_fence_and_key_to_the_database)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON_MARKED);
    world_row(&w, SOLD);
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    world_header(&w, "Idempotency-Key", "key-1");
    world_post(&w, "/api/purchase",
               "{\"product_id\":12,\"quantity\":3,\"buyer\":\"alice\"}");
    cr_expect_str_eq(
        w.database_api.requests[0].body,
        "{\"query\":\"SELECT purchase(\\\"product_id\\\" => $1, "
        "\\\"quantity\\\""
        " => $2, \\\"buyer\\\" => $3, \\\"idempotency_key\\\" => $4, "
        "\\\"fence\\\" => $5, \\\"lock\\\" => $6) AS answer\",\"params\":["
        "\"12\",\"3\",\"alice\",\"key-1\",\"7\",\"product:12\"]}");
    cr_expect(strstr(w.store.requests[0].body, "\"lock:product:12\""));
    cr_expect_eq(w.database_api.requests[0].timeout_ms, 3000);
    world_close(&w);
}

Test(bouncer, without_a_key_one_is_made_and_told)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON);
    world_row(&w, SOLD);
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(strlen(header(&w, "idempotency-key")), 32U);
    cr_expect(
        strstr(w.database_api.requests[0].body, header(&w, "idempotency-key")));
    world_close(&w);
}

/* ---- busy ---- */

Test(bouncer, a_busy_lock_is_a_409_and_the_database_never_hears_of_it)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_BUSY);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 409);
    cr_expect(world_said(&w, ":busy\""));
    world_close(&w);
}

static int64_t retry_after_ms(const struct world *w)
{
    static const struct json_limits limits = {
        .max_bytes = 4096, .max_depth = 8, .max_values = 64};
    struct json_document doc;
    struct error err;
    int64_t wait_ms = -1;

    cr_assert(json_parse(&doc, buffer_slice(&w->res.body), &limits, &err));
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
    struct world w;
    bool seconds[4] = {false};
    int64_t least_ms = INT64_MAX;
    int64_t most_ms = 0;

    world_open(&w);
    for (int i = 0; i < FAKE_TRANSPORT_STEPS_MAX - 1; i++) {
        fake_transport_answer(&w.store, 200,
                              i == 0 ? WORLD_BUSY : WORLD_LOOK_BUSY);
        world_post(&w, "/api/purchase", ALICE);
        cr_assert_eq(strspn(header(&w, "retry-after"), "123"), 1U);
        seconds[header(&w, "retry-after")[0] - '0'] = true;
        if (retry_after_ms(&w) < least_ms)
            least_ms = retry_after_ms(&w);
        if (retry_after_ms(&w) > most_ms)
            most_ms = retry_after_ms(&w);
    }
    cr_expect(seconds[1] && seconds[2] && seconds[3]);
    cr_expect(least_ms >= 200 && least_ms < 700, "%d", (int)least_ms);
    cr_expect(most_ms <= 1200 && most_ms > 700, "%d", (int)most_ms);
    world_close(&w);
}

Test(bouncer, the_denied_status_can_be_configured)
{
    struct world w;

    world_open(&w);
    w.instance.options.denied_status = 429;
    fake_transport_answer(&w.store, 200, WORLD_BUSY);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 429);
    world_close(&w);
}

/* ---- a store that failed: 503, never 409, never the database ---- */

Test(bouncer, an_unknown_lock_is_a_503)
{
    struct world w;

    world_open(&w);
    for (int try = 0; try < 3; try++)
        fake_transport_fail(&w.store, TRANSPORT_NOT_SENT);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 503);
    cr_expect_str_neq(header(&w, "retry-after"), "(none)");
    cr_expect(captured_log_has(&w.log, "\"lock_unknown\""));
    world_close(&w);
}

Test(bouncer, a_refusing_store_is_a_503_with_a_log_line_of_its_own)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(
        &w.store, 401,
        "{\"error\":\"WRONGPASS invalid or missing auth token\"}");
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 503);
    cr_expect(!world_said(&w, "WRONGPASS"));
    cr_expect(captured_log_has(&w.log, "\"lock_refused\""));
    cr_expect(captured_log_has(&w.log, "WRONGPASS"));
    world_close(&w);
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
        struct world w;

        world_open(&w);
        fake_transport_answer(&w.store, 200, WORLD_WON);
        if (failures[i].result == TRANSPORT_ANSWERED)
            fake_transport_answer(&w.database_api, failures[i].http_status,
                                  failures[i].body);
        else
            fake_transport_fail(&w.database_api, failures[i].result);
        fake_transport_answer(&w.store, 200,
                              failures[i].lock_kept ? WORLD_MARKED
                                                    : WORLD_RELEASED);
        world_post(&w, "/api/purchase", ALICE);
        cr_expect_eq(w.res.status, failures[i].status, "failure %zu: %d", i,
                     w.res.status);
        cr_expect_eq(world_said(&w, "It may have been done"),
                     failures[i].lock_kept, "failure %zu", i);
        cr_expect_eq(strcmp(header(&w, "retry-after"), "(none)") != 0,
                     failures[i].status == 503, "failure %zu", i);
        cr_expect(captured_log_has(&w.log, failures[i].lock_kept
                                               ? "\"lock\":\"kept\""
                                               : "\"lock\":\"released\""));
        world_close(&w);
    }
}

Test(bouncer, an_error_for_the_second_send_says_nothing_of_the_first)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON);
    fake_transport_answer(&w.database_api, 400, "{\"code\":\"53300\"}")->sends =
        2;
    fake_transport_answer(&w.store, 200, WORLD_MARKED);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 504);
    cr_expect(captured_log_has(&w.log, "\"lock\":\"kept\""));
    world_close(&w);
}
