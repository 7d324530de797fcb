/* Whose answer it is, and what of it the client gets. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "world.h"

#define WISH "{\"product_id\":12,\"quantity\":3,\"buyer\":\"alice\"}"
#define NAME "{\"username\":\"ada\",\"user\":\"u1\"}"
#define WON "{\"result\":\"OK\"}"
#define RELEASED_UNMARKED "[" WORLD_RELEASED "," WORLD_RELEASED "]"

/* Buy with key-1 under fence 7, and let the database answer ROW. */
static void buy(const char *row, bool believed)
{
    world_open();
    world_store(WORLD_WON_MARKED);
    world_row(row);
    if (believed)
        world_store(strstr(row, "sold_out") ? RELEASED_UNMARKED
                                            : WORLD_RELEASED);
    world_header("Idempotency-Key", "key-1");
    world_post("/api/purchase", WISH);
}

static void reserve(const char *row, bool believed)
{
    world_open();
    world_store(WON);
    world_row(row);
    if (believed)
        world_store(WORLD_RELEASED);
    world_post("/api/username", NAME);
}

static const struct {
    const char *members;
    const char *foreign; /* NULL: it is believed */
} purchases[] = {
    {"\"outcome\":\"sold\",\"order_id\":1,\"key\":\"key-1\",\"fence\":7", NULL},
    {"\"outcome\":\"sold\",\"order_id\":1,\"key\":\"key-1\",\"fence\":7,"
     "\"product_id\":12,\"quantity\":3,\"buyer\":\"alice\"",
     NULL},
    {"\"outcome\":\"sold\",\"order_id\":1,\"key\":\"key-2\",\"fence\":7",
     "key"},
    {"\"outcome\":\"sold\",\"order_id\":1,\"key\":\"key-1\",\"fence\":6",
     "fence"},
    {"\"outcome\":\"sold\",\"order_id\":1,\"key\":null,\"fence\":7", "key"},
    {"\"outcome\":\"sold\",\"order_id\":1,\"key\":1,\"fence\":7", "key"},
    {"\"outcome\":\"sold\",\"order_id\":1,\"key\":\"key-1\",\"fence\":\"7\"",
     "fence"},
    {"\"outcome\":\"sold\",\"order_id\":1,\"product_id\":13", "product_id"},
    {"\"outcome\":\"sold\",\"order_id\":1,\"quantity\":2", "quantity"},
    {"\"outcome\":\"sold\",\"order_id\":1,\"buyer\":\"bob\"", "buyer"},
    {"\"outcome\":\"sold\",\"order_id\":1,\"lock\":\"product:1\"", "lock"},
    {"\"outcome\":\"replayed\",\"order_id\":1,\"key\":\"key-2\"", "key"},
    {"\"outcome\":\"sold_out\",\"left\":0,\"key\":\"key-2\"", "key"},
    {"\"outcome\":\"stale\",\"highest_fence\":900,\"key\":\"key-2\"", "key"},
    {"\"outcome\":\"key_reused\",\"key\":\"key-2\"", "key"},
    /* What is no object of the function's. */
    {"", "outcome"},
    {"\"outcome\":5", "outcome"},
};

Test(bouncer_answers, somebody_elses_answer_is_maybe_done)
{
    for (size_t i = 0; i < COUNT(purchases); i++) {
        const char *foreign = purchases[i].foreign;
        char row[512];
        char words[64];

        (void)snprintf(row, sizeof(row), "{%s}", purchases[i].members);
        (void)snprintf(words, sizeof(words), "answer's \\\"%s\\\"",
                       foreign ? foreign : "");
        buy(row, !foreign);
        cr_expect_eq(world.res.status, foreign ? 504 : 201, "%s: %d", row,
                     world.res.status);
        cr_expect_eq(captured_log_has(&world.log, "\"answer_not_ours\""),
                     foreign != NULL, "%s", row);
        if (foreign)
            cr_expect(captured_log_has(&world.log, words), "%s: %s", row,
                      world.log.text.data);
        cr_expect(!captured_log_has(&world.log, "key-2"));
        cr_expect(captured_log_has(&world.log, foreign
                                                   ? "\"lock\":\"kept\""
                                                   : "\"lock\":\"released\""));
        world_close();
    }
}

static const struct {
    const char *row;
    const char *foreign;
} reservations[] = {
    {"{\"outcome\":\"reserved\",\"username\":\"ada\",\"user\":\"u1\"}", NULL},
    {"{\"outcome\":\"reserved\"}", NULL},
    {"{\"outcome\":\"reserved\",\"key\":null,\"fence\":null}", NULL},
    {"{\"outcome\":\"reserved\",\"username\":\"bob\",\"user\":\"u1\"}",
     "username"},
    {"{\"outcome\":\"reserved\",\"username\":\"ada\",\"user\":\"u2\"}", "user"},
    /* Another function's: an order that was sold before. */
    {"{\"outcome\":\"replayed\",\"order_id\":1,\"key\":\"k\"}", "key"},
    {"{\"outcome\":\"replayed\",\"order_id\":1,\"fence\":7}", "fence"},
};

Test(bouncer_answers, a_key_or_a_fence_that_the_call_had_not_is_foreign)
{
    for (size_t i = 0; i < COUNT(reservations); i++) {
        const char *foreign = reservations[i].foreign;

        reserve(reservations[i].row, !foreign);
        cr_expect_eq(world.res.status, foreign ? 504 : 201, "%s: %d",
                     reservations[i].row, world.res.status);
        world_close();
    }
}

