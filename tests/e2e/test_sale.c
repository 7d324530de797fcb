/*
 * The sale that ships, through the function: when it is open, holding, paying,
 * cancelling and what others hear meanwhile.  Time is the database's, so a test
 * moves an order's or a product's times instead of waiting for them.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cloud.h"

#define BUYERS 20

/* Ask once all instances are at rest, so that no lock is in the way. */
static struct answer ask(const char *path, const char *key, const char *body)
{
    CLOUD_WAIT_FOR_REST();
    return client_send(
        &(struct request){.url = cloud_url(path), .key = key, .body = body});
}

/* The same, as the shop's own server. */
static struct answer ask_as_shop(const char *path, const char *body)
{
    CLOUD_WAIT_FOR_REST();
    return cloud_ask_as_shop(path, body, "BOUNCER_SECRET");
}

static struct answer hold(int product, const char *buyer)
{
    char body[128];

    (void)snprintf(body, sizeof(body), "{\"product_id\":%d,\"buyer\":\"%s\"}",
                   product, buyer);
    return ask("/api/hold", buyer, body);
}

static struct answer confirm(int order, const char *payment)
{
    char body[128];

    (void)snprintf(body, sizeof(body), "{\"order_id\":%d,\"payment\":\"%s\"}",
                   order, payment);
    return ask_as_shop("/api/confirm", body);
}

static struct answer cancel(int product, int order)
{
    char body[128];

    (void)snprintf(body, sizeof(body), "{\"product_id\":%d,\"order_id\":%d}",
                   product, order);
    return ask_as_shop("/api/cancel", body);
}

/* Expect STATUS of ANSWER, and WORDS in it; free it. */
static void expect(struct answer answer, int status, const char *words)
{
    cr_expect(client_said(&answer, words), "%s: %s", words,
              answer.body.data ? answer.body.data : "");
    cloud_expect(status, answer);
}

/* Whether BUYER gets a hold, or has got it: this can be asked repeatedly. */
static bool is_held(int product, const char *buyer)
{
    struct answer answer = hold(product, buyer);
    const bool held = answer.status == 201 || answer.status == 200;

    client_free(&answer, 1);
    return held;
}

static void lapse(int order)
{
    char sql[128];

    (void)snprintf(sql, sizeof(sql),
                   "UPDATE orders SET held_until = now() - interval '1 s' "
                   "WHERE id = %d",
                   order);
    cloud_sql(sql);
}

/* End the time of a product's sign; its instances forget it in a second. */
static void end_sign(int product)
{
    CLOUD_WAIT_FOR_REST();
    cr_expect_eq(cloud_redis("PEXPIRE closed:product:%d 1", product), 1);
}

/* ---- when ---- */

Test(sale, before_it_opens_everybody_hears_so_without_the_database)
{
    long long calls;

    cloud_reset();
    cloud_sql("UPDATE products SET opens_at = now() + interval '1 h' "
              "WHERE id = 2");
    expect(hold(2, "alice"), 409, ":not-open\"");
    CLOUD_WAIT_FOR_REST();
    cr_expect_gt(cloud_redis("TTL closed:product:2"), 50);
    cr_expect_leq(cloud_redis("TTL closed:product:2"), 60);
    calls = cloud_counter("sql_calls");
    expect(ask("/api/purchase", NULL, "{\"product_id\":2,\"buyer\":\"bob\"}"),
           409, ":not-open\"");
    cr_expect_eq(cloud_counter("sql_calls"), calls);

    cloud_sql("UPDATE products SET opens_at = now() WHERE id = 2");
    end_sign(2);
    CLOUD_WAIT_FOR(is_held(2, "carol"));
}

Test(sale, after_its_end_nothing_is_sold_but_what_is_held_can_be_paid)
{
    cloud_reset();
    expect(hold(2, "alice"), 201, "\"order_id\":1");
    cloud_sql("UPDATE products SET closes_at = now() WHERE id = 2");
    expect(hold(2, "bob"), 410, ":ended\"");
    expect(ask("/api/products/2", NULL, NULL), 200, "\"state\":\"ended\"");
    expect(confirm(1, "p"), 200, "\"state\":\"sold\"");
}

/* ---- how many ---- */

static void make_greedy(size_t i, struct request *request, void *state)
{
    (void)i;
    (void)state;
    request->url = cloud_setting("PURCHASE_URL");
    request->body = "{\"product_id\":4,\"buyer\":\"alice\"}";
}

