/* A name that is closed: who puts up the sign, and what its readers hear. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define ALICE "{\"product_id\":1,\"buyer\":\"alice\"}"
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
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, CLOSED_TRY);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 410);
    cr_expect_str_eq(
        w.res.body.data,
        "{\"type\":\"urn:bouncer:problem:sold-out\","
        "\"title\":\"Sold out\",\"status\":410,"
        "\"detail\":\"None is left. Trying again does not help.\"}");
    cr_expect(!message_response_header(&w.res, "retry-after"));
    cr_expect(captured_log_has(&w.log, "\"status\":410,"
                                       "\"outcome\":\"sold_out\""));
    cr_expect(!captured_log_has(&w.log, "\"lock\":"));
    world_close(&w);
}

Test(bouncer_sign, its_problem_has_the_operations_title_and_detail)
{
    struct world w;

    world_open(&w);
    world_operations(&w, SEATS);
    fake_transport_answer(&w.store, 200,
                          "[{\"result\":null},{\"result\":8},"
                          "{\"result\":[null,\"full\"]}]");
    world_post(&w, "/api/seat", "{\"row\":5}");
    cr_expect_str_eq(w.res.body.data,
                     "{\"type\":\"urn:bouncer:problem:full\","
                     "\"title\":\"The row is full\",\"status\":409,"
                     "\"detail\":\"Choose another.\"}");
    world_close(&w);
}

Test(bouncer_sign, a_warm_instance_answers_by_itself_and_looks_for_a_key)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, CLOSED_TRY);
    world_post(&w, "/api/purchase", ALICE);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 410);
    cr_expect_eq(w.store.request_count, 1U);
    fake_transport_answer(&w.store, 200, CLOSED_LOOK);
    world_header(&w, "Idempotency-Key", "key-1");
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 410);
    cr_expect_str_eq(w.store.requests[1].body,
                     "[\"MGET\",\"lock:product:1\",\"closed:product:1\","
                     "\"key:purchase:key-1\"]");
    world_close(&w);
}

Test(bouncer_sign, who_wins_under_it_gives_the_lock_back)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200,
                          "[{\"result\":\"OK\"},{\"result\":7},"
                          "{\"result\":[\"$TOKEN\",\"sold_out\"]}]");
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 410);
    cr_expect(captured_log_has(&w.log, "\"lock\":\"released\""));
    cr_expect(strstr(w.store.requests[1].body, "[\"DELEX\",\"lock:product:1"));
    world_close(&w);
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
static void script_release(struct world *w, int commands)
{
    static const char *const answers[] = {DONE, "[" DONE "," DONE "]",
                                          "[" DONE "," DONE "," DONE "]"};

    fake_transport_answer(&w->store, 200, answers[commands - 1]);
}

Test(bouncer_sign, a_row_puts_it_up_and_takes_it_down_with_the_release)
{
    for (size_t i = 0; i < COUNT(news); i++) {
        struct world w;
        char row[256];

        (void)snprintf(row, sizeof(row), "{%s}", news[i].members);
        world_open(&w);
        fake_transport_answer(&w.store, 200, WORLD_WON);
        world_row(&w, row);
        script_release(&w, news[i].count);
        world_post(&w, "/api/purchase", ALICE);
        if (news[i].commands)
            cr_expect(strstr(w.store.requests[1].body, news[i].commands),
                      "%s: %s", row, w.store.requests[1].body);
        cr_expect(captured_log_has(&w.log, "\"lock\":\"released\""), "%s", row);
        cr_expect(!captured_log_has(&w.log, "\"level\":\"warn\",\"event\":"
                                            "\"sign_not_declared\""),
                  "%s", row);
        world_close(&w);
    }
}

Test(bouncer_sign, a_sign_that_the_store_rejects_is_told)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON);
    world_row(&w, "{\"outcome\":\"sold_out\",\"closed\":\"sold_out\"}");
    fake_transport_answer(&w.store, 200,
                          "[" DONE ",{\"error\":\"NOPERM No permissions to "
                          "access a key\"}]");
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 410);
    cr_expect(captured_log_has(&w.log, "\"event\":\"not_settled\""));
    cr_expect(captured_log_has(&w.log,
                               "sign: command unauthorized: the store says: "
                               "NOPERM"));
    cr_expect(captured_log_has(&w.log, "\"lock\":\"released\""));
    cr_expect(!captured_log_has(&w.log, "\"not_released\""));
    world_close(&w);
}

Test(bouncer_sign, a_marker_that_stays_behind_is_told)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_BUSY_MARKED);
    fake_transport_answer(&w.store, 401, "");
    world_header(&w, "Idempotency-Key", "key-1");
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 409);
    cr_expect(captured_log_has(&w.log, "\"event\":\"not_settled\""));
    cr_expect(captured_log_has(&w.log, "settlement: unauthorized"));
    cr_expect(!captured_log_has(&w.log, "key-1"));
    world_close(&w);
}

Test(bouncer_sign, an_invented_id_leaves_neither_counter_nor_marker)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON_MARKED);
    world_row(&w, "{\"outcome\":\"unknown_product\",\"forget\":true}");
    fake_transport_answer(&w.store, 200, "[" DONE "," DONE "," DONE "]");
    world_header(&w, "Idempotency-Key", "key-1");
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 404);
    cr_expect(
        strstr(w.store.requests[1].body, "[\"DELEX\",\"key:purchase:key-1\","));
    cr_expect(
        strstr(w.store.requests[1].body, "[\"DEL\",\"fence:product:1\"]"));
    world_close(&w);
}

Test(bouncer_sign, the_sale_that_puts_it_up_is_the_last_one_to_ask)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON);
    world_row(&w, "{\"outcome\":\"sold\",\"closed\":\"sold_out\"}");
    script_release(&w, 2);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 201);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 410);
    world_close(&w);
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
        struct world w;
        const char *first;
        char row[256];

        (void)snprintf(row, sizeof(row),
                       "{\"outcome\":\"sold_out\",\"closed\":%s}",
                       undeclared[i]);
        world_open(&w);
        for (int round = 0; round < 2; round++) {
            fake_transport_answer(&w.store, 200, WORLD_WON);
            world_row(&w, row);
            script_release(&w, 1);
            world_post(&w, "/api/purchase", ALICE);
            cr_expect_eq(w.res.status, 410);
        }
        first = strstr(w.log.text.data, "\"sign_not_declared\"");
        cr_assert(first, "%s", undeclared[i]);
        cr_expect(!strstr(first + 1, "\"sign_not_declared\""));
        world_close(&w);
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
        struct world w;

        world_open(&w);
        fake_transport_answer(&w.store, 200, WORLD_WON);
        world_row(&w, rows[i]);
        fake_transport_answer(&w.store, 200, WORLD_MARKED);
        world_post(&w, "/api/purchase", ALICE);
        cr_expect_eq(w.res.status, 504);
        world_close(&w);
    }
}

/* ---- permits ---- */

