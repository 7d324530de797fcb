/*
 * The KV door as the function meets it: what a sale costs at a store that has
 * DELEX, as Upstash has, and at one that lacks it; and a door that a client
 * tried to take from all others.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "cloud.h"

static void expect_sale(void)
{
    struct answer answer = cloud_buy(2, "doors", NULL);

    cr_expect_eq(answer.status, 201);
    client_free(&answer, 1);
}

/* The billed commands of a sale, its release after the answer included. */
static long long price_of_sale(void)
{
    long long before = cloud_counter("kv_commands");

    expect_sale();
    CLOUD_WAIT_FOR(cloud_redis("EXISTS lock:product:2") == 0);
    return cloud_counter("kv_commands") - before;
}

Test(doors, a_release_is_one_command_as_at_upstash)
{
    cloud_reset();
    expect_sale();
    CLOUD_WAIT_FOR(cloud_redis("EXISTS lock:product:2") == 0);
    cr_expect_eq(price_of_sale(), 4);
}

Test(doors, a_store_without_delex_is_a_fault_and_costs_a_script)
{
    cloud_reset();
    cloud_fault("kv", "no_delex", 1);
    expect_sale(); /* the instance learns it */
    CLOUD_WAIT_FOR(cloud_redis("EXISTS lock:product:2") == 0);
    cr_expect_eq(price_of_sale(), 6);
    cloud_reset();
}

static struct answer ask_store(const char *command)
{
    char url[256];

    (void)snprintf(url, sizeof(url), "%s/?_token=%s",
                   cloud_setting("UPSTASH_REDIS_REST_URL"),
                   cloud_setting("UPSTASH_REDIS_REST_TOKEN"));
    return client_send(&(struct request){.url = url, .body = command});
}

static int status_of_ping(void)
{
    struct answer answer = ask_store("[\"PING\"]");
    int status = answer.status;

    client_free(&answer, 1);
    return status;
}

/* Redis ends with it, and comes back: the stock is the database's to know. */
Test(doors, a_script_that_writes_without_end_costs_the_store_its_memory_alone)
{
    struct answer answer;

    cloud_reset();
    answer = ask_store(
        "[\"EVAL\",\"while true do redis.call('INCR','k') end\",\"0\"]");
    cr_expect_neq(answer.status, 200);
    client_free(&answer, 1);
    CLOUD_WAIT_FOR(status_of_ping() == 200);
    cr_expect_eq(cloud_redis("EXISTS k"), 0);
    cloud_reset();
    expect_sale();
}
