/*
 * A shop that calls from its server: one word in the operations' file asks all
 * callers for the secret.  In a cloud with that word and two secrets.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cloud.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define BODY "{\"product_id\":2,\"buyer\":\"alice\"}"

/* Ask with the secret that the setting NAME holds; NULL: with none. */
static struct answer buy_with(const char *name)
{
    char field[256] = "X-None: 1";

    if (name)
        (void)snprintf(field, sizeof(field), "Authorization: Bearer %s",
                       cloud_setting(name));
    return client_send(&(struct request){
        .url = cloud_url("/api/purchase"), .body = BODY, .field = field});
}

Test(secret, whoever_has_either_secret_buys)
{
    cloud_reset();
    cloud_expect(201, buy_with("SHOP_SECRET"));
    cloud_expect(201, buy_with("SHOP_SECRET_2"));
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), 2);
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
