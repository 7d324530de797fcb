/*
 * What the database promises of a sale by itself: which sign each answer puts
 * up and for how long, calls that meet in one transaction's way, and forgetting
 * buyers.  A crowd of sessions does everything at once; then the books must be
 * right.
 */
#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "cloud.h"
#include "database.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define SESSIONS 6

/* ---- signs ---- */

/* What is set first, what is asked then, and what the answer holds. */
struct scene {
    const char *before, *asked, *answer;
};

static const struct scene signs[] = {
    {"", "hold(1, 1, 'a', 'k', 1)",
     "{\"outcome\": \"held\", \"closed\": \"held_out\", \"closed_s\": 10}"},
    {"UPDATE products SET hold_s = 3", "hold(1, 1, 'a', 'k', 1)",
     "{\"outcome\": \"held\", \"closed\": \"held_out\", \"closed_s\": 3}"},
    {"SELECT hold(1, 1, 'a', 'j', 1)", "hold(1, 1, 'a', 'k', 2)",
     "{\"outcome\": \"held_out\", \"left\": 0, \"held\": 1, \"closed\": "
     "\"held_out\", \"closed_s\": 10}"},
    {"UPDATE products SET hold_s = 1; SELECT hold(1, 1, 'a', 'j', 1)",
     "purchase(1, 1, 'a', 'k', 2)",
     "{\"outcome\": \"held_out\", \"closed_s\": 1}"},
    {"UPDATE products SET stock = 3; SELECT hold(4, 1, 'a', 'j', 1)",
     "purchase(4, 2, 'c', 'k', 2)",
     "{\"outcome\": \"sold\", \"closed\": \"held_out\"}"},
    {"SELECT hold(1, 1, 'a', 'j', 1); SELECT confirm(1)",
     "hold(1, 1, 'b', 'k', 2)",
     "{\"outcome\": \"sold_out\", \"closed\": \"sold_out\"}"},
    {"UPDATE products SET opens_at = now() + interval '30.5 s'",
     "hold(1, 1, 'b', 'k', 2)",
     "{\"outcome\": \"not_open\", \"closed\": \"not_open\", \"closed_s\": 29}"},
    {"UPDATE products SET opens_at = '2126-11-27 20:00+01'",
     "hold(1, 1, 'b', 'k', 2)",
     "{\"opens_at\": \"2126-11-27T19:00:00.000Z\", \"closed_s\": 60}"},
    {"UPDATE products SET opens_at = 'infinity'", "hold(1, 1, 'b', 'k', 2)",
     "{\"outcome\": \"not_open\", \"opens_at\": null, \"closed_s\": 60}"},
    {"UPDATE products SET closes_at = '-infinity'", "hold(1, 1, 'b', 'k', 2)",
     "{\"outcome\": \"ended\", \"closed\": \"ended\"}"},
    {"SELECT purchase(1, 1, 'a', 'j', 1)", "cancel(1, 1, 2)",
     "{\"outcome\": \"cancelled\", \"opened\": true}"},
};

/* What must not close the product: as above, but none of it is a sign. */
static const char *const without_sign[][2] = {
    {"UPDATE products SET opens_at = now() + interval '1.9 s'",
     "hold(1, 1, 'b', 'k', 2)"},
    {"SELECT hold(4, 1, 'a', 'j', 1)", "hold(4, 4, 'a', 'k', 2)"},
    {"UPDATE products SET stock = 3; SELECT hold(3, 1, 'a', 'j', 1)",
     "hold(3, 3, 'b', 'k', 2)"},
    {"SELECT hold(1, 1, 'a', 'k', 1)", "hold(1, 1, 'a', 'k', 2)"},
    {"SELECT hold(1, 1, 'a', 'j', 1)", "hold(1, 1, 'b', 'k', 0)"},
};

static void with_fresh_rows(PGconn *db, const char *before)
{
    database_run(db,
                 "ROLLBACK; BEGIN; "
                 "TRUNCATE orders, fences RESTART IDENTITY",
                 NULL);
    if (before[0])
        database_run(db, before, NULL);
}

