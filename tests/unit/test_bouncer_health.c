/* Health means that a sale could succeed; live asks nobody. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "guard/bouncer.h"
#include "world.h"

#define HEALTHY "{\"outcome\":\"healthy\"}"
#define NOPERM                                                                 \
    "{\"error\":\"NOPERM this user has no permissions to run the 'set' "       \
    "command\"}"

/* The answer to a settlement: of lock and marker, LOCK; of the sign, SIGN. */
#define DONE "{\"result\":1}"
#define SETTLED(lock, sign) "[" lock "," lock "," sign "," DONE "]"
#define ALL_SETTLED SETTLED(DONE, DONE)

#define REPLAY                                                                 \
    "[{\"result\":null},{\"result\":8},{\"result\":null},"                     \
    "{\"result\":[\"somebody else\",null,\"another's\"]}]"

/* A store that answers the lock with LOCK, and a settlement with SETTLED. */
static void script_kv(int status, const char *lock, const char *settled)
{
    if (lock)
        fake_transport_answer(&world.store, status, lock);
    else
        fake_transport_fail(&world.store, TRANSPORT_NOT_SENT)->takes_ms = 800;
    if (settled)
        world_store(settled);
}

static void script_health(void)
{
    script_kv(200, WORLD_WON_MARKED, ALL_SETTLED);
    world_row(HEALTHY);
}

/* What the store does, and the word for it. */
static const struct {
    int status;
    const char *lock;
    const char *settled;
    int answer;
    const char *word;
} stores[] = {
    {200, WORLD_WON_MARKED, ALL_SETTLED, 200, "\"kv\":\"ok\""},
    {200, WORLD_BUSY_MARKED, NULL, 200, "\"kv\":\"ok\""},
    {200, REPLAY, NULL, 200, "\"kv\":\"ok\""},
    {200, NULL, NULL, 503, "\"kv\":\"unavailable\""},
    {401, "", NULL, 503, "\"kv\":\"refused\""},
    {400, NOPERM, NULL, 503, "\"kv\":\"refused\""},
    {429, "", NULL, 503, "\"kv\":\"refused\""},
    {200, WORLD_WON_MARKED, SETTLED("{\"result\":null}", DONE), 503,
     "\"kv\":\"not_released\""},
    {200, WORLD_WON_MARKED, SETTLED(DONE, NOPERM), 503, "\"kv\":\"refused\""},
};

Test(bouncer_health, a_lock_is_taken_and_given_back)
{
    for (size_t i = 0; i < COUNT(stores); i++) {
        world_open();
        script_kv(stores[i].status, stores[i].lock, stores[i].settled);
        world_row(HEALTHY);
        world_serve("GET", "/api/health", NULL);
        cr_expect_eq(world.res.status, stores[i].answer, "store %zu", i);
        cr_expect(world_said(stores[i].word), "%s", world.res.body.data);
        cr_expect(world_said("\"database\":\"ok\""));
        cr_expect(
            strstr(world.store.requests[0].body, "\"lock:bouncer-health\""));
        cr_expect(captured_log_has(
            &world.log, stores[i].answer == 200 ? "\"outcome\":\"healthy\""
                                                : "\"outcome\":\"unhealthy\""));
        cr_expect_eq(captured_log_has(&world.log, "\"health_kv\""),
                     stores[i].answer == 503, "store %zu", i);
        world_close();
    }
}

/* It needs all rights that a sale needs, and leaves nothing that lasts. */
Test(bouncer_health, a_check_sends_what_a_sale_sends)
{
    static const struct {
        size_t request;
        const char *commands;
    } sent[] = {
        {0, "[[\"SET\",\"lock:bouncer-health\",\""},
        {0, "[\"INCR\",\"fence:bouncer-health\"],"
            "[\"SET\",\"key:bouncer-health:health\",\""},
        {0, "[\"MGET\",\"lock:bouncer-health\",\"closed:bouncer-health\","
            "\"key:bouncer-health:health\"]]"},
        {1, "[[\"DELEX\",\"lock:bouncer-health\",\"IFEQ\",\""},
        {1, "[\"DELEX\",\"key:bouncer-health:health\",\"IFEQ\",\""},
        {1, "[\"SET\",\"closed:bouncer-health\",\"ok\",\"EX\",1],"
            "[\"DEL\",\"fence:bouncer-health\"]]"},
    };

    world_open();
    script_health();
    world_serve("GET", "/api/health", NULL);
    for (size_t i = 0; i < COUNT(sent); i++)
        cr_expect(strstr(world.store.requests[sent[i].request].body,
                         sent[i].commands),
                  "%s", world.store.requests[sent[i].request].body);
    world_close();
}

/* What the database does, and the word for it. */
static const struct {
    int status; /* 0: no answer */
    const char *body;
    int answer;
    const char *word;
    const char *told; /* in the log; NULL: not looked at */
} databases[] = {
    {200, "{\"rows\":[{\"answer\":" HEALTHY "}]}", 200, "\"ok\"", NULL},
    {200,
     "{\"rows\":[{\"answer\":{\"outcome\":\"unhealthy\","
     "\"reason\":\"read_only\"}}]}",
     503, "\"read_only\"", NULL},
    {200, "{\"rows\":[{\"answer\":{\"outcome\":\"broken\"}}]}", 503,
     "\"unhealthy\"", NULL},
    {200, "{\"rows\":[{\"answer\":{}}]}", 503, "\"unhealthy\"", NULL},
    {200,
     "{\"rows\":[{\"answer\":{\"outcome\":\"no\",\"reason\":"
     "\"0123456789012345678901234567890123456789012345\xc3\xa4\xc3\xa4\"}}]}",
     503, "\"0123456789012345678901234567890123456789012345?\"", NULL},
    {400, "{\"code\":\"42883\"}", 503, "\"no_function\"",
     "no_function bouncer_health: apply schema.sql: status 400, code 42883"},
    {400, "{\"code\":\"42501\"}", 503, "\"no_rights\"",
     "no_rights bouncer_health: apply role.sql for your role (schema.sql "
     "does it for service_role): status 400, code 42501"},
    {400, "{\"code\":\"28P01\"}", 503, "\"refused\"", "status 400, code 28P01"},
    {0, NULL, 503, "\"unavailable\"", NULL},
};

