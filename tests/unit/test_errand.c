/*
 * A buyer with a habit is taken through its errand by answers as the function
 * would give them, and what it asks and when is looked at.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "errand.h"

#define HELD                                                                   \
    "HTTP/1.1 201 Created\r\nDate: Fri, 27 Nov 2026 19:00:00 GMT\r\n\r\n"      \
    "{\"order_id\":7,\"expires_at\":\"2026-11-27T19:00:03.250Z\"}"
#define GONE "HTTP/1.1 410 Gone\r\n\r\n{}"
#define PAID "HTTP/1.1 200 OK\r\n\r\n{\"order_id\":7}"

static unsigned short seed[3] = {1, 2, 3};

/* The first buyer with HABIT. */
static int buyer_with(const char *habit)
{
    int number = 0;

    while (number < 100 && strcmp(errand_habit(number), habit) != 0)
        number++;
    cr_assert_lt(number, 100, "nobody has the habit %s", habit);
    return number;
}

Test(errand, three_of_ten_never_pay)
{
    int never = 0;

    for (int i = 0; i < 100; i++)
        never += strcmp(errand_habit(i), "h") == 0;
    cr_expect_eq(never, 30);
}

Test(errand, goes_step_by_step_to_its_end)
{
    const int number = buyer_with("hpp");
    struct errand errand = {0};

    cr_expect_geq(errand_go_on(&errand, number, HELD, 201, seed), 0);
    cr_expect_eq(errand.order, 7);
    cr_expect_geq(errand_go_on(&errand, number, PAID, 200, seed), 0);
    cr_expect_eq(errand_go_on(&errand, number, PAID, 200, seed), -1);
    cr_expect_eq(errand.heard[0], 201);
    cr_expect_eq(errand.heard[2], 200);
}

Test(errand, whoever_gets_no_order_goes_home)
{
    struct errand errand = {0};

    cr_expect_eq(errand_go_on(&errand, buyer_with("hpp"), GONE, 410, seed), -1);
    cr_expect_eq(errand.order, -1);
}

Test(errand, a_late_payment_comes_after_the_lapse)
{
    struct errand errand = {0};

    cr_expect_geq(errand_go_on(&errand, buyer_with("hlp"), HELD, 201, seed),
                  3250);
}

Test(errand, a_lost_answer_is_asked_for_again)
{
    const int number = buyer_with("Hhpp");
    struct errand errand = {0};

    cr_expect(errand_loses(&errand, number));
    cr_expect_geq(errand_go_on(&errand, number, "", 0, seed), 0);
    cr_expect_not(errand_loses(&errand, number));
    cr_expect_geq(errand_go_on(&errand, number, HELD, 201, seed), 0);
    cr_expect_eq(errand.order, 7);
}
