/* The story: the same rush on the same naive handler, alone and guarded. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "cloud.h"

/* As many as instances, as tests/e2e/run starts them. */
#define BUYERS 50

static void make_buyer(size_t i, struct request *request, void *state)
{
    static char bodies[BUYERS][64];

    (void)snprintf(bodies[i], sizeof(bodies[i]),
                   "{\"product_id\":1,\"buyer\":\"buyer-%zu\"}", i);
    request->url = state;
    request->body = bodies[i];
}

/* How many tickets were sold of one. */
static size_t rush(const char *path)
{
    char url[256];
    struct answer answers[BUYERS];
    size_t sold;

    (void)snprintf(url, sizeof(url), "%s", cloud_url(path));
    cloud_reset();
    CLOUD_WAIT_FOR(cloud_counter("instances_idle") == 0 &&
                   cloud_counter("instances_ending") == 0);
    cloud_warm();
    CLOUD_WAIT_FOR(cloud_counter("instances_idle") == BUYERS);
    /* Databases are some milliseconds away; here they would be none. */
    cloud_fault("sql", "delay_before_ms", 20);
    client_rush(BUYERS, make_buyer, url, answers);
    sold = client_count(answers, BUYERS, 201);
    cr_expect_eq(cloud_sql("SELECT count(*) FROM orders"), (long long)sold);
    client_free(answers, BUYERS);
    return sold;
}

Test(story, a_naive_handler_sells_the_last_ticket_more_than_once)
{
    size_t sold = 0;

    /* A machine that is busy may serve one buyer after the other. */
    for (int round = 0; round < 5 && sold <= 1; round++)
        sold = rush("/alone");
    cr_expect_gt(sold, 1U);
}

Test(story, the_same_handler_behind_the_bouncer_sells_it_once)
{
    cr_expect_eq(rush("/guarded"), 1U);
}
