/*
 * A shop that calls from its server: one word in the operations' file asks all
 * callers for the secret.  In a cloud with that word and two secrets, of which
 * one is the environment's.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "cloud.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define BODY "{\"product_id\":2,\"buyer\":\"alice\"}"
#define PAID "{\"order_id\":1,\"payment\":\"p\"}"

/* Ask with the secret that the setting NAME holds; NULL: with none. */
static struct answer buy_with(const char *name)
{
    return name ? cloud_ask_as_shop("/api/purchase", BODY, name)
                : cloud_buy(2, "alice", NULL);
}

Test(secret, whoever_has_either_secret_buys)
{
    cloud_reset();
    cloud_expect(201, buy_with("FIRST_SECRET"));
    cloud_expect(201, buy_with("SECOND_SECRET"));
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 2);
}

Test(secret, a_payment_is_told_with_either_secret)
{
    cloud_reset();
    cloud_expect(201, cloud_ask_as_shop("/api/hold", BODY, "FIRST_SECRET"));
    cloud_expect(200, cloud_ask_as_shop("/api/confirm", PAID, "SECOND_SECRET"));
    cloud_expect(200, cloud_ask_as_shop("/api/confirm", PAID, "FIRST_SECRET"));
}

/* An answer that wants the secret is nothing for a cache, which asks for none.
 */
Test(secret, only_what_anyone_may_read_is_kept)
{
    struct answer answer;

    cloud_reset();
    answer =
        client_send(&(struct request){.url = cloud_url("/api/products/2")});
    cr_expect_eq(answer.status, 200, "%d", answer.status);
    cr_expect(strcasestr(answer.headers.data, "\r\nCache-Control: public"));
    client_free(&answer, 1);
    cloud_expect(201, cloud_ask_as_shop("/api/hold", BODY, "FIRST_SECRET"));
    answer = cloud_ask_as_shop("/api/orders/1", NULL, "FIRST_SECRET");
    cr_expect_eq(answer.status, 200, "%d", answer.status);
    cr_expect(strcasestr(answer.headers.data, "\r\nCache-Control: no-store"));
    client_free(&answer, 1);
}

Test(secret, all_others_hear_401_and_the_stores_hear_nothing)
{
    static const char *const names[] = {NULL, "FUNCTION_URL"};

    cloud_reset();
    for (size_t i = 0; i < COUNT(names); i++) {
        struct answer answer = buy_with(names[i]);

        cr_expect_eq(answer.status, 401, "%d", answer.status);
        cr_expect(strcasestr(answer.headers.data,
                             "\r\nWWW-Authenticate: Bearer realm=\"bouncer\""),
                  "%s", answer.headers.data);
        client_free(&answer, 1);
    }
    cr_expect_eq(cloud_redis("DBSIZE"), 0);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 0);
}

Test(secret, a_browser_may_ask_whether_it_may_and_a_monitor_whether_it_runs)
{
    struct answer answer = client_send(&(struct request){
        .method = "OPTIONS",
        .url = cloud_url("/api/purchase"),
        .field = "Origin: https://shop.example\r\n"
                 "Access-Control-Request-Method: POST\r\n"
                 "Access-Control-Request-Headers: authorization",
    });

    cr_expect_eq(answer.status, 204, "%d", answer.status);
    cr_expect(strcasestr(answer.headers.data, "authorization"));
    client_free(&answer, 1);
    cloud_expect(200,
                 client_send(&(struct request){.url = cloud_url("/api/live")}));
    cloud_expect(
        200, client_send(&(struct request){.url = cloud_url("/api/health")}));
}
