/* A name that is closed: who puts up the sign, and what its readers hear. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "world.h"

#define DONE "{\"result\":1}"
#define CLOSED_TRY                                                             \
    "[{\"result\":null},{\"result\":8},"                                       \
    "{\"result\":[\"another's\",\"sold_out\"]}]"
#define CLOSED_LOOK "{\"result\":[null,\"sold_out\",null]}"

#define SEATS                                                                  \
    "{\"operations\":[{\"method\":\"POST\",\"path\":\"/api/seat\","            \
    "\"input\":{\"required\":[\"row\"],\"properties\":{\"row\":"               \
    "{\"type\":\"integer\"}}},\"lock\":{\"name\":\"row:{row}\","               \
    "\"fenced\":true,\"permits\":32},\"call\":\"take_seat\",\"outcomes\":"     \
    "{\"given\":{\"status\":201},\"full\":{\"status\":409,"                    \
    "\"title\":\"The row is full\",\"detail\":\"Choose another.\"}}}]}"

/* ---- what its readers hear ---- */

Test(bouncer_sign, it_is_answered_for_one_request_to_the_store)
{
    world_open();
    world_store(CLOSED_TRY);
    world_buy();
    cr_expect_eq(world.res.status, 410);
    cr_expect_str_eq(
        world.res.body.data,
        "{\"type\":\"urn:bouncer:problem:sold-out\","
        "\"title\":\"Sold out\",\"status\":410,"
        "\"detail\":\"None is left. Trying again does not help.\"}");
    cr_expect(!message_response_header(&world.res, "retry-after"));
    cr_expect(captured_log_has(&world.log, "\"status\":410,"
                                           "\"outcome\":\"sold_out\""));
    cr_expect(!captured_log_has(&world.log, "\"lock\":"));
    world_close();
}

Test(bouncer_sign, its_problem_has_the_operations_title_and_detail)
{
    world_open();
    world_operations(SEATS);
    world_store("[{\"result\":null},{\"result\":8},"
                "{\"result\":[null,\"full\"]}]");
    world_post("/api/seat", "{\"row\":5}");
    cr_expect_str_eq(world.res.body.data,
                     "{\"type\":\"urn:bouncer:problem:full\","
                     "\"title\":\"The row is full\",\"status\":409,"
                     "\"detail\":\"Choose another.\"}");
    world_close();
}

Test(bouncer_sign, a_warm_instance_answers_by_itself_and_looks_for_a_key)
{
    world_open();
    world_store(CLOSED_TRY);
    world_buy();
    world_buy();
    cr_expect_eq(world.res.status, 410);
    cr_expect_eq(world.store.request_count, 1U);
    world_store(CLOSED_LOOK);
    world_header("Idempotency-Key", "key-1");
    world_buy();
    cr_expect_eq(world.res.status, 410);
    cr_expect_str_eq(world.store.requests[1].body,
                     "[\"MGET\",\"lock:product:1\",\"closed:product:1\","
                     "\"key:purchase:key-1\"]");
    world_close();
}

Test(bouncer_sign, who_wins_under_it_gives_the_lock_back)
{
    world_open();
    world_store("[{\"result\":\"OK\"},{\"result\":7},"
                "{\"result\":[\"$TOKEN\",\"sold_out\"]}]");
    world_store(WORLD_RELEASED);
    world_buy();
    cr_expect_eq(world.res.status, 410);
    cr_expect(captured_log_has(&world.log, "\"lock\":\"released\""));
    cr_expect(
        strstr(world.store.requests[1].body, "[\"DELEX\",\"lock:product:1"));
    world_close();
}

/* ---- what a row makes of it ---- */

#define PUT_UP(seconds)                                                        \
    ",[\"SET\",\"closed:product:1\",\"sold_out\",\"EX\"," seconds "]]"