static const struct scene standings[] = {
    {"", "product(4)",
     "{\"outcome\": \"product\", \"product_id\": 4, \"state\": \"open\", "
     "\"left\": 20, \"held\": 0, \"opens_at\": null, \"closes_at\": null, "
     "\"next_lapse_at\": null, \"per_buyer\": 4, \"hold_s\": 30}"},
    {"UPDATE products SET opens_at = now() + interval '1 s'", "product(4)",
     "{\"state\": \"not_open\"}"},
    {"UPDATE products SET closes_at = now()", "product(4)",
     "{\"state\": \"ended\"}"},
    {"SELECT hold(1, 1, 'a', 'k', 1); "
     "UPDATE orders SET held_until = '2126-11-27 19:00+00'",
     "product(1)",
     "{\"state\": \"held_out\", \"left\": 0, \"held\": 1, "
     "\"next_lapse_at\": \"2126-11-27T19:00:00.000Z\"}"},
    {"SELECT hold(1, 1, 'a', 'k', 1); UPDATE orders SET held_until = now()",
     "product(1)",
     "{\"state\": \"open\", \"left\": 1, \"held\": 0, \"next_lapse_at\": "
     "null}"},
    {"SELECT purchase(1, 1, 'a', 'k', 1)", "product(1)",
     "{\"state\": \"sold_out\", \"left\": 0}"},
};

static void play(PGconn *db, const struct scene scenes[], size_t count)
{
    char sql[512];

    for (size_t i = 0; i < count; i++) {
        with_fresh_rows(db, scenes[i].before);
        (void)snprintf(sql, sizeof(sql), "SELECT %s @> '%s'", scenes[i].asked,
                       scenes[i].answer);
        database_expect(db, sql, "t");
    }
}

Test(schema, a_sign_and_a_standing_say_what_is_true)
{
    PGconn *db = database_open();
    char sql[256];

    cloud_reset();
    database_run(db, "BEGIN", NULL);
    play(db, signs, COUNT(signs));
    play(db, standings, COUNT(standings));
    for (size_t i = 0; i < COUNT(without_sign); i++) {
        with_fresh_rows(db, without_sign[i][0]);
        (void)snprintf(sql, sizeof(sql), "SELECT %s ? 'closed'",
                       without_sign[i][1]);
        database_expect(db, sql, "f");
    }
    database_run(db, "ROLLBACK", NULL);
    PQfinish(db);
}

/* ---- a call without the lock ---- */

Test(schema, a_stale_call_puts_no_lapsed_ticket_back)
{
    PGconn *db = database_open();

    cloud_reset();
    cloud_sql("SELECT hold(1, 1, 'a', 'k', 5)");
    cloud_sql("UPDATE orders SET held_until = now()");
    database_expect(db, "SELECT hold(1, 1, 'b', 'l', 0)->>'outcome'", "stale");
    database_expect(db, "SELECT hold(1, 1, 'b', 'l', 5)->>'outcome'", "stale");
    database_expect(db, "SELECT cancel(1, 1, 5)->>'outcome'", "replayed");
    database_expect(db, "SELECT hold(1, 1, 'a', 'k', 0)->>'state'", "lapsed");
    database_expect(db,
                    "SELECT state || stock FROM orders, products "
                    "WHERE products.id = 1",
                    "held0");
    database_expect(db, "SELECT hold(1, 1, 'b', 'l', 6)->>'outcome'", "held");
    database_expect(db, "SELECT cancel(1, 2, 6)->>'outcome'", "stale");
    PQfinish(db);
}

/* A session keeps the plan that it has made when nothing was sold. */
Test(schema, a_lapsed_hold_is_found_without_reading_what_is_sold)
{
    PGconn *db = database_open();

    cloud_reset();
    database_expect(db,
                    "EXPLAIN (COSTS OFF) SELECT quantity FROM orders WHERE "
                    "product_id = 1 AND state = 'held' AND held_until <= now()",
                    "Index Scan using orders_held on orders");
    PQfinish(db);
}

