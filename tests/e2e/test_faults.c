/* What breaks, and what the client and the lock see of it. */
#include <criterion/criterion.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#include "cloud.h"

/* Buy until the answer is no "busy"; the lease ends the lock meanwhile. */
static struct answer buy_when_free(int product, const char *buyer,
                                   const char *key, size_t *refused)
{
    struct answer answer = cloud_buy(product, buyer, key);
    int polls = 0;

    for (*refused = 0; answer.status == 409 && polls < 2000; polls++) {
        ++*refused;
        client_free(&answer, 1);
        cloud_pause();
        answer = cloud_buy(product, buyer, key);
    }
    return answer;
}

/* Ask for a ticket; whether any has been sold by now. */
static bool is_sold(int product)
{
    struct answer answer = cloud_buy(product, "alice", NULL);

    client_free(&answer, 1);
    return cloud_sql("SELECT count(*) FROM orders") > 0;
}

static bool is_free(int product)
{
    return cloud_redis("EXISTS lock:product:%d", product) == 0;
}

/* The release comes behind the answer: whoever is quicker is refused. */
static struct answer buy_next(int product, const char *buyer, const char *key)
{
    CLOUD_WAIT_FOR(is_free(product));
    return cloud_buy(product, buyer, key);
}

Test(faults, a_replay_gets_its_order_though_the_stock_is_0)
{
    struct answer first, again;

    cloud_reset();
    first = cloud_buy(1, "alice", "key-of-alice");
    cr_expect_eq(first.status, 201);
    cloud_expect(410, buy_next(1, "bob", "key-of-bob"));
    again = buy_next(1, "alice", "key-of-alice");
    cr_expect_eq(again.status, 200);
    cr_expect_str_eq(again.body.data, first.body.data);
    cr_expect(strcasestr(again.headers.data, "idempotent-replayed: true"));
    cloud_expect(422, buy_next(1, "mallory", "key-of-alice"));
    cloud_expect(422, cloud_buy(2, "alice", "key-of-alice"));
    client_free(&first, 1);
    client_free(&again, 1);
}

/* Who asks again needs no lock of the product, and so does not wait for it. */
Test(faults, an_answer_lost_behind_the_sale_is_found_again_by_its_key)
{
    struct answer again;

    cloud_reset();
    /* Two: libcurl sends again where a kept connection dies. */
    cloud_fault("sql", "lose_answers", 2);
    cloud_expect(504, cloud_buy(1, "alice", "key-of-alice"));
    cloud_fault("sql", "lose_answers", 0);
    cr_expect_eq(cloud_redis("EXISTS lock:product:1"), 1);
    again = cloud_buy(1, "alice", "key-of-alice");
    cr_expect(client_said(&again, "\"buyer\":\"alice\""));
    cloud_expect(200, again);
    cr_expect_eq(cloud_redis("EXISTS lock:product:1"), 1);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 1);
}

Test(faults, a_sale_that_was_sent_twice_sells_once)
{
    struct answer answer;

    cloud_reset();
    cloud_expect(201, cloud_buy(3, "warm", NULL));
    cloud_fault("sql", "lose_answers", 1);
    answer = cloud_buy(1, "alice", NULL);
    cr_expect_eq(answer.status, 200);
    cr_expect(strcasestr(answer.headers.data, "idempotent-replayed: true"));
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders WHERE product_id = 1"),
                 1);
    client_free(&answer, 1);
}

Test(faults, a_lock_answer_that_is_lost_is_still_a_sale)
{
    cloud_reset();
    cloud_fault("kv", "lose_answers", 1);
    cloud_expect(201, cloud_buy(1, "alice", NULL));
    CLOUD_WAIT_FOR(cloud_redis("EXISTS lock:product:1") == 0);
}

Test(faults, garbage_from_the_store_is_asked_again)
{
    cloud_reset();
    cloud_fault("kv", "garbage", 1);
    cloud_expect(201, cloud_buy(1, "alice", NULL));
}

/*
 * A call that its caller has given up is carried out all the same: wait until
 * more than CALLS were, since it must not reach into the next test.
 */
static void await_late_call(long long calls)
{
    CLOUD_WAIT_FOR(cloud_counter("sql_calls") > calls);
    CLOUD_WAIT_FOR(cloud_sql("SELECT count(*) FROM pg_stat_activity "
                             "WHERE state = 'active' "
                             "AND pid <> pg_backend_pid()") == 0);
}

