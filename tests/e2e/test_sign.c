/*
 * The sign: who hears "sold out" without the database, what it costs, who gets
 * the order all the same, and how sales go on.  In a cloud with one operation
 * more, restock.json.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "cloud.h"

#define ASKERS 20

static bool has_sign(int product)
{
    return cloud_redis("EXISTS closed:product:%d", product) == 1;
}

/* Sell the last ticket; its sign hangs. */
static void sell_out(void)
{
    cloud_reset();
    cloud_expect(201, cloud_buy(1, "alice", "key-of-alice"));
    CLOUD_WAIT_FOR(has_sign(1));
}

/* ---- the buyer of the last ticket ---- */

static void expect_the_order(void)
{
    struct answer again = cloud_buy(1, "alice", "key-of-alice");

    cr_expect_eq(again.status, 200, "%d", again.status);
    cr_expect(client_said(&again, "\"order_id\":1"));
    client_free(&again, 1);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 1);
}

Test(sign, who_bought_the_last_ticket_asks_again_and_gets_the_order)
{
    sell_out();
    expect_the_order();
    cloud_recycle();
    expect_the_order();
    cr_expect(has_sign(1));
}

/* The database's answer is lost, and somebody else puts up the sign. */
static void lose_the_sale(void)
{
    struct answer answer = {.status = 409};

    cloud_reset();
    /* Two: libcurl sends again where a kept connection dies. */
    cloud_fault("sql", "lose_answers", 2);
    cloud_expect(504, cloud_buy(1, "alice", "key-of-alice"));
    cloud_fault("sql", "lose_answers", 0);
    for (int i = 0; i < 100 && answer.status == 409; i++) {
        answer = cloud_buy(1, "bob", "key-of-bob");
        client_free(&answer, 1);
    }
    cr_expect_eq(answer.status, 410);
    CLOUD_WAIT_FOR(has_sign(1));
}

Test(sign, whose_answer_was_lost_gets_the_order_from_a_warm_instance)
{
    lose_the_sale();
    expect_the_order();
    cr_expect(has_sign(1));
}

Test(sign, whose_answer_was_lost_gets_the_order_from_a_fresh_instance)
{
    lose_the_sale();
    cloud_recycle();
    expect_the_order();
    cr_expect(has_sign(1));
}

/* ---- what it costs ---- */

static void ask_in_vain(int status, int product, const char *key)
{
    for (int i = 0; i < ASKERS; i++) {
        cloud_expect(status, cloud_buy(product, "bob", key));
        CLOUD_WAIT_FOR_REST();
    }
}

Test(sign, sold_out_costs_one_command_at_most_and_no_call)
{
    static const char *const keys[] = {NULL, "key-of-bob"};

    for (size_t i = 0; i < 2; i++) {
        long long commands, calls;

        sell_out();
        cloud_recycle();
        cloud_expect(410, cloud_buy(1, "bob", keys[i]));
        CLOUD_WAIT_FOR_REST();
        commands = cloud_counter("kv_commands");
        calls = cloud_counter("sql_calls");
        ask_in_vain(410, 1, keys[i]);
        cr_expect_leq(cloud_counter("kv_commands") - commands, ASKERS);
        cr_expect_eq(cloud_counter("sql_calls"), calls);
        cr_expect_eq(cloud_redis("EXISTS key:purchase:key-of-bob"), 0);
    }
}

Test(sign, some_left_put_up_no_sign)
{
    struct answer answer;

    cloud_reset();
    answer = client_send(&(struct request){
        .url = cloud_url("/api/purchase"),
        .body = "{\"product_id\":1,\"quantity\":2,\"buyer\":\"bob\"}"});
    cr_expect(client_said(&answer, "1 left, fewer than you asked for."));
    cloud_expect(410, answer);
    CLOUD_WAIT_FOR(cloud_redis("EXISTS lock:product:1") == 0);
    cr_expect(!has_sign(1));
    cloud_expect(201, cloud_buy(1, "alice", NULL));
}

/* ---- invented names ---- */

/* The keys that no time ends. */
static long long lasting_keys(void)
{
    return cloud_redis("EVAL %s 0",
                       "local n = 0 "
                       "for _, key in ipairs(redis.call('KEYS', '*')) do "
                       "if redis.call('TTL', key) == -1 then n = n + 1 end "
                       "end return n");
}

Test(sign, an_invented_product_leaves_no_key_and_costs_one_call)
{
    long long calls;

    cloud_reset();
    for (int product = 1001; product <= 1010; product++) {
        char key[32];

        (void)snprintf(key, sizeof(key), "key-%d", product);
        cloud_expect(404, cloud_buy(product, "bob", NULL));
        CLOUD_WAIT_FOR(has_sign(product));
        calls = cloud_counter("sql_calls");
        cloud_expect(404, cloud_buy(product, "bob", key));
        cloud_recycle();
        cloud_expect(404, cloud_buy(product, "bob", NULL));
        cloud_expect(404, cloud_buy(product, "bob", key));
        cr_expect_eq(cloud_counter("sql_calls"), calls);
        CLOUD_WAIT_FOR(cloud_redis("EXISTS lock:product:%d key:purchase:%s",
                                   product, key) == 0);
    }
    CLOUD_WAIT_FOR(lasting_keys() == 0);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM fences"), 0);
}

/* ---- new tickets ---- */

/* Ask for a ticket; whether a second one has been sold by now. */
static bool goes_on(void)
{
    struct answer answer = cloud_buy(1, "carol", NULL);

    client_free(&answer, 1);
    return cloud_sql("SELECT count(*) FROM orders") > 1;
}

/* The sign would hang for ever: only `opened` can have taken it down. */
Test(sign, opened_lets_sales_go_on_though_the_sign_would_hang)
{
    sell_out();
    cloud_redis("PERSIST closed:product:1");
    cloud_expect(410, cloud_buy(1, "carol", NULL));
    cloud_expect(200, client_send(&(struct request){
                          .url = cloud_url("/restock"),
                          .body = "{\"product_id\":1,\"added\":5}"}));
    CLOUD_WAIT_FOR(goes_on());
}

Test(sign, without_opened_sales_go_on_when_the_sign_ends)
{
    sell_out();
    cr_expect_gt(cloud_redis("TTL closed:product:1"), 0);
    cr_expect_leq(cloud_redis("TTL closed:product:1"), 10);
    cloud_sql("UPDATE products SET stock = 5 WHERE id = 1");
    cloud_expect(410, cloud_buy(1, "carol", NULL));
    /* Its time passes. */
    cloud_redis("PEXPIRE closed:product:1 1");
    CLOUD_WAIT_FOR(goes_on());
}
