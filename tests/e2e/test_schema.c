/*
 * What the database promises by itself: the functions of
 * deploy/database/schema.sql, called as their own role and as others.
 */
#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud.h"
#include "database.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- what a call may do ---- */

Test(schema, what_was_refused_under_a_fence_is_not_sold_under_an_older_one)
{
    cloud_reset();
    cr_expect(cloud_sql("SELECT (purchase(1, 10, 'a', 'k1', 5)->>'outcome' = "
                        "'sold_out')::int"));
    cloud_sql("UPDATE products SET stock = 50 WHERE id = 1");
    cr_expect(cloud_sql("SELECT (purchase(1, 10, 'b', 'k2', 4) @> "
                        "'{\"outcome\": \"stale\", \"highest_fence\": 5}')"
                        "::int"));
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 0);
}

/* The outcomes in the order of a life, each with what was asked. */
static const char *const given_back[] = {
    "purchase(2, 3, 'a', 'k', 5) = '{\"outcome\": \"sold\", \"key\": \"k\", "
    "\"fence\": 5, \"order_id\": 1, \"product_id\": 2, \"quantity\": 3, "
    "\"buyer\": \"a\", \"state\": \"sold\"}'",
    "purchase(2, 3, 'a', 'k', 0) = '{\"outcome\": \"replayed\", \"key\": "
    "\"k\", \"fence\": 0, \"order_id\": 1, \"product_id\": 2, "
    "\"quantity\": 3, \"buyer\": \"a\", \"state\": \"sold\"}'",
    "purchase(2, 3, 'b', 'k', 6) = '{\"outcome\": \"key_reused\", \"key\": "
    "\"k\", \"fence\": 6}'",
    "purchase(2, 1, 'b', 'l', 0) @> '{\"outcome\": \"stale\", \"key\": \"l\", "
    "\"fence\": 0}'",
    "purchase(2, 1, 'b', 'l', 5, 'product:2') @> '{\"outcome\": \"stale\"}'",
    "purchase(2, 1, 'b', 'l', 5, 'product:2#1') @> '{\"outcome\": \"sold\"}'",
    "purchase(99, 1, 'b', 'm', 7) = '{\"outcome\": \"unknown_product\", "
    "\"key\": \"m\", \"fence\": 7, \"forget\": true, \"closed\": "
    "\"unknown_product\"}'",
    "purchase(1, 9, 'b', 'm', 7) = '{\"outcome\": \"sold_out\", \"key\": "
    "\"m\", \"fence\": 7, \"left\": 1, \"detail\": \"1 left, fewer than you "
    "asked for.\"}'",
    "purchase(1, 1, 'b', 'm', 8) = '{\"outcome\": \"sold\", \"key\": \"m\", "
    "\"fence\": 8, \"order_id\": 3, \"product_id\": 1, \"quantity\": 1, "
    "\"buyer\": \"b\", \"state\": \"sold\", \"closed\": "
    "\"sold_out\"}'",
    "purchase(1, 1, 'b', 'n', 9) = '{\"outcome\": \"sold_out\", \"key\": "
    "\"n\", \"fence\": 9, \"left\": 0, \"detail\": \"None is left. Trying "
    "again does not help.\", \"closed\": \"sold_out\"}'",
    "reserve_username('ada', 'u') = '{\"outcome\": \"reserved\", "
    "\"username\": \"ada\", \"user\": \"u\"}'",
    "reserve_username('ada', 'u') = '{\"outcome\": \"replayed\", "
    "\"username\": \"ada\", \"user\": \"u\"}'",
    "reserve_username('ada', 'v') = '{\"outcome\": \"taken\", "
    "\"username\": \"ada\", \"user\": \"v\"}'",
};

Test(schema, every_outcome_gives_back_what_was_asked)
{
    cloud_reset();
    for (size_t i = 0; i < COUNT(given_back); i++) {
        char sql[256];

        (void)snprintf(sql, sizeof(sql), "SELECT (%s)::int", given_back[i]);
        cr_expect_eq(cloud_sql(sql), 1, "%s", given_back[i]);
    }
    /* One for each lock that was used, none for product 99. */
    cr_expect_eq(cloud_sql("SELECT count(*) FROM fences"), 3);
}

/* A call without the lock: what it finds, and that it does nothing. */
static const char *const without_the_lock[] = {
    "purchase(2, 3, 'a', 'k', 0, 'product:2#3') @> '{\"outcome\": "
    "\"replayed\", \"order_id\": 1}'",
    "purchase(2, 3, 'b', 'k', 0, 'product:2#3') @> '{\"outcome\": "
    "\"key_reused\"}'",
    "purchase(2, 3, 'a', 'l', 0, 'product:2#3') @> '{\"outcome\": \"stale\", "
    "\"highest_fence\": 0}'",
    "purchase(2, 3, 'a', 'l', 0, 'product:2') @> '{\"outcome\": \"stale\", "
    "\"highest_fence\": 5}'",
    "purchase(2, 3, 'a', 'l', -1, 'product:3') @> '{\"outcome\": "
    "\"stale\"}'",
};

