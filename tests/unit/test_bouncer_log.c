/* What the log tells of a request, and what it never does. */
#include <criterion/criterion.h>
#include <string.h>

#include "count.h"
#include "guard/bouncer.h"
#include "world.h"

Test(bouncer_log, each_request_is_one_line_without_its_body)
{
    static const char *const words[] = {
        "\"event\":\"request\"", "\"request_id\":\"request-1\"",
        "\"method\":\"POST\"",   "\"route\":\"/api/purchase\"",
        "\"status\":201",        "\"outcome\":\"sold\"",
        "\"fence\":7",           "\"lock_name\":\"product:1\"",
        "\"lock\":\"released\"", "\"about\":{\"product_id\":1,\"order_id\":1},",
    };

    world_open();
    world_store(WORLD_WON_MARKED);
    world_row("{\"outcome\":\"sold\",\"order_id\":1,"
              "\"key\":\"key-of-alice\",\"fence\":7}");
    world_store(WORLD_RELEASED);
    world_header("idempotency-key", "key-of-alice");
    world_buy();
    for (size_t i = 0; i < COUNT(words); i++)
        cr_expect(captured_log_has(&world.log, words[i]), "%s", words[i]);
    cr_expect(!captured_log_has(&world.log, "alice"));
    cr_expect_eq(strchr(world.log.text.data, '\n'),
                 world.log.text.data + world.log.text.len - 1);
    world_close();
}

#define OWN                                                                    \
    "{\"operations\":[{\"method\":\"GET\",\"path\":\"/own\",\"input\":{"       \
    "\"properties\":{\"seat\":{\"type\":\"string\"},"                          \
    "\"row\":{\"type\":\"integer\"},\"quick\":{\"type\":\"boolean\"},"         \
    "\"level\":{\"type\":\"integer\",\"default\":2},"                          \
    "\"buyer\":{\"type\":\"string\"}}},\"log\":[\"seat\",\"row\",\"quick\","   \
    "\"level\",\"order_id\",\"state\",\"paid\",\"price\"],"                    \
    "\"call\":\"f\",\"outcomes\":{\"ok\":{\"status\":200}}}]}"
#define SIXTY_FOUR                                                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What is asked for, what the row says, and what the log says of it. */
static const struct {
    const char *query, *row, *about;
} abouts[] = {
    {"seat=A1&row=-3&quick=true&buyer=alice", "{\"outcome\":\"ok\"}",
     "\"about\":{\"seat\":\"A1\",\"row\":-3,\"quick\":true,\"level\":2},"},
    {"quick=false&level=7&buyer=alice",
     "{\"outcome\":\"ok\",\"level\":7,\"order_id\":12,\"state\":\"held\","
     "\"paid\":false,\"price\":1.5,\"buyer\":\"alice\"}",
     "\"about\":{\"quick\":false,\"level\":7,\"order_id\":12,\"state\":"
     "\"held\",\"paid\":false},"},
    {"seat=%C3%BC%22", "{\"outcome\":\"ok\",\"state\":\"a\\u009bb\"}",
     "\"about\":{\"seat\":\"??\\\"\",\"level\":2,\"state\":\"a??b\"},"},
    {"seat=" SIXTY_FOUR "x", "{\"outcome\":\"ok\"}",
     "\"about\":{\"seat\":\"" SIXTY_FOUR "\",\"level\":2},"},
};

Test(bouncer_log, what_it_was_about_is_what_the_operation_names)
{
    for (size_t i = 0; i < COUNT(abouts); i++) {
        world_open();
        world_operations(OWN);
        world_row(abouts[i].row);
        world.request.query = slice_of(abouts[i].query);
        world_serve("GET", "/own", NULL);
        cr_expect_eq(world.res.status, 200, "%zu: %d", i, world.res.status);
        cr_expect(captured_log_has(&world.log, abouts[i].about), "%zu: %s", i,
                  world.log.text.data);
        cr_expect(!captured_log_has(&world.log, "alice"));
        world_close();
    }
}

Test(bouncer_log, of_what_was_not_read_nothing_is_told)
{
    world_open();
    world_post("/api/purchase", "{\"product_id\":1}");
    cr_expect_eq(world.res.status, 400);
    world_serve("GET", "/api/live", NULL);
    cr_expect(!captured_log_has(&world.log, "\"about\""));
    world_close();
}

