/*
 * What the bouncer keeps to: the lease, the platform's deadline, the budgets;
 * and what it leaves for after the answer.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "guard/bouncer.h"
#include "world.h"

#define ALICE "{\"product_id\":1,\"buyer\":\"alice\"}"
#define SOLD "{\"outcome\":\"sold\",\"order_id\":41,\"stock\":0}"

/* ---- time ---- */

Test(bouncer_limits, a_lease_too_short_for_the_database_is_given_back)
{
    world_open();
    world_store(WORLD_WON)->takes_ms = 6899;
    world_store(WORLD_RELEASED);
    world_buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(world_said(":no-time\""));
    world_close();
}

Test(bouncer_limits, a_lease_that_is_just_long_enough_is_used)
{
    world_open();
    world_store(WORLD_WON)->takes_ms = 6898;
    world_row(SOLD);
    world_store(WORLD_RELEASED);
    world_buy();
    cr_expect_eq(world.res.status, 201);
    world_close();
}

Test(bouncer_limits, a_platform_deadline_too_near_is_a_503)
{
    world_open();
    world.invocation.deadline_ms = clock_boottime_ms(&world.clock.clock) + 3500;
    world_store(WORLD_WON)->takes_ms = 401;
    world_store(WORLD_RELEASED);
    world_buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(world_said(":no-time\""));
    cr_expect_eq(world.store.requests[0].timeout_ms, 400);
    world_close();
}

Test(bouncer_limits, a_platform_deadline_before_the_database_spares_the_store)
{
    world_open();
    world.invocation.deadline_ms = clock_boottime_ms(&world.clock.clock) + 3100;
    world_buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect(world_said(":no-time\""));
    world_close();
}

/* With either, not every sale can end in time; with the first, none can. */
static const int64_t short_limits_ms[] = {3000, 3899};

Test(bouncer_limits, a_time_limit_that_is_too_short_is_told_once_and_by_name)
{
    for (size_t i = 0; i < COUNT(short_limits_ms); i++) {
        const char *first;

        world_open();
        world.invocation.deadline_ms =
            clock_boottime_ms(&world.clock.clock) + short_limits_ms[i];
        for (int request = 0; request < 3; request++)
            world_serve("GET", "/api/live", NULL);
        first = strstr(world.log.text.data, "\"time_limit\"");
        cr_assert(first);
        cr_expect(!strstr(first + 1, "\"time_limit\""));
        cr_expect(captured_log_has(&world.log, "time limit"));
        cr_expect(captured_log_has(&world.log, "BOUNCER_DB_TIMEOUT_MS"));
        world_close();
    }
}

Test(bouncer_limits, a_time_limit_that_fits_is_no_matter)
{
    world_open();
    world.invocation.deadline_ms = clock_boottime_ms(&world.clock.clock) + 3900;
    world_serve("GET", "/api/live", NULL);
    cr_expect(!captured_log_has(&world.log, "\"time_limit\""));
    world_close();
}

#define STALE "{\"outcome\":\"stale\",\"highest_fence\":900}"

/* ---- releasing ---- */

Test(bouncer_limits, a_failed_release_is_logged_and_harms_nobody)
{
    world_open();
    world_store(WORLD_WON);
    world_row(SOLD);
    fake_transport_fail(&world.store, TRANSPORT_NOT_SENT);
    world_buy();
    cr_expect_eq(world.res.status, 201);
    cr_expect(captured_log_has(&world.log, "\"lock\":\"not_released\""));
    cr_expect(!captured_log_has(&world.log, "\"kept\""));
    world_close();
}

/* ---- after the answer, not before ---- */

/* What a request asks of the store, and how much of it before its answer. */
static const struct {
    const char *name;
    const char *store[6]; /* NULL: no answer */
    const char *row;
    size_t before;
    int status;
} ends[] = {
    {"a sale", {WORLD_WON, WORLD_RELEASED}, SOLD, 1, 201},
    {"a counter that was lost",
     {WORLD_WON, "{\"result\":\"7\"}", "{\"result\":900}", WORLD_RELEASED},
     STALE,
     1,
     503},
    {"a lock that may be ours",
     {NULL, NULL, NULL, WORLD_RELEASED},
     NULL,
     3,
     503},
    {"a lock that may be ours, in vain",
     {NULL, NULL, NULL, NULL},
     NULL,
     3,
     503},
};

static void script_end(size_t i, size_t from, size_t to)
{
    for (size_t step = from; step < to; step++) {
        if (ends[i].store[step])
            world_store(ends[i].store[step]);
        else
            fake_transport_fail(&world.store, TRANSPORT_UNKNOWN);
    }
}

static size_t count_steps(size_t i)
{
    size_t count = ends[i].before;

    while (ends[i].store[count])
        count++;
    /* The last one may go without an answer. */
    return count == ends[i].before ? count + 1 : count;
}

Test(bouncer_limits, what_the_client_need_not_wait_for_comes_after_its_answer)
{
    for (size_t i = 0; i < COUNT(ends); i++) {
        world_open();
        script_end(i, 0, ends[i].before);
        if (ends[i].row)
            world_row(ends[i].row);
        world_header("Content-Type", "application/json");
        world.request.method = slice_of("POST");
        world.request.path = slice_of("/api/purchase");
        world.request.body = slice_of(ALICE);
        request_begin(&world.guarded, &world.invocation, &world.request,
                      &world.res);
        bouncer_handle(&world.guarded);
        cr_expect_eq(world.res.status, ends[i].status, "%s", ends[i].name);
        cr_expect_eq(world.store.request_count, ends[i].before, "%s",
                     ends[i].name);
        script_end(i, ends[i].before, count_steps(i));
        bouncer_finish(&world.guarded);
        world_close();
    }
}

Test(bouncer_limits, a_store_over_its_quota_is_asked_once)
{
    static const int statuses[] = {400, 429};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        world_open();
        fake_transport_answer(
            &world.store, statuses[i],
            "{\"error\":\"ERR max requests limit exceeded.\"}");
        world_buy();
        cr_expect_eq(world.res.status, 503);
        cr_expect(captured_log_has(&world.log, "over quota"));
        world_close();
    }
}

Test(bouncer_limits, a_store_that_hangs_ends_within_the_budget_and_the_deadline)
{
    const int64_t start_ms = 1000000;

    world_open();
    world.invocation.deadline_ms = start_ms + 5000;
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN)->takes_ms = 200;
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    world_buy();
    cr_expect_eq(world.res.status, 503);
    cr_expect_leq(world.guarded.lock_us, 1900000);
    cr_expect_leq(world.store.requests[2].timeout_ms, 300);
    cr_expect_leq(world.store.requests[3].timeout_ms, 800);
    cr_expect(captured_log_has(&world.log, "\"lock\":\"not_released\""));
    world_close();
}

Test(bouncer_limits, a_release_keeps_to_the_platforms_deadline)
{
    world_open();
    world.invocation.deadline_ms = clock_boottime_ms(&world.clock.clock) + 6000;
    world_store(WORLD_WON);
    world_row(SOLD)->takes_ms = 5500;
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN)->takes_ms = 480;
    world_buy();
    cr_expect_eq(world.store.requests[1].timeout_ms, 480);
    world_close();
}
