/* A product that many want: how many are let in, and what refusals cost. */
#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdio.h>

#include "cloud.h"

/* As function/operations.json has it. */
#define PERMITS 8

#define BUYERS 20

/* Calls of purchase that wait for a product's row. */
static long long calls_inside(void)
{
    return cloud_sql("SELECT count(*) FROM pg_stat_activity WHERE "
                     "wait_event_type = 'Lock' AND query LIKE '%purchase%'");
}

/* Whether every request has been refused, or waits inside. */
static bool is_settled(void)
{
    return cloud_counter("queued") == 0 &&
           cloud_counter("instances_busy") == calls_inside();
}

/* Somebody else has the product's row, so whoever is let in stays inside. */
static PGconn *hold_row(void)
{
    PGconn *db = PQconnectdb(cloud_setting("DATABASE_URL"));
    PGresult *result =
        PQexec(db, "BEGIN; SELECT FROM products WHERE id = 2 FOR UPDATE");

    cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK);
    PQclear(result);
    return db;
}

Test(permits, several_are_let_in_and_never_more_than_the_permits)
{
    static const char body[] = "{\"product_id\":2,\"buyer\":\"b\"}";
    int buyers[BUYERS];
    long long inside = 0, sold = 0;
    PGconn *row;

    cloud_reset();
    row = hold_row();
    for (size_t i = 0; i < BUYERS; i++) {
        buyers[i] = client_start(
            &(struct request){.url = cloud_url("/api/purchase"), .body = body});
        CLOUD_WAIT_FOR(is_settled());
        inside = calls_inside();
        cr_expect_leq(inside, PERMITS);
    }
    cr_expect_gt(inside, 1);
    PQfinish(row);
    for (size_t i = 0; i < BUYERS; i++) {
        const int status = client_wait(buyers[i]);

        cr_expect(status == 201 || status == 409, "%d", status);
        sold += status == 201;
    }
    cr_expect_eq(sold, inside);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), sold);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 2"),
                 100 - sold);
}

/* Each permit has its own counter; the database takes the fences of all. */
Test(permits, each_has_its_own_fence_in_the_database)
{
    struct answer answer = {.status = 0};

    cloud_reset();
    cloud_redis("SET lock:product:2 0123456789abcdef0123456789abcdef EX 30");
    for (int i = 0; i < 100 && answer.status != 201; i++) {
        answer = cloud_buy(2, "alice", NULL);
        client_free(&answer, 1);
    }
    cr_expect_eq(answer.status, 201);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM fences WHERE lock LIKE "
                           "'product:2#_' AND last_fence = 1"),
                 1);
}

/* An instance that was refused looks before it tries again. */
Test(permits, a_flood_costs_one_command_a_refusal_after_an_instances_first)
{
    static const char *const keys[] = {NULL, "key-of-bob"};

    for (size_t i = 0; i < 2; i++) {
        long long before, calls;

        cloud_reset();
        cloud_redis("SET lock:product:2 somebody EX 60");
        for (int permit = 1; permit < PERMITS; permit++)
            cloud_redis("SET lock:product:2#%d somebody EX 60", permit);
        cloud_expect(409, cloud_buy(2, "bob", keys[i]));
        CLOUD_WAIT_FOR_REST();
        before = cloud_counter("kv_commands");
        calls = cloud_counter("sql_calls");
        for (int refused = 0; refused < BUYERS; refused++) {
            cloud_expect(409, cloud_buy(2, "bob", keys[i]));
            CLOUD_WAIT_FOR_REST();
        }
        cr_expect_eq(cloud_counter("kv_commands") - before, BUYERS);
        cr_expect_eq(cloud_counter("sql_calls"), calls);
    }
}