Test(sale, a_buyer_who_asks_in_parallel_gets_no_more_than_the_limit)
{
    struct answer answers[BUYERS];
    size_t sold;

    cloud_reset();
    client_rush(BUYERS, make_greedy, NULL, answers);
    sold = client_count(answers, BUYERS, 201);
    cr_expect_eq(sold + client_count(answers, BUYERS, 409), BUYERS);
    client_free(answers, BUYERS);
    for (; sold < 4; sold++)
        cloud_expect(201, ask("/api/purchase", NULL,
                              "{\"product_id\":4,\"buyer\":\"alice\"}"));
    expect(hold(4, "alice"), 409, ":limit-reached\"");
    expect(hold(4, "alice"), 409, "\"yours\":4");
    cr_expect_eq(cloud_sql("SELECT sum(quantity) FROM orders"), 4);
    cr_expect_eq(cloud_redis("EXISTS closed:product:4"), 0);
    expect(hold(4, "bob"), 201, "\"state\":\"held\"");
    cloud_sql("UPDATE products SET per_buyer = 5 WHERE id = 4");
    expect(hold(4, "alice"), 201, "\"state\":\"held\"");
}

Test(sale, a_restock_is_an_update)
{
    cloud_reset();
    cloud_expect(201, hold(1, "alice"));
    expect(confirm(1, "p"), 200, "\"state\":\"sold\"");
    cloud_sql("UPDATE products SET stock = stock + 1 WHERE id = 1");
    end_sign(1);
    CLOUD_WAIT_FOR(is_held(1, "bob"));
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 1"), 0);
}

/* ---- holding and paying ---- */

Test(sale, a_hold_is_paid_and_each_step_can_be_repeated)
{
    cloud_reset();
    expect(hold(4, "alice"), 201, "\"expires_at\":\"2");
    expect(hold(4, "alice"), 200, "\"state\":\"held\"");
    expect(
        ask("/api/purchase", "alice", "{\"product_id\":4,\"buyer\":\"alice\"}"),
        422, ":key-reused\"");
    expect(confirm(1, "p"), 200, "\"state\":\"sold\"");
    expect(confirm(1, "p"), 200, "\"state\":\"sold\"");
    expect(ask_as_shop("/api/confirm", "{\"order_id\":1}"), 200,
           "\"state\":\"sold\"");
    expect(confirm(1, "another"), 409, ":paid-twice\"");
    expect(hold(4, "alice"), 200, "\"state\":\"sold\"");
    expect(confirm(2, "p"), 404, ":unknown-order\"");
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders WHERE payment = 'p'"),
                 1);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 4"), 19);
}

Test(sale, what_was_confirmed_by_hand_takes_no_payment_that_comes_later)
{
    cloud_reset();
    cloud_expect(201, hold(4, "alice"));
    expect(ask_as_shop("/api/confirm", "{\"order_id\":1}"), 200,
           "\"state\":\"sold\"");
    for (int i = 0; i < 2; i++)
        expect(confirm(1, "p"), 409, ":paid-twice\"");
    expect(ask_as_shop("/api/confirm", "{\"order_id\":1}"), 200,
           "\"state\":\"sold\"");
    cr_expect_eq(cloud_sql("SELECT count(payment) FROM orders"), 0);
}

Test(sale, what_is_sold_without_a_payment_takes_the_first)
{
    cloud_reset();
    cloud_expect(201, cloud_buy(4, "alice", NULL));
    expect(confirm(1, "p"), 200, "\"state\":\"sold\"");
    expect(confirm(1, "q"), 409, ":paid-twice\"");
}

/* Alice's hold of the last ticket has lapsed, and the sign has ended. */
static void hold_too_long(void)
{
    cloud_reset();
    cloud_expect(201, hold(1, "alice"));
    lapse(1);
    end_sign(1);
}

Test(sale, all_held_is_told_until_a_hold_lapses_and_the_next_buyer_gets_it)
{
    cloud_reset();
    cloud_expect(201, hold(1, "alice"));
    expect(hold(1, "bob"), 409, ":held-out\"");
    cr_expect_eq(cloud_redis("GET closed:product:1"), 8);
    cr_expect_leq(cloud_redis("TTL closed:product:1"), 10);
    cloud_redis("DEL closed:product:1");
    cloud_recycle();
    expect(hold(1, "bob"), 409, "\"next_lapse_at\":\"2");
    lapse(1);
    end_sign(1);
    expect(ask("/api/products/1", NULL, NULL), 200, "\"state\":\"open\"");
    CLOUD_WAIT_FOR(is_held(1, "bob"));
    expect(ask_as_shop("/api/orders/1", NULL), 200, "\"state\":\"lapsed\"");
    expect(hold(1, "alice"), 200, "\"state\":\"lapsed\"");
}

Test(sale, paid_too_late_with_none_left_is_paid_back_for_good)
{
    hold_too_long();
    CLOUD_WAIT_FOR(is_held(1, "bob"));
    expect(confirm(1, "p"), 410, ":lapsed\"");
    expect(confirm(1, "p"), 410, "\"state\":\"refund\"");
    expect(cancel(1, 2), 200, "\"state\":\"cancelled\"");
    expect(confirm(1, "p"), 410, ":lapsed\"");
    expect(cancel(1, 1), 200, "\"state\":\"refund\"");
    CLOUD_WAIT_FOR(is_held(1, "carol"));
    cr_expect_eq(cloud_sql("SELECT refunds_due FROM sales WHERE product_id = "
                           "1"),
                 1);
}