Test(bouncer_answers, a_function_that_gives_nothing_back_is_told_once)
{
    buy("{\"outcome\":\"sold\",\"order_id\":1,\"key\":\"key-1\"}", true);
    cr_expect_eq(world.res.status, 201);
    cr_expect(captured_log_has(&world.log, "\"answer_unproven\""));
    cr_expect(captured_log_has(&world.log, "the SQL function purchase"));
    buffer_clear(&world.log.text);
    world_store(WORLD_WON);
    world_row("{\"outcome\":\"sold\",\"order_id\":2}");
    world_store(WORLD_RELEASED);
    world_post("/api/purchase", WISH);
    cr_expect(!captured_log_has(&world.log, "\"answer_unproven\""));
    world_close();
}

Test(bouncer_answers, what_is_for_the_bouncer_is_not_for_the_client)
{
    static const char *const rows[] = {
        "{\"outcome\":\"sold\",\"order_id\":1,\"left\":5,\"key\":\"key-1\","
        "\"fence\":7}",
        "{\"outcome\":\"sold_out\",\"left\":0,\"key\":\"key-1\",\"fence\":7}",
        "{\"outcome\":\"stale\",\"highest_fence\":7,\"key\":\"key-1\","
        "\"fence\":7}",
    };
    static const char *const reserved[] = {
        "\"outcome\"",
        "\"key\"",
        "\"fence\"",
        "\"highest_fence\"",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        buy(rows[i], true);
        for (size_t j = 0; j < COUNT(reserved); j++)
            cr_expect(!world_said(reserved[j]), "%s", world.res.body.data);
        world_close();
    }
}

/* ---- what the row says is what the client gets ---- */

#define PLACE                                                                  \
    "{\"operations\":[{\"method\":\"POST\",\"path\":\"/api/place\","           \
    "\"input\":{\"properties\":{\"window\":{\"type\":\"boolean\"},"            \
    "\"row\":{\"type\":\"integer\"},\"note\":{\"type\":\"string\"}}},"         \
    "\"call\":\"place\",\"outcomes\":{\"given\":{\"status\":202},"             \
    "\"not_there\":{\"status\":409,\"detail\":\"Choose another.\"}}}]}"

/* Ask for a place with INPUT, and let the database answer ROW. */
static void ask(const char *input, const char *row)
{
    world_open();
    world_operations(PLACE);
    world_row(row);
    world_post("/api/place", input);
}

static const struct {
    const char *row;
    int status;
    const char *body;
} rows[] = {
    {"{\"outcome\":\"given\",\"a\":1,\"b\":[true,{\"c\":null}],\"title\":"
     "\"d\"}",
     202, "{\"a\":1,\"b\":[true,{\"c\":null}],\"title\":\"d\"}"},
    {"{\"outcome\":\"given\",\"closed\":\"x\",\"closed_s\":1,\"opened\":true,"
     "\"forget\":true}",
     202, "{}"},
    {"{\"outcome\":\"not_there\",\"free\":[2,3]}", 409,
     "{\"free\":[2,3],\"type\":\"urn:bouncer:problem:not-there\","
     "\"title\":\"Conflict\",\"status\":409,\"detail\":\"Choose another.\"}"},
    /* The row's detail wins; what a problem document has itself does not. */
    {"{\"outcome\":\"not_there\",\"detail\":\"Taken.\",\"type\":\"t\","
     "\"title\":\"t\",\"status\":200,\"instance\":\"i\"}",
     409,
     "{\"detail\":\"Taken.\",\"type\":\"urn:bouncer:problem:not-there\","
     "\"title\":\"Conflict\",\"status\":409}"},
    {"{\"outcome\":\"not_there\",\"detail\":5}", 409,
     "{\"type\":\"urn:bouncer:problem:not-there\",\"title\":\"Conflict\","
     "\"status\":409,\"detail\":\"Choose another.\"}"},
};

Test(bouncer_answers, the_client_gets_what_the_row_says)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        ask("{}", rows[i].row);
        cr_expect_eq(world.res.status, rows[i].status, "%s", rows[i].row);
        cr_expect_str_eq(world.res.body.data, rows[i].body);
        world_close();
    }
}

static const struct {
    const char *input;
    const char *arguments; /* as the database gets them */
    const char *row;
    int status;
} inputs[] = {
    {"{}", "[null,null,null]", "{\"outcome\":\"given\",\"note\":null}", 202},
    {"{\"window\":true,\"row\":-3,\"note\":\"\"}", "[\"true\",\"-3\",\"\"]",
     "{\"outcome\":\"given\",\"window\":true,\"row\":-3,\"note\":\"\"}", 202},
    {"{\"window\":false}", "[\"false\",null,null]",
     "{\"outcome\":\"given\",\"window\":false}", 202},
    {"{\"window\":false}", "[\"false\",null,null]",
     "{\"outcome\":\"given\",\"window\":true}", 504},
    {"{\"window\":false}", "[\"false\",null,null]",
     "{\"outcome\":\"given\",\"window\":0}", 504},
    {"{}", "[null,null,null]", "{\"outcome\":\"given\",\"row\":0}", 504},
};

Test(bouncer_answers, an_input_reaches_the_database_by_its_type)
{
    for (size_t i = 0; i < COUNT(inputs); i++) {
        ask(inputs[i].input, inputs[i].row);
        cr_expect_eq(world.res.status, inputs[i].status, "%zu: %d", i,
                     world.res.status);
        cr_expect(
            strstr(world.database_api.requests[0].body, inputs[i].arguments),
            "%s", world.database_api.requests[0].body);
        world_close();
    }
}
