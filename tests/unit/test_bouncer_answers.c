/* Whose answer it is, and what of it the client gets. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define WISH "{\"product_id\":12,\"quantity\":3,\"buyer\":\"alice\"}"
#define NAME "{\"username\":\"ada\",\"user\":\"u1\"}"
#define WON "{\"result\":\"OK\"}"

/* Buy with key-1 under fence 7, and let the database answer ROW. */
static void buy(struct world *w, const char *row, bool believed)
{
    world_open(w);
    fake_transport_answer(&w->store, 200, WORLD_WON);
    world_row(w, row);
    if (believed)
        fake_transport_answer(&w->store, 200, WORLD_RELEASED);
    world_header(w, "Idempotency-Key", "key-1");
    world_post(w, "/api/purchase", WISH);
}

static void reserve(struct world *w, const char *row, bool believed)
{
    world_open(w);
    fake_transport_answer(&w->store, 200, WON);
    world_row(w, row);
    if (believed)
        fake_transport_answer(&w->store, 200, WORLD_RELEASED);
    world_post(w, "/api/username", NAME);
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
    {"\"outcome\":\"sold_out\",\"stock\":0,\"key\":\"key-2\"", "key"},
    {"\"outcome\":\"stale\",\"highest_fence\":900,\"key\":\"key-2\"", "key"},
    {"\"outcome\":\"key_reused\",\"key\":\"key-2\"", "key"},
    /* What is no object of the function's. */
    {"", "outcome"},
    {"\"outcome\":5", "outcome"},
    {"\"outcome\":\"sold\"", "order_id"},
    {"\"outcome\":\"sold\",\"order_id\":\"1\"", "order_id"},
    /* Another function's: a username that was reserved before. */
    {"\"outcome\":\"replayed\",\"username\":\"ada\",\"user\":\"u1\"",
     "order_id"},
};

Test(bouncer_answers, somebody_elses_answer_is_maybe_done)
{
    for (size_t i = 0; i < COUNT(purchases); i++) {
        const char *foreign = purchases[i].foreign;
        struct world w;
        char row[512];
        char words[64];

        (void)snprintf(row, sizeof(row), "{%s}", purchases[i].members);
        (void)snprintf(words, sizeof(words), "answer's \\\"%s\\\"",
                       foreign ? foreign : "");
        buy(&w, row, !foreign);
        cr_expect_eq(w.res.status, foreign ? 504 : 201, "%s: %d", row,
                     w.res.status);
        cr_expect_eq(captured_log_has(&w.log, "\"answer_not_ours\""),
                     foreign != NULL, "%s", row);
        if (foreign)
            cr_expect(captured_log_has(&w.log, words), "%s: %s", row,
                      w.log.text.data);
        cr_expect(!captured_log_has(&w.log, "key-2"));
        cr_expect(captured_log_has(&w.log, foreign ? "\"lock\":\"kept\""
                                                   : "\"lock\":\"released\""));
        world_close(&w);
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
        struct world w;

        reserve(&w, reservations[i].row, !foreign);
        cr_expect_eq(w.res.status, foreign ? 504 : 201, "%s: %d",
                     reservations[i].row, w.res.status);
        world_close(&w);
    }
}

Test(bouncer_answers, a_function_that_gives_nothing_back_is_told_once)
{
    struct world w;

    buy(&w, "{\"outcome\":\"sold\",\"order_id\":1,\"key\":\"key-1\"}", true);
    cr_expect_eq(w.res.status, 201);
    cr_expect(captured_log_has(&w.log, "\"answer_unproven\""));
    cr_expect(captured_log_has(&w.log, "the SQL function purchase"));
    buffer_clear(&w.log.text);
    fake_transport_answer(&w.store, 200, WORLD_WON);
    world_row(&w, "{\"outcome\":\"sold\",\"order_id\":2}");
    fake_transport_answer(&w.store, 200, WORLD_RELEASED);
    world_post(&w, "/api/purchase", WISH);
    cr_expect(!captured_log_has(&w.log, "\"answer_unproven\""));
    world_close(&w);
}

Test(bouncer_answers, what_is_for_the_bouncer_is_not_for_the_client)
{
    static const char *const rows[] = {
        "{\"outcome\":\"sold\",\"order_id\":1,\"stock\":5,\"key\":\"key-1\","
        "\"fence\":7}",
        "{\"outcome\":\"sold_out\",\"stock\":0,\"key\":\"key-1\",\"fence\":7}",
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
        struct world w;

        buy(&w, rows[i], true);
        for (size_t j = 0; j < COUNT(reserved); j++)
            cr_expect(!world_said(&w, reserved[j]), "%s", w.res.body.data);
        world_close(&w);
    }
}

/* ---- sold out ---- */

static const struct {
    const char *row;
    const char *words;
    bool final;
} refusals[] = {
    {"{\"outcome\":\"sold_out\",\"stock\":0}", "\"left\":0", true},
    {"{\"outcome\":\"sold_out\",\"stock\":2}", "\"left\":2", false},
    {"{\"outcome\":\"sold_out\"}", "Fewer are left", false},
};

Test(bouncer_answers, sold_out_says_how_many_are_left)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct world w;

        buy(&w, refusals[i].row, true);
        cr_expect_eq(w.res.status, 410);
        cr_expect(world_said(&w, refusals[i].words), "%s", w.res.body.data);
        cr_expect_eq(world_said(&w, "Trying again does not help"),
                     refusals[i].final, "%s", w.res.body.data);
        world_close(&w);
    }
}