/* ---- what meets ---- */

/* Let SECOND wait for what FIRST has done and not yet committed. */
static void meet(const char *first, const char *second, const char *outcome)
{
    PGconn *one = database_open();
    PGconn *two = database_open();
    char sql[128];
    PGresult *result;

    database_run(one, "BEGIN", NULL);
    (void)snprintf(sql, sizeof(sql), "SELECT %s", first);
    database_run(one, sql, NULL);
    (void)snprintf(sql, sizeof(sql), "SELECT %s->>'outcome'", second);
    cr_assert(PQsendQuery(two, sql));
    CLOUD_WAIT_FOR(cloud_sql("SELECT count(*) FROM pg_locks WHERE NOT granted"
                             " AND locktype = 'transactionid'"));
    database_run(one, "COMMIT", NULL);
    result = PQgetResult(two);
    cr_expect_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s",
                 PQerrorMessage(two));
    cr_expect_str_eq(PQgetvalue(result, 0, 0), outcome, "%s, %s: %s", first,
                     second, PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(one);
    PQfinish(two);
}

static const struct {
    const char *first, *second, *outcome;
} meetings[] = {
    {"confirm(1, 'p')", "hold(1, 1, 'b', 'l', 2)", "sold_out"},
    {"hold(1, 1, 'b', 'l', 2)", "confirm(1, 'p')", "lapsed"},
    {"confirm(1, 'p')", "confirm(1, 'q')", "paid_twice"},
    {"confirm(1)", "confirm(1, 'p')", "paid_twice"},
    {"confirm(1, 'p')", "confirm(1, 'p')", "replayed"},
    {"confirm(1, 'p')", "confirm(1)", "replayed"},
    {"confirm(1, 'p')", "cancel(1, 1, 2)", "cancelled"},
};

Test(schema, a_lapsed_hold_is_one_buyers_whoever_comes_first)
{
    for (size_t i = 0; i < COUNT(meetings); i++) {
        cloud_reset();
        cloud_sql("SELECT hold(1, 1, 'a', 'k', 1)");
        cloud_sql("UPDATE orders SET held_until = now()");
        meet(meetings[i].first, meetings[i].second, meetings[i].outcome);
        cr_expect_eq(cloud_sql("SELECT \"left\" + held + sold FROM sales "
                               "WHERE product_id = 1"),
                     1);
    }
}

Test(schema, a_lapsed_hold_that_was_replaced_is_not_paid_past_the_limit)
{
    PGconn *db = database_open();

    cloud_reset();
    cloud_sql("SELECT hold(4, 3, 'a', 'k', 1)");
    cloud_sql("UPDATE orders SET held_until = now()");
    cloud_sql("SELECT purchase(4, 2, 'a', 'l', 2)");
    database_expect(db, "SELECT confirm(1, 'p')->>'outcome'", "lapsed");
    cloud_sql("SELECT hold(4, 2, 'a', 'm', 3)");
    cloud_sql("UPDATE orders SET held_until = now() WHERE id = 3");
    database_expect(db, "SELECT confirm(3, 'p')->>'outcome'", "confirmed");
    database_expect(db, "SELECT sold FROM sales WHERE product_id = 4", "4");
    PQfinish(db);
}

/*
 * One session's part: anything, with any order, in transactions of their own.
 * Time passes too: holds come to their end.
 */
static const char anything[] =
    "DO $$ DECLARE it bigint; BEGIN FOR i IN 1..200 LOOP "
    "it := 1 + (random() * (SELECT count(*) FROM orders))::int; "
    "CASE (random() * 6)::int "
    "WHEN 0 THEN PERFORM purchase(4, 1, 'b' || it % 5, gen_random_uuid()::text,"
    " NULL); "
    "WHEN 1 THEN PERFORM confirm(it, 'p' || (random() * 2)::int); "
    "WHEN 2 THEN PERFORM cancel(4, it, NULL); "
    "WHEN 3 THEN UPDATE orders SET held_until = now() WHERE id = it "
    "AND state = 'held'; "
    "WHEN 4 THEN PERFORM forget_buyers(now()); "
    "ELSE PERFORM hold(4, 1 + it % 3, 'b' || it % 5, gen_random_uuid()::text, "
    "NULL); END CASE; COMMIT; END LOOP; END $$";

