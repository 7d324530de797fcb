/*
 * A wait is partly drawn, so each answer stands beside the shortest and the
 * longest that it may bring; -1 is no wait: it was the last word.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "buyer.h"
#include "count.h"

#define HEAD(status, field) "HTTP/1.1 " status "\r\n" field "\r\n"
#define DATE "Date: Fri, 27 Nov 2026 18:59:59 GMT\r\n"
#define LAPSE(when) "{\"next_lapse_at\":\"2026-11-27T" when ".250Z\"}"
#define HELD_OUT "{\"type\":\"urn:bouncer:problem:held-out\"}"
#define BODY_MS "{\"retry_after_ms\":417,\"status\":409}"

static const struct {
    const char *answer;
    int status;
    long long least_ms, most_ms;
} told[] = {
    {HEAD("409 Conflict", "Retry-After: 1\r\n") BODY_MS, 409, 417, 417},
    {HEAD("409 Conflict", "retry-after: 2\r\n") "{}", 409, 2000, 2999},
    {HEAD("503 Unavailable", "") "{}", 503, 1000, 1999},
    {HEAD("504 Gateway Timeout", "") "{}", 504, 1000, 1999},
    {HEAD("409 Conflict", "Retry-After: 7200\r\n"), 409, 60000, 60000},
    {HEAD("409 Conflict", DATE) LAPSE("19:00:02"), 409, 4000, 4999},
    {HEAD("409 Conflict", DATE) LAPSE("18:59:58"), 409, 0, 999},
    {HEAD("409 Conflict", DATE) HELD_OUT, 409, 1000, 1999},
    /* The last word. */
    {HEAD("201 Created", "") "{}", 201, -1, -1},
    {HEAD("410 Gone", "") "{}", 410, -1, -1},
    {HEAD("409 Conflict", "") "{}", 409, -1, -1},
    {HEAD("500 Internal", "") "{}", 500, -1, -1},
};

Test(buyer, comes_back_when_it_is_told_to)
{
    unsigned short seed[3] = {1, 2, 3};

    for (size_t i = 0; i < COUNT(told); i++) {
        const long long wait_ms =
            buyer_wait_ms(told[i].answer, told[i].status, seed);

        cr_expect(wait_ms >= told[i].least_ms && wait_ms <= told[i].most_ms,
                  "%zu: %lld ms", i, wait_ms);
    }
}

Test(buyer, reads_what_the_sql_function_says_as_a_status)
{
    const struct buyer_wish direct = {.connection_string = "postgresql://"};
    const struct buyer_wish asked = {.connection_string = NULL};

    cr_expect(eq(
        int, buyer_status(&direct, HEAD("200 OK", "") "{\"outcome\":\"sold\"}"),
        201));
    cr_expect(eq(
        int,
        buyer_status(&direct, HEAD("200 OK", "") "{\"outcome\":\"sold_out\"}"),
        410));
    cr_expect(eq(int, buyer_status(&direct, HEAD("200 OK", "") "{}"), 500));
    cr_expect(eq(int, buyer_status(&direct, HEAD("400 Bad", "") "{}"), 400));
    cr_expect(eq(int, buyer_status(&asked, HEAD("200 OK", "") "{}"), 200));
}