/* Kill the instance that asks for BODY at PATH, while its call is under way. */
static void kill_inside(const char *path, const char *body, const char *lock)
{
    char url[256];
    int asked;

    (void)snprintf(url, sizeof(url), "%s", cloud_url(path));
    cloud_fault("sql", "delay_before_ms", 2000);
    asked = client_start(&(struct request){.url = url, .body = body});
    CLOUD_WAIT_FOR(cloud_redis("EXISTS %s", lock) == 1);
    cr_assert_gt(cloud_pid("busy"), 0);
    cloud_kill(cloud_pid("busy"));
    cr_expect_eq(client_wait(asked), 502);
    cloud_fault("sql", "delay_before_ms", 0);
    cr_expect_eq(cloud_redis("EXISTS %s", lock), 1);
}

/* Whether somebody else has the lock of ada's name, not the name. */
static bool is_name_busy(void)
{
    struct answer answer = client_send(
        &(struct request){.url = cloud_url("/api/username"),
                          .body = "{\"username\":\"ada\",\"user\":\"bob\"}"});
    const bool busy = client_said(&answer, ":problem:busy");

    client_free(&answer, 1);
    return busy;
}

Test(faults, a_holder_killed_inside_blocks_a_name_until_its_lease_ends,
     .timeout = 60)
{
    int refused = 0;

    cloud_reset();
    kill_inside("/api/username", "{\"username\":\"ada\",\"user\":\"alice\"}",
                "lock:username:ada");
    while (refused < 2000 && is_name_busy()) {
        refused++;
        cloud_pause();
    }
    cr_expect_gt(refused, 10);
    cr_expect_lt(refused, 2000);
}

Test(faults, a_holder_killed_inside_leaves_the_other_permits)
{
    size_t refused;
    struct answer winner;
    long long calls;

    cloud_reset();
    calls = cloud_counter("sql_calls");
    kill_inside("/api/purchase", "{\"product_id\":2,\"buyer\":\"alice\"}",
                "lock:product:2");
    winner = buy_when_free(2, "bob", NULL, &refused);
    cr_expect_gt(refused, 0U);
    cloud_expect(201, winner);
    cr_expect_eq(cloud_redis("EXISTS lock:product:2"), 1);
    await_late_call(calls + 1);
}

Test(faults, a_store_that_is_down_is_a_503_without_a_call_to_the_database)
{
    long long calls;

    cloud_reset();
    calls = cloud_counter("sql_calls");
    cloud_fault("kv", "down", 1);
    cloud_expect(503, cloud_buy(1, "alice", NULL));
    cloud_recycle();
    cloud_expect(503, cloud_buy(1, "alice", NULL));
    cr_expect_eq(cloud_counter("sql_calls"), calls);
    cloud_fault("kv", "down", 0);
    CLOUD_WAIT_FOR(is_sold(2));
}

Test(faults, a_store_that_answers_500_is_a_503)
{
    long long calls;

    cloud_reset();
    calls = cloud_counter("sql_calls");
    cloud_fault("kv", "fail_status", 500);
    cloud_fault("kv", "fail_count", 20);
    cloud_expect(503, cloud_buy(1, "alice", NULL));
    cr_expect_eq(cloud_counter("sql_calls"), calls);
}

/* Three requests without an answer are enough, and one to give the lock back.
 */
Test(faults, a_store_that_does_not_answer_is_not_hammered)
{
    long long before;

    cloud_reset();
    cloud_fault("kv", "fail_status", 500);
    cloud_fault("kv", "fail_count", 1000);
    before = cloud_counter("kv_requests");
    for (int i = 0; i < 50; i++) {
        cloud_expect(503, cloud_buy(2, "alice", NULL));
        CLOUD_WAIT_FOR_REST();
    }
    cr_expect_leq(cloud_counter("kv_requests") - before, 10);
    cloud_fault("kv", "fail_count", 0);
}

Test(faults, a_store_that_forgot_its_fences_costs_one_503)
{
    cloud_reset();
    cloud_sql("INSERT INTO fences VALUES ('product:2', 1000)");
    cloud_expect(503, cloud_buy(2, "alice", "key-of-alice"));
    cloud_expect(201, buy_next(2, "alice", "key-of-alice"));
    cr_expect_eq(cloud_sql("SELECT last_fence FROM fences"), 1001);
}

/* Set back by the holder, then raised to what the database has seen. */
Test(faults, a_counter_past_the_end_of_the_numbers_costs_one_503)
{
    cloud_reset();
    cloud_sql("INSERT INTO fences VALUES ('product:2', 1000)");
    cloud_redis("SET fence:product:2 9007199254740993");
    cloud_expect(503, cloud_buy(2, "alice", "key-of-alice"));
    cloud_expect(201, buy_next(2, "alice", "key-of-alice"));
    cloud_redis("SET fence:product:2 9223372036854775807");
    CLOUD_WAIT_FOR(is_free(2));
    cloud_expect(503, cloud_buy(2, "bob", "key-of-bob"));
    cloud_expect(201, buy_next(2, "bob", "key-of-bob"));
    cr_expect_eq(cloud_sql("SELECT last_fence FROM fences"), 1002);
}