static const struct {
    const char *row;
    const char *outcome;
    bool kept;
} outcomes[] = {
    {"{\"outcome\":\"sold\",\"order_id\":1}", "\"outcome\":\"sold\"", false},
    {"{\"outcome\":\"sold_out\"}", "\"outcome\":\"sold_out\"", false},
    {"{\"outcome\":\"replayed\",\"order_id\":5}", "\"order_id\":5", false},
    {"{\"outcome\":\"key_reused\"}", "\"outcome\":\"key_reused\"", false},
    {"{\"outcome\":\"something new\"}", "\"outcome\":\"database_unknown\"",
     true},
    {"{}", "\"outcome\":\"database_unknown\"", true},
};

Test(bouncer_log, the_outcome_is_the_operations)
{
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        world_open();
        world_store(WORLD_WON);
        world_row(outcomes[i].row);
        world_store(outcomes[i].kept ? WORLD_MARKED : WORLD_RELEASED);
        world_buy();
        cr_expect(captured_log_has(&world.log, outcomes[i].outcome), "%s",
                  world.log.text.data);
        world_close();
    }
}

Test(bouncer_log, somebody_elses_order_is_not_told_as_this_requests)
{
    world_open();
    world_store(WORLD_WON);
    world_row("{\"outcome\":\"sold\",\"order_id\":4711,"
              "\"key\":\"key-of-bob\"}");
    world_store(WORLD_MARKED);
    world_buy();
    cr_expect_eq(world.res.status, 504);
    cr_expect(!captured_log_has(&world.log, "4711"));
    world_close();
}

Test(bouncer_log, a_refusal_names_the_lock_but_says_nothing_of_its_fate)
{
    world_open();
    world_store(WORLD_BUSY);
    world_buy();
    cr_expect(captured_log_has(&world.log, "\"outcome\":\"busy\""));
    cr_expect(captured_log_has(&world.log, "\"lock_name\":\"product:1\""));
    cr_expect(!captured_log_has(&world.log, "\"lock\":"));
    world_serve("GET", "/api/live", NULL);
    cr_expect_eq(strstr(strstr(world.log.text.data, "/api/live"), "lock_name"),
                 NULL);
    world_close();
}

Test(bouncer_log, a_404_names_method_and_path_shortened_and_cleaned)
{
    static char path[500];

    memset(path, 'p', sizeof(path) - 1);
    memcpy(path, "/a\n\x1b\xc3\xa4", 6);
    world_open();
    world_serve("BREW-A-LOT-OF-COFFEE", path, NULL);
    cr_expect_eq(world.res.status, 404);
    cr_expect(captured_log_has(&world.log, "\"method\":\"BREW-A-LOT-OF-CO\""));
    cr_expect(captured_log_has(&world.log, "\"path\":\"/a????ppp"));
    cr_expect(!captured_log_has(&world.log, path + sizeof(path) - 100));
    world_serve("POST", "/api/live", NULL);
    cr_expect(captured_log_has(&world.log, "\"path\":\"/api/live\""));
    world_close();
}

Test(bouncer_log, a_foreign_value_is_told_once_and_by_name)
{
    const char *first;

    world_open();
    for (int i = 0; i < 3; i++) {
        world_store(i == 0 ? WORLD_BUSY : WORLD_LOOK_BUSY);
        world_buy();
        cr_expect_eq(world.res.status, 409);
    }
    first = strstr(world.log.text.data, "\"foreign_value\"");
    cr_assert(first);
    cr_expect(strstr(first, "lock:product:1 holds"));
    cr_expect(!strstr(first + 1, "\"foreign_value\""));
    cr_expect(!captured_log_has(&world.log, "somebody else"));
    world_close();
}

Test(bouncer_log, an_unfenced_name_is_looked_at_after_the_answer)
{
    world_open();
    world_store("{\"result\":null}");
    world_post("/api/username", "{\"username\":\"ada\",\"user\":\"u\"}");
    fake_clock_advance(&world.clock, 20000);
    world_store("{\"result\":null}");
    world_store("{\"error\":\"WRONGTYPE no\"}");
    world_post("/api/username", "{\"username\":\"ada\",\"user\":\"u\"}");
    cr_expect_eq(world.res.status, 409);
    cr_expect_str_eq(world.store.requests[2].body,
                     "[\"GET\",\"lock:username:ada\"]");
    cr_expect(captured_log_has(&world.log, "lock:username:ada holds"));
    world_close();
}

Test(bouncer_log, it_tells_how_long_the_answer_took)
{
    world_open();
    world.invocation.received_us = 1000;
    world.invocation.answered_us = 8500;
    world_store(WORLD_BUSY);
    world_buy();
    cr_expect(captured_log_has(&world.log, "\"duration_us\":7500,"));
    world_close();
}