/* A row, and the commands that follow the release. */
static const struct {
    const char *members;
    const char *commands; /* NULL: none */
    int count;
} news[] = {
    {"\"outcome\":\"sold_out\",\"closed\":\"sold_out\"", PUT_UP("10"), 2},
    {"\"outcome\":\"sold\",\"order_id\":1,\"closed\":\"sold_out\"",
     PUT_UP("10"), 2},
    {"\"outcome\":\"replayed\",\"closed\":\"sold_out\",\"closed_s\":60",
     PUT_UP("60"), 2},
    {"\"outcome\":\"sold_out\",\"closed\":\"sold_out\",\"closed_s\":1",
     PUT_UP("1"), 2},
    {"\"outcome\":\"sold_out\",\"closed\":\"sold_out\",\"closed_s\":86400",
     PUT_UP("86400"), 2},
    /* No time that a sign can hang for. */
    {"\"outcome\":\"sold_out\",\"closed\":\"sold_out\",\"closed_s\":0",
     PUT_UP("10"), 2},
    {"\"outcome\":\"sold_out\",\"closed\":\"sold_out\",\"closed_s\":-5",
     PUT_UP("10"), 2},
    {"\"outcome\":\"sold_out\",\"closed\":\"sold_out\",\"closed_s\":86401",
     PUT_UP("10"), 2},
    {"\"outcome\":\"sold_out\",\"closed\":\"sold_out\",\"closed_s\":\"60\"",
     PUT_UP("10"), 2},
    {"\"outcome\":\"sold_out\",\"closed\":\"sold_out\",\"closed_s\":null",
     PUT_UP("10"), 2},
    {"\"outcome\":\"sold\",\"opened\":true", ",[\"DEL\",\"closed:product:1\"]]",
     2},
    {"\"outcome\":\"sold\",\"opened\":false", NULL, 1},
    {"\"outcome\":\"sold\",\"opened\":\"true\"", NULL, 1},
    {"\"outcome\":\"unknown_product\",\"forget\":true",
     ",[\"DEL\",\"fence:product:1\"]]", 2},
    {"\"outcome\":\"unknown_product\",\"forget\":1", NULL, 1},
    {"\"outcome\":\"unknown_product\",\"closed\":\"unknown_product\","
     "\"forget\":true",
     ",[\"SET\",\"closed:product:1\",\"unknown_product\",\"EX\",10],"
     "[\"DEL\",\"fence:product:1\"]]",
     3},
    {"\"outcome\":\"sold\",\"closed\":null,\"closed_s\":null,"
     "\"opened\":null,\"forget\":null",
     NULL, 1},
};

/* Script the answer to a settlement of so many COMMANDS. */
static void script_release(int commands)
{
    static const char *const answers[] = {DONE, "[" DONE "," DONE "]",
                                          "[" DONE "," DONE "," DONE "]"};

    world_store(answers[commands - 1]);
}

Test(bouncer_sign, a_row_puts_it_up_and_takes_it_down_with_the_release)
{
    for (size_t i = 0; i < COUNT(news); i++) {
        char row[256];

        (void)snprintf(row, sizeof(row), "{%s}", news[i].members);
        world_open();
        world_store(WORLD_WON);
        world_row(row);
        script_release(news[i].count);
        world_buy();
        if (news[i].commands)
            cr_expect(strstr(world.store.requests[1].body, news[i].commands),
                      "%s: %s", row, world.store.requests[1].body);
        cr_expect(captured_log_has(&world.log, "\"lock\":\"released\""), "%s",
                  row);
        cr_expect(!captured_log_has(&world.log, "\"level\":\"warn\",\"event\":"
                                                "\"sign_not_declared\""),
                  "%s", row);
        world_close();
    }
}

Test(bouncer_sign, a_sign_that_the_store_rejects_is_told)
{
    world_open();
    world_store(WORLD_WON);
    world_row("{\"outcome\":\"sold_out\",\"closed\":\"sold_out\"}");
    world_store("[" DONE ",{\"error\":\"NOPERM No permissions to "
                "access a key\"}]");
    world_buy();
    cr_expect_eq(world.res.status, 410);
    cr_expect(captured_log_has(&world.log, "\"event\":\"not_settled\""));
    cr_expect(captured_log_has(&world.log,
                               "sign: command unauthorized: the store says: "
                               "NOPERM"));
    cr_expect(captured_log_has(&world.log, "\"lock\":\"released\""));
    cr_expect(!captured_log_has(&world.log, "\"not_released\""));
    world_close();
}

Test(bouncer_sign, a_marker_that_stays_behind_is_told)
{
    world_open();
    world_store(WORLD_BUSY_MARKED);
    fake_transport_answer(&world.store, 401, "");
    world_header("Idempotency-Key", "key-1");
    world_buy();
    cr_expect_eq(world.res.status, 409);
    cr_expect(captured_log_has(&world.log, "\"event\":\"not_settled\""));
    cr_expect(captured_log_has(&world.log, "settlement: unauthorized"));
    cr_expect(!captured_log_has(&world.log, "key-1"));
    world_close();
}