Test(bouncer_sign, a_permit_is_called_by_its_name)
{
    struct world w;
    char lock[LOCK_PERMIT_NAME_MAX + 32];

    world_open(&w);
    world_operations(&w, SEATS);
    do {
        lock_memory_refuse(&w.locks.memory, "row:5",
                           clock_boottime_ms(&w.clock.clock));
        fake_transport_answer(&w.store, 200, "{\"result\":[null,null]}");
        fake_transport_answer(&w.store, 200, WORLD_WON);
        world_row(&w, "{\"outcome\":\"given\"}");
        script_release(&w, 1);
        world_post(&w, "/api/seat", "{\"row\":5}");
        cr_expect_eq(w.res.status, 201);
    } while (!strchr(w.guarded.lock.name, '#') &&
             w.store.request_count < FAKE_TRANSPORT_STEPS_MAX - 3);
    cr_assert(strchr(w.guarded.lock.name, '#'));
    (void)snprintf(lock, sizeof(lock), "\"7\",\"%s\"]", w.guarded.lock.name);
    cr_expect(
        strstr(w.database_api.requests[w.database_api.request_count - 1].body,
               lock),
        "%s", lock);
    (void)snprintf(lock, sizeof(lock), "\"lock_name\":\"%s\"",
                   w.guarded.lock.name);
    cr_expect(captured_log_has(&w.log, lock));
    world_close(&w);
}
