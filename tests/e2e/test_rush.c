/* Many buyers at the same moment. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "cloud.h"

#define BUYERS 200
#define FEW_BUYERS 20

static void make_buyer(size_t i, struct request *request, void *state)
{
    static char bodies[BUYERS][64];
    static const char *const all[] = {"apigw2", "apigw1", "alb", "vercel"};

    (void)snprintf(bodies[i], sizeof(bodies[i]),
                   "{\"product_id\":1,\"buyer\":\"buyer-%zu\"}", i);
    request->url = cloud_setting("PURCHASE_URL");
    request->body = bodies[i];
    request->dialect = state ? state : all[i % 4];
}

/* Returns how many requests went on to the database. */
static long long sell_the_last_ticket(size_t buyers, char *dialect)
{
    struct answer answers[BUYERS];
    long long calls;
    size_t sold, busy, late;

    cloud_reset();
    calls = cloud_counter("sql_calls");
    client_rush(buyers, make_buyer, dialect, answers);
    sold = client_count(answers, buyers, 201);
    busy = client_count(answers, buyers, 409);
    late = client_count(answers, buyers, 410);
    cr_expect_eq(sold, 1U);
    cr_expect_eq(sold + busy + late, buyers, "%zu sold, %zu busy, %zu late",
                 sold, busy, late);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 1);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 1"), 0);
    calls = cloud_counter("sql_calls") - calls;
    /* The others who were late have seen the sign. */
    cr_expect_leq(calls, (long long)(sold + late));
    client_free(answers, buyers);
    return calls;
}

Test(rush, one_ticket_and_200_buyers_make_one_order)
{
    sell_the_last_ticket(BUYERS, NULL);
}

Test(rush, each_dialect_sells_it_once)
{
    static char dialects[][8] = {"apigw2", "apigw1", "alb", "vercel"};

    for (size_t i = 0; i < 4; i++)
        sell_the_last_ticket(FEW_BUYERS, dialects[i]);
}

#define CALLS                                                                  \
    "SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions "              \
    "WHERE funcname = 'purchase'"

/*
 * The first test in a new cloud.  PostgreSQL hands its statistics in some
 * seconds late, and never takes a call back.
 */
Test(count, refused_requests_make_no_call_by_the_databases_own_count)
{
    long long let_in;

    cr_assert_eq(cloud_sql(CALLS), 0, "this cloud is not new");
    let_in = sell_the_last_ticket(BUYERS, NULL);
    cr_expect_lt(let_in, BUYERS, "nobody was refused");
    CLOUD_WAIT_FOR(cloud_sql(CALLS) >= let_in);
    cr_expect_eq(cloud_sql(CALLS), let_in);
}

static void make_drop(size_t i, struct request *request, void *state)
{
    (void)i;
    (void)state;
    request->url = cloud_setting("PURCHASE_URL");
    request->body = "{\"product_id\":2,\"quantity\":7,\"buyer\":\"b\"}";
}

Test(rush, a_limited_drop_is_never_oversold)
{
    struct answer answers[BUYERS];
    size_t sold = 0;

    cloud_reset();
    for (int round = 0; round < 5; round++) {
        client_rush(BUYERS, make_drop, NULL, answers);
        sold += client_count(answers, BUYERS, 201);
        client_free(answers, BUYERS);
    }
    cr_expect_geq(sold, 5U);
    cr_expect_leq(sold, 14U);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), (long long)sold,
                 "%lld orders, %zu sold",
                 cloud_sql("SELECT count(*) FROM orders"), sold);
    cr_expect_eq(cloud_sql("SELECT stock FROM products WHERE id = 2"),
                 100 - 7 * (long long)sold);
}

static void make_user(size_t i, struct request *request, void *state)
{
    static char bodies[BUYERS][64];

    (void)state;
    (void)snprintf(bodies[i], sizeof(bodies[i]),
                   "{\"username\":\"alice\",\"user\":\"u%zu\"}", i);
    request->url = cloud_setting("USERNAME_URL");
    request->body = bodies[i];
}

Test(rush, a_username_goes_to_one_of_200)
{
    struct answer answers[BUYERS];

    cloud_reset();
    client_rush(BUYERS, make_user, NULL, answers);
    cr_expect_eq(client_count(answers, BUYERS, 201), 1U);
    cr_expect_eq(client_count(answers, BUYERS, 409), BUYERS - 1U);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM usernames"), 1);
    client_free(answers, BUYERS);
}