Test(bouncer_health, the_database_says_what_is_wrong_in_a_word)
{
    for (size_t i = 0; i < COUNT(databases); i++) {
        world_open();
        script_kv(200, WORLD_WON_MARKED, ALL_SETTLED);
        if (databases[i].status)
            fake_transport_answer(&world.database_api, databases[i].status,
                                  databases[i].body);
        else
            fake_transport_fail(&world.database_api, TRANSPORT_UNKNOWN);
        world_serve("GET", "/api/health", NULL);
        cr_expect_eq(world.res.status, databases[i].answer, "database %zu", i);
        cr_expect(world_said(databases[i].word), "%s", world.res.body.data);
        cr_expect(world_said("\"kv\":\"ok\""));
        cr_expect_eq(captured_log_has(&world.log, "\"health_database\""),
                     databases[i].answer == 503, "database %zu", i);
        if (databases[i].told)
            cr_expect(captured_log_has(&world.log, databases[i].told), "%s",
                      databases[i].told);
        world_close();
    }
}

Test(bouncer_health, the_database_is_asked_about_every_operations_function)
{
    world_open();
    script_kv(200, WORLD_WON_MARKED, ALL_SETTLED);
    world_row("{\"outcome\":\"unhealthy\",\"reason\":\"no_function\","
              "\"operation\":\"purchase\"}");
    world_serve("GET", "/api/health", NULL);
    cr_expect(
        strstr(world.database_api.requests[0].body,
               "\"params\":[\"purchase hold confirm cancel product order_of "
               "order_by_key reserve_username\"]"),
        "%s", world.database_api.requests[0].body);
    cr_expect(world_said("\"database\":\"no_function\""));
    cr_expect(captured_log_has(&world.log, "\"no_function purchase\""));
    world_close();
}

Test(bouncer_health, a_time_limit_that_is_too_short_is_not_healthy)
{
    world_open();
    world.invocation.deadline_ms = clock_boottime_ms(&world.clock.clock) + 3000;
    script_health();
    world_serve("GET", "/api/health", NULL);
    cr_expect_eq(world.res.status, 503);
    cr_expect(world_said("\"time_limit\":\"too_short\""));
    world.invocation.deadline_ms = clock_boottime_ms(&world.clock.clock) + 5000;
    world_serve("GET", "/api/health", NULL);
    cr_expect_eq(world.res.status, 200);
    cr_expect(world_said("\"time_limit\":\"ok\""));
    world_close();
}

Test(bouncer_health, its_answer_is_ready_before_the_deadline)
{
    world_open();
    world.invocation.deadline_ms = clock_boottime_ms(&world.clock.clock) + 3000;
    fake_transport_fail(&world.store, TRANSPORT_UNKNOWN)->takes_ms = 800;
    fake_transport_fail(&world.database_api, TRANSPORT_UNKNOWN)->takes_ms =
        2100;
    world_serve("GET", "/api/health", NULL);
    cr_expect_eq(world.res.status, 503);
    cr_expect_leq(world.database_api.requests[0].timeout_ms, 2100);
    world_close();
}

Test(bouncer_health, without_time_nobody_is_asked)
{
    world_open();
    world.invocation.deadline_ms = clock_boottime_ms(&world.clock.clock) + 100;
    world_serve("GET", "/api/health", NULL);
    cr_expect_eq(world.res.status, 503);
    cr_expect(world_said("\"kv\":\"unavailable\""));
    cr_expect(world_said("\"database\":\"unavailable\""));
    world_close();
}

Test(bouncer_health, health_is_remembered_for_a_second)
{
    world_open();
    script_health();
    for (int i = 0; i < 5; i++)
        world_serve("GET", "/api/health", NULL);
    fake_clock_advance(&world.clock, 999);
    world_serve("GET", "/api/health", NULL);
    cr_expect_eq(world.res.status, 200);
    fake_clock_advance(&world.clock, 1);
    script_kv(429, "", NULL);
    world_row(HEALTHY);
    world_serve("GET", "/api/health", NULL);
    cr_expect_eq(world.res.status, 503);
    world_close();
}

Test(bouncer_health, head_answers_without_a_body_and_with_its_length)
{
    char length[32];

    world_open();
    script_health();
    world_serve("GET", "/api/health", NULL);
    (void)snprintf(length, sizeof(length), "%zu", world.res.body.len);
    cr_expect(!message_response_header(&world.res, "content-length"));
    world_serve("HEAD", "/api/health", NULL);
    cr_expect_eq(world.res.status, 200);
    cr_expect_eq(world.res.body.len, 0U);
    cr_expect_str_eq(message_response_header(&world.res, "content-length"),
                     length);
    world_close();
}

Test(bouncer_health, a_ping_asks_neither_store)
{
    world_open();
    world_serve("GET", "/api/live", NULL);
    cr_expect_eq(world.res.status, 200);
    cr_expect_str_eq(world.res.body.data, "{\"status\":\"ok\"}");
    world_serve("HEAD", "/api/live", NULL);
    cr_expect_eq(world.res.status, 200);
    cr_expect_eq(world.res.body.len, 0U);
    world_close();
}
