/* What the log tells of a request, and what it never does. */
#include <criterion/criterion.h>
#include <string.h>

#include "guard/bouncer.h"
#include "world.h"

#define ALICE "{\"product_id\":1,\"buyer\":\"alice\"}"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

Test(bouncer_log, each_request_is_one_line_without_its_body)
{
    static const char *const words[] = {
        "\"event\":\"request\"", "\"request_id\":\"request-1\"",
        "\"method\":\"POST\"",   "\"route\":\"/api/purchase\"",
        "\"status\":201",        "\"outcome\":\"sold\"",
        "\"fence\":7",           "\"lock_name\":\"product:1\"",
        "\"lock\":\"released\"", "\"about\":{\"product_id\":1,\"order_id\":1},",
    };
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON_MARKED);
    world_row(&w, "{\"outcome\":\"sold\",\"order_id\":1,"
                  "\"key\":\"key-of-alice\",\"fence\":7}");
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    world_header(&w, "idempotency-key", "key-of-alice");
    world_post(&w, "/api/purchase", ALICE);
    for (size_t i = 0; i < COUNT(words); i++)
        cr_expect(captured_log_has(&w.log, words[i]), "%s", words[i]);
    cr_expect(!captured_log_has(&w.log, "alice"));
    cr_expect_eq(strchr(w.log.text.data, '\n'),
                 w.log.text.data + w.log.text.len - 1);
    world_close(&w);
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
        struct world w;

        world_open(&w);
        world_operations(&w, OWN);
        world_row(&w, abouts[i].row);
        w.request.query = slice_of(abouts[i].query);
        world_serve(&w, "GET", "/own", NULL);
        cr_expect_eq(w.res.status, 200, "%zu: %d", i, w.res.status);
        cr_expect(captured_log_has(&w.log, abouts[i].about), "%zu: %s", i,
                  w.log.text.data);
        cr_expect(!captured_log_has(&w.log, "alice"));
        world_close(&w);
    }
}

Test(bouncer_log, of_what_was_not_read_nothing_is_told)
{
    struct world w;

    world_open(&w);
    world_post(&w, "/api/purchase", "{\"product_id\":1}");
    cr_expect_eq(w.res.status, 400);
    world_serve(&w, "GET", "/api/live", NULL);
    cr_expect(!captured_log_has(&w.log, "\"about\""));
    world_close(&w);
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
        struct world w;

        world_open(&w);
        fake_transport_answer(&w.store, 200, WORLD_WON);
        world_row(&w, outcomes[i].row);
        fake_transport_answer(&w.store, 200,
                              outcomes[i].kept ? WORLD_MARKED : WORLD_RELEASED);
        world_post(&w, "/api/purchase", ALICE);
        cr_expect(captured_log_has(&w.log, outcomes[i].outcome), "%s",
                  w.log.text.data);
        world_close(&w);
    }
}

Test(bouncer_log, somebody_elses_order_is_not_told_as_this_requests)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_WON);
    world_row(&w, "{\"outcome\":\"sold\",\"order_id\":4711,"
                  "\"key\":\"key-of-bob\"}");
    fake_transport_answer(&w.store, 200, WORLD_MARKED);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect_eq(w.res.status, 504);
    cr_expect(!captured_log_has(&w.log, "4711"));
    world_close(&w);
}

Test(bouncer_log, a_refusal_names_the_lock_but_says_nothing_of_its_fate)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, WORLD_BUSY);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect(captured_log_has(&w.log, "\"outcome\":\"busy\""));
    cr_expect(captured_log_has(&w.log, "\"lock_name\":\"product:1\""));
    cr_expect(!captured_log_has(&w.log, "\"lock\":"));
    world_serve(&w, "GET", "/api/live", NULL);
    cr_expect_eq(strstr(strstr(w.log.text.data, "/api/live"), "lock_name"),
                 NULL);
    world_close(&w);
}

Test(bouncer_log, a_404_names_method_and_path_shortened_and_cleaned)
{
    static char path[500];
    struct world w;

    memset(path, 'p', sizeof(path) - 1);
    memcpy(path, "/a\n\x1b\xc3\xa4", 6);
    world_open(&w);
    world_serve(&w, "BREW-A-LOT-OF-COFFEE", path, NULL);
    cr_expect_eq(w.res.status, 404);
    cr_expect(captured_log_has(&w.log, "\"method\":\"BREW-A-LOT-OF-CO\""));
    cr_expect(captured_log_has(&w.log, "\"path\":\"/a????ppp"));
    cr_expect(!captured_log_has(&w.log, path + sizeof(path) - 100));
    world_serve(&w, "POST", "/api/live", NULL);
    cr_expect(captured_log_has(&w.log, "\"path\":\"/api/live\""));
    world_close(&w);
}

Test(bouncer_log, a_foreign_value_is_told_once_and_by_name)
{
    struct world w;
    const char *first;

    world_open(&w);
    for (int i = 0; i < 3; i++) {
        fake_transport_answer(&w.store, 200,
                              i == 0 ? WORLD_BUSY : WORLD_LOOK_BUSY);
        world_post(&w, "/api/purchase", ALICE);
        cr_expect_eq(w.res.status, 409);
    }
    first = strstr(w.log.text.data, "\"foreign_value\"");
    cr_assert(first);
    cr_expect(strstr(first, "lock:product:1 holds"));
    cr_expect(!strstr(first + 1, "\"foreign_value\""));
    cr_expect(!captured_log_has(&w.log, "somebody else"));
    world_close(&w);
}

Test(bouncer_log, an_unfenced_name_is_looked_at_after_the_answer)
{
    struct world w;

    world_open(&w);
    fake_transport_answer(&w.store, 200, "{\"result\":null}");
    world_post(&w, "/api/username", "{\"username\":\"ada\",\"user\":\"u\"}");
    fake_clock_advance(&w.clock, 20000);
    fake_transport_answer(&w.store, 200, "{\"result\":null}");
    fake_transport_answer(&w.store, 200, "{\"error\":\"WRONGTYPE no\"}");
    world_post(&w, "/api/username", "{\"username\":\"ada\",\"user\":\"u\"}");
    cr_expect_eq(w.res.status, 409);
    cr_expect_str_eq(w.store.requests[2].body,
                     "[\"GET\",\"lock:username:ada\"]");
    cr_expect(captured_log_has(&w.log, "lock:username:ada holds"));
    world_close(&w);
}

Test(bouncer_log, it_tells_how_long_the_answer_took)
{
    struct world w;

    world_open(&w);
    w.invocation.received_us = 1000;
    w.invocation.answered_us = 8500;
    fake_transport_answer(&w.store, 200, WORLD_BUSY);
    world_post(&w, "/api/purchase", ALICE);
    cr_expect(captured_log_has(&w.log, "\"duration_us\":7500,"));
    world_close(&w);
}