Test(bouncer_sign, an_invented_id_leaves_neither_counter_nor_marker)
{
    world_open();
    world_store(WORLD_WON_MARKED);
    world_row("{\"outcome\":\"unknown_product\",\"forget\":true}");
    world_store("[" DONE "," DONE "," DONE "]");
    world_header("Idempotency-Key", "key-1");
    world_buy();
    cr_expect_eq(world.res.status, 404);
    cr_expect(strstr(world.store.requests[1].body,
                     "[\"DELEX\",\"key:purchase:key-1\","));
    cr_expect(
        strstr(world.store.requests[1].body, "[\"DEL\",\"fence:product:1\"]"));
    world_close();
}

Test(bouncer_sign, the_sale_that_puts_it_up_is_the_last_one_to_ask)
{
    world_open();
    world_store(WORLD_WON);
    world_row("{\"outcome\":\"sold\",\"closed\":\"sold_out\"}");
    script_release(2);
    world_buy();
    cr_expect_eq(world.res.status, 201);
    world_buy();
    cr_expect_eq(world.res.status, 410);
    world_close();
}

/* Words that the operation does not declare as a failure. */
static const char *const undeclared[] = {
    "\"gone\"",
    "\"sold\"",
    "\"\"",
    "5",
    "true",
    "[\"sold_out\"]",
    "\"a_word_of_more_than_sixty_three_characters_which_no_outcome_ever_has\"",
};

Test(bouncer_sign, a_word_that_is_not_declared_is_no_sign_and_is_told_once)
{
    for (size_t i = 0; i < COUNT(undeclared); i++) {
        const char *first;
        char row[256];

        (void)snprintf(row, sizeof(row),
                       "{\"outcome\":\"sold_out\",\"closed\":%s}",
                       undeclared[i]);
        world_open();
        for (int round = 0; round < 2; round++) {
            world_store(WORLD_WON);
            world_row(row);
            script_release(1);
            world_buy();
            cr_expect_eq(world.res.status, 410);
        }
        first = strstr(world.log.text.data, "\"sign_not_declared\"");
        cr_assert(first, "%s", undeclared[i]);
        cr_expect(!strstr(first + 1, "\"sign_not_declared\""));
        world_close();
    }
}

/* What is not known to be the answer to this call is no news. */
Test(bouncer_sign, a_row_that_is_not_believed_puts_up_none)
{
    static const char *const rows[] = {
        "{\"outcome\":\"something new\",\"closed\":\"sold_out\"}",
        "{\"outcome\":\"sold_out\",\"closed\":\"sold_out\",\"fence\":6}",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        world_open();
        world_store(WORLD_WON);
        world_row(rows[i]);
        world_store(WORLD_MARKED);
        world_buy();
        cr_expect_eq(world.res.status, 504);
        world_close();
    }
}

/* ---- permits ---- */

Test(bouncer_sign, a_permit_is_called_by_its_name)
{
    char lock[LOCK_PERMIT_NAME_MAX + 32];

    world_open();
    world_operations(SEATS);
    do {
        lock_memory_refuse(&world.locks.memory, "row:5",
                           clock_boottime_ms(&world.clock.clock));
        world_store("{\"result\":[null,null]}");
        world_store(WORLD_WON);
        world_row("{\"outcome\":\"given\"}");
        script_release(1);
        world_post("/api/seat", "{\"row\":5}");
        cr_expect_eq(world.res.status, 201);
    } while (!strchr(world.guarded.lock.name, '#') &&
             world.store.request_count < FAKE_TRANSPORT_STEPS_MAX - 3);
    cr_assert(strchr(world.guarded.lock.name, '#'));
    (void)snprintf(lock, sizeof(lock), "\"7\",\"%s\"]",
                   world.guarded.lock.name);
    cr_expect(
        strstr(world.database_api.requests[world.database_api.request_count - 1]
                   .body,
               lock),
        "%s", lock);
    (void)snprintf(lock, sizeof(lock), "\"lock_name\":\"%s\"",
                   world.guarded.lock.name);
    cr_expect(captured_log_has(&world.log, lock));
    world_close();
}