Test(faults, a_database_that_is_down_is_a_503_and_the_lock_is_released)
{
    cloud_reset();
    cloud_recycle();
    cloud_fault("sql", "down", 1);
    cloud_expect(503, cloud_buy(1, "alice", NULL));
    cloud_fault("sql", "down", 0);
    cloud_expect(201, buy_next(1, "alice", NULL));
}

Test(faults, a_database_that_is_too_slow_is_a_504_and_the_lock_is_kept)
{
    long long calls;

    cloud_reset();
    calls = cloud_counter("sql_calls");
    cloud_fault("sql", "delay_before_ms", 4000);
    cloud_expect(504, cloud_buy(1, "alice", NULL));
    cr_expect_eq(cloud_redis("EXISTS lock:product:1"), 1);
    cloud_expect(409, cloud_buy(1, "bob", NULL));
    await_late_call(calls);
}

Test(faults, a_health_check_says_which_store_is_down)
{
    struct answer answer;

    cloud_reset();
    cloud_expect(
        200, client_send(&(struct request){.url = cloud_url("/api/health")}));
    cloud_recycle();
    cloud_fault("sql", "down", 1);
    answer = client_send(&(struct request){.url = cloud_url("/api/health")});
    cr_expect_eq(answer.status, 503);
    cr_expect(client_said(&answer, "\"kv\":\"ok\""));
    cr_expect(client_said(&answer, "\"database\":\"unavailable\""));
    client_free(&answer, 1);
}

Test(faults, a_health_check_says_that_its_sql_function_is_missing)
{
    struct answer answer;

    cloud_reset();
    cloud_sql("ALTER FUNCTION bouncer_health RENAME TO gone");
    answer = client_send(&(struct request){.url = cloud_url("/api/health")});
    cloud_sql("ALTER FUNCTION gone RENAME TO bouncer_health");
    cloud_recycle();
    cr_expect_eq(answer.status, 503);
    cr_expect(client_said(&answer, "\"database\":\"no_function\""));
    client_free(&answer, 1);
}

/* ---- what the store sees ---- */

/* The next line of a MONITOR that holds WORDS, copied to LINE. */
static void find_monitored(redisContext *monitor, const char *words, char *line,
                           size_t size)
{
    redisReply *reply = NULL;

    line[0] = '\0';
    while (!strstr(line, words)) {
        cr_assert_eq(redisGetReply(monitor, (void **)&reply), REDIS_OK);
        (void)snprintf(line, size, "%s", reply->str);
        freeReplyObject(reply);
    }
}

Test(faults, the_store_sees_set_nx_ex_with_a_random_token)
{
    redisContext *monitor;
    char line[512];
    const char *token;

    cloud_reset();
    monitor = redisConnectUnix(cloud_setting("REDIS_SOCKET"));
    cr_assert(monitor && !monitor->err);
    cr_assert_eq(redisSetTimeout(monitor, (struct timeval){.tv_sec = 10}),
                 REDIS_OK);
    freeReplyObject(redisCommand(monitor, "MONITOR"));
    cloud_expect(201, cloud_buy(1, "alice", NULL));
    find_monitored(monitor, "\"SET\" \"lock:product:1\" \"", line,
                   sizeof(line));
    token = strstr(line, "product:1\" \"") + strlen("product:1\" \"");
    cr_expect_eq(strspn(token, "0123456789abcdef"), 32U);
    cr_expect_str_eq(token + 32, "\" \"NX\" \"EX\" \"10\"");
    redisFree(monitor);
}

Test(faults, no_secret_is_in_the_functions_log)
{
    char line[4096];
    FILE *log = fopen(cloud_setting("CLOUD_LOG"), "r");

    cr_assert(log);
    cloud_reset();
    cloud_expect(201, cloud_buy(1, "alice-of-the-log", NULL));
    while (fgets(line, sizeof(line), log)) {
        cr_expect(!strstr(line, cloud_setting("UPSTASH_REDIS_REST_TOKEN")));
        cr_expect(!strstr(line, cloud_setting("NEON_CONNECTION_STRING")));
        cr_expect(!strstr(line, cloud_setting("SERVICE_KEY")));
        cr_expect(!strstr(line, "alice-of-the-log"));
    }
    (void)fclose(log);
}