Test(schema, fence_0_gives_an_order_back_and_never_sells)
{
    cloud_reset();
    cloud_sql("SELECT purchase(2, 3, 'a', 'k', 5)");
    for (size_t i = 0; i < COUNT(without_the_lock); i++) {
        char sql[256];

        (void)snprintf(sql, sizeof(sql), "SELECT (%s)::int",
                       without_the_lock[i]);
        cr_expect_eq(cloud_sql(sql), 1, "%s", without_the_lock[i]);
    }
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 1);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 2"), 97);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM fences"), 1);
}

/* A check would have to hold for what is written around the functions too. */
Test(schema, a_fence_that_no_counter_can_have_made_is_refused)
{
    cloud_reset();
    cloud_sql("DO $$ BEGIN PERFORM purchase(2, 1, 'a', 'k', 9007199254740993);"
              " RAISE 'accepted'; EXCEPTION WHEN check_violation THEN NULL; "
              "END $$");
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 0);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM fences"), 0);
}

Test(schema, an_order_number_that_is_taken_is_no_key_that_is_used)
{
    struct answer answer;

    cloud_reset();
    cloud_sql("SELECT purchase(2, 1, 'a', 'k', NULL)");
    cloud_sql("ALTER SEQUENCE orders_id_seq RESTART");
    answer = cloud_buy(3, "bob", "key-of-bob");
    cr_expect_eq(answer.status, 500, "%d", answer.status);
    cr_expect(client_said(&answer, ":database-error"));
    client_free(&answer, 1);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 3"), 5000);
}

Test(schema, one_key_for_two_products_at_once_buys_one)
{
    PGconn *first = database_open();
    PGconn *second = database_open();
    PGresult *result;

    cloud_reset();
    database_run(first, "BEGIN; SELECT purchase(2, 1, 'a', 'k', NULL)", NULL);
    cr_assert(PQsendQuery(second, "SELECT purchase(3, 1, 'a', 'k', 9)"
                                  "->>'outcome'"));
    CLOUD_WAIT_FOR(cloud_sql("SELECT count(*) FROM pg_locks WHERE NOT granted"
                             " AND locktype = 'transactionid'"));
    database_run(first, "COMMIT", NULL);
    result = PQgetResult(second);
    cr_expect_str_eq(PQgetvalue(result, 0, 0), "key_reused");
    PQclear(result);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 3"), 5000);
    PQfinish(first);
    PQfinish(second);
}

/* ---- health ---- */

/* What is done first, who asks about which functions, and what is wrong. */
static const struct {
    const char *before, *role, *operations, *wrong;
} healths[] = {
    {"SELECT", "bouncer", "purchase reserve_username", ""},
    {"SELECT", "service_role", "purchase reserve_username", ""},
    {"SELECT", "bouncer", "purchase take_seet", "no_function take_seet"},
    {"CREATE ROLE stranger; "
     "GRANT EXECUTE ON FUNCTION bouncer_health, purchase TO stranger",
     "stranger", "purchase reserve_username", "no_rights reserve_username"},
    {"GRANT EXECUTE ON FUNCTION purchase TO anon", "bouncer",
     "reserve_username purchase", "open purchase"},
    {"GRANT EXECUTE ON FUNCTION purchase TO PUBLIC", "bouncer",
     "reserve_username purchase", "open purchase"},
    {"ALTER FUNCTION purchase RESET search_path", "bouncer", "purchase",
     "open purchase"},
    {"SET TRANSACTION READ ONLY", "bouncer", "purchase", "read_only"},
};

Test(schema, health_is_whether_a_sale_can_succeed)
{
    PGconn *db = database_open();

    for (size_t i = 0; i < COUNT(healths); i++) {
        char sql[256];

        database_run(db, "BEGIN", NULL);
        database_run(db, healths[i].before, NULL);
        (void)snprintf(sql, sizeof(sql), "SET LOCAL ROLE %s", healths[i].role);
        database_run(db, sql, NULL);
        (void)snprintf(sql, sizeof(sql),
                       "SELECT concat_ws(' ', it->>'reason', it->>'operation')"
                       " FROM bouncer_health('%s') AS it",
                       healths[i].operations);
        database_expect(db, sql, healths[i].wrong);
        database_run(db, "ROLLBACK", NULL);
    }
    database_expect(db, "SELECT bouncer_health()->>'outcome'", "healthy");
    PQfinish(db);
}