Test(schema, everything_at_once_leaves_the_books_right)
{
    PGconn *sessions[SESSIONS];

    cloud_reset();
    for (size_t i = 0; i < SESSIONS; i++) {
        sessions[i] = database_open();
        cr_assert(PQsendQuery(sessions[i], anything));
    }
    for (size_t i = 0; i < SESSIONS; i++) {
        PGresult *result = PQgetResult(sessions[i]);

        cr_expect_eq(PQresultStatus(result), PGRES_COMMAND_OK, "%s",
                     PQerrorMessage(sessions[i]));
        PQclear(result);
        PQfinish(sessions[i]);
    }
    cr_expect_gt(cloud_sql("SELECT cancelled FROM sales WHERE product_id = 4"),
                 0);
    cr_expect_eq(cloud_sql("SELECT \"left\" + held + sold FROM sales WHERE "
                           "product_id = 4"),
                 20);
    cr_expect_leq(cloud_sql("SELECT max(buyer_has(4, buyer, now())) "
                            "FROM orders"),
                  4);
}

/* ---- afterwards ---- */

Test(schema, sales_are_summed_up)
{
    PGconn *db = database_open();

    cloud_reset();
    cloud_sql("SELECT purchase(2, 2, 'c', 'k1', 1), "
              "purchase(2, 1, 'c', 'k2', 2), hold(2, 4, 'a', 'k3', 3), "
              "hold(2, 5, 'b', 'k4', 4), purchase(2, 1, 'd', 'k5', 5), "
              "purchase(2, 1, 'd', 'k6', 6), confirm(5, 'p'), "
              "cancel(2, 5, 7), cancel(2, 6, 8)");
    cloud_sql("UPDATE orders SET held_until = now() WHERE id = 3");
    database_expect(db,
                    "SELECT concat_ws(' ', \"left\", held, sold, cancelled, "
                    "refunds_due, orders, buyers) FROM sales "
                    "WHERE product_id = 2",
                    "92 5 3 2 1 2 1");
    database_expect(db, "SELECT count(*) FROM sales", "4");
    PQfinish(db);
}

Test(schema, a_forgotten_buyer_is_gone_and_the_key_buys_nothing)
{
    PGconn *db = database_open();

    cloud_reset();
    cloud_sql("SELECT purchase(2, 1, 'alice', 'k1', 1), "
              "hold(2, 1, 'alice', 'k2', 2), hold(2, 1, 'alice', 'k3', 3)");
    cloud_sql("UPDATE orders SET held_until = now() WHERE id = 3");
    database_expect(db, "SELECT forget_buyers(now() - interval '1 d')", "0");
    database_expect(db, "SELECT forget_buyers(now())", "2");
    database_expect(db, "SELECT forget_buyers(now())", "0");
    database_expect(db,
                    "SELECT string_agg(id::text, ' ') FROM orders "
                    "WHERE orders::text LIKE '%alice%' OR fingerprint = "
                    "request_fingerprint('2', '1', 'alice')",
                    "2");
    database_expect(db, "SELECT purchase(2, 1, 'alice', 'k1', 4)->>'outcome'",
                    "key_reused");
    database_expect(db, "SELECT hold(2, 1, 'alice', 'k3', 5)->>'outcome'",
                    "key_reused");
    database_expect(db, "SELECT confirm(3, 'p')->>'outcome'", "confirmed");
    database_expect(db, "SELECT buyers FROM sales WHERE product_id = 2", "2");
    /* Sales do not meet it halfway. */
    meet("purchase(2, 1, 'b', 'k4', 6)",
         "jsonb_build_object('outcome', forget_buyers(now()))", "1");
    PQfinish(db);
}