Test(sale, paid_too_late_with_one_left_is_sold)
{
    hold_too_long();
    expect(confirm(1, "p"), 200, "\"state\":\"sold\"");
    CLOUD_WAIT_FOR_REST();
    cloud_recycle();
    expect(hold(1, "bob"), 410, ":sold-out\"");
}

/* ---- cancelling ---- */

/* The sign would hang for ever: only the cancelling can have taken it down. */
Test(sale, a_cancelled_ticket_is_anothers_and_its_key_never_buys_again)
{
    cloud_reset();
    cloud_expect(201, cloud_buy(1, "alice", "key-of-alice"));
    CLOUD_WAIT_FOR_REST();
    cr_expect_eq(cloud_redis("PERSIST closed:product:1"), 1);
    expect(hold(1, "bob"), 410, ":sold-out\"");
    expect(cancel(1, 1), 200, "\"state\":\"cancelled\"");
    expect(cancel(1, 1), 200, "\"state\":\"cancelled\"");
    expect(ask("/api/purchase", "key-of-alice",
               "{\"product_id\":1,\"buyer\":\"alice\"}"),
           200, "\"state\":\"cancelled\"");
    CLOUD_WAIT_FOR(is_held(1, "bob"));
    expect(ask("/api/purchase", "key-of-alice",
               "{\"product_id\":1,\"buyer\":\"alice\"}"),
           200, "\"state\":\"cancelled\"");
    expect(confirm(1, "p"), 410, ":cancelled\"");
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 1"), 0);
}

Test(sale, no_order_is_cancelled_for_another_product)
{
    cloud_reset();
    cloud_expect(201, cloud_buy(2, "alice", NULL));
    expect(cancel(3, 1), 404, ":unknown-order\"");
    expect(cancel(2, 2), 404, ":unknown-order\"");
    expect(cancel(99, 1), 404, ":unknown-order\"");
    CLOUD_WAIT_FOR_REST();
    cr_expect_eq(cloud_redis("EXISTS fence:product:99"), 0);
    cr_expect_eq(cloud_sql("SELECT sold FROM sales WHERE product_id = 2"), 1);
}

/* ---- who may, and what is kept ---- */

Test(sale, what_is_the_shops_alone_is_refused_to_all_others)
{
    cloud_reset();
    cloud_expect(201, hold(1, "alice"));
    CLOUD_WAIT_FOR_REST();
    cloud_redis("FLUSHALL");
    expect(ask("/api/confirm", NULL, "{\"order_id\":1}"), 401,
           ":unauthorized\"");
    expect(ask("/api/cancel", NULL, "{\"product_id\":1,\"order_id\":1}"), 401,
           ":unauthorized\"");
    cloud_expect(401, ask("/api/orders/1", NULL, NULL));
    cloud_expect(401, ask("/api/orders?order_key=alice", NULL, NULL));
    CLOUD_WAIT_FOR_REST();
    cr_expect_eq(cloud_redis("DBSIZE"), 0);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders WHERE state = 'held'"),
                 1);
}

/* Expect that ANSWER may be kept as VALUE says; free it. */
static void expect_kept(struct answer answer, const char *value)
{
    char line[128];

    (void)snprintf(line, sizeof(line), "\r\nCache-Control: %s\r\n", value);
    cr_expect(strcasestr(answer.headers.data, line), "%s in %s", value,
              answer.headers.data);
    client_free(&answer, 1);
}

Test(sale, a_product_is_kept_for_a_second_and_nothing_else_is)
{
    cloud_reset();
    expect_kept(ask("/api/products/4", NULL, NULL),
                "public, max-age=1, s-maxage=1, stale-while-revalidate=5");
    expect_kept(ask("/api/products/99", NULL, NULL), "no-store");
    expect_kept(ask("/api/products/none", NULL, NULL), "no-store");
    expect_kept(hold(4, "alice"), "no-store");
    expect_kept(ask_as_shop("/api/orders/1", NULL), "no-store");
}

/* ---- looking ---- */

Test(sale, a_product_and_an_order_can_be_looked_at)
{
    cloud_reset();
    expect(ask("/api/products/4", NULL, NULL), 200, "\"left\":20");
    cloud_expect(201, hold(4, "alice"));
    expect(ask("/api/products/4", NULL, NULL), 200, "\"held\":1");
    expect(ask("/api/products/99", NULL, NULL), 404, ":unknown-product\"");
    expect(ask_as_shop("/api/orders/1", NULL), 200, "\"buyer\":\"alice\"");
    expect(ask_as_shop("/api/orders/2", NULL), 404, ":unknown-order\"");
    expect(ask_as_shop("/api/orders?order_key=alice", NULL), 200,
           "\"order_id\":1");
    expect(ask_as_shop("/api/orders?order_key=bob", NULL), 404,
           ":unknown-order\"");
    cloud_expect(400, ask_as_shop("/api/orders", NULL));
}
