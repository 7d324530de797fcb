/*
 * Habits are dealt out by the buyers' numbers, so that any share of the buyers
 * has all of them.  Whoever has no order after its hold goes home.
 */
#include "errand.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "ask.h"

#define HABITS 20

/* People think for so long at most; those who heard nothing ask at once. */
#define THINK_MS 1000
#define AT_ONCE_MS 50

static const char *const habits[HABITS] = {
    "h", "hpp", "h",   "hPp", "Hhpp", "h",   "hpp", "hlp", "h",   "hpq",
    "h", "hcp", "hpp", "hpp", "Hhpp", "hPp", "h",   "hpp", "hpq", "hpCcp",
};

const char *errand_habit(int number)
{
    return habits[number % HABITS];
}

static char letter_of(const struct errand *errand, int number)
{
    return errand_habit(number)[errand->step];
}

bool errand_loses(const struct errand *errand, int number)
{
    return isupper((unsigned char)letter_of(errand, number));
}

bool errand_ask(int fd, const struct buyer_wish *wish, int number,
                const struct errand *errand)
{
    const char letter = (char)tolower((unsigned char)letter_of(errand, number));
    const char *path = "/api/confirm";
    char url[256];
    char body[96];
    char fields[256];

    (void)snprintf(fields, sizeof(fields), "Authorization: Bearer %s\r\n",
                   wish->secret);
    if (letter == 'h') {
        path = "/api/hold";
        (void)snprintf(body, sizeof(body),
                       "{\"product_id\":%ld,\"buyer\":\"buyer-%d\"}",
                       wish->product, number);
        (void)snprintf(fields, sizeof(fields),
                       "Idempotency-Key: buyer-%ld-%d\r\n", wish->product,
                       number);
    } else if (letter == 'c') {
        path = "/api/cancel";
        (void)snprintf(body, sizeof(body),
                       "{\"product_id\":%ld,\"order_id\":%ld}", wish->product,
                       errand->order);
    } else {
        (void)snprintf(body, sizeof(body),
                       "{\"order_id\":%ld,\"payment\":\"%c-%ld\"}",
                       errand->order, letter == 'q' ? 'q' : 'p', errand->order);
    }
    (void)snprintf(url, sizeof(url), "%s%s", wish->url, path);
    return ask_send(
        fd, &(struct ask_request){.url = url, .body = body, .fields = fields});
}

int64_t errand_go_on(struct errand *errand, int number, const char *answer,
                     int status, unsigned short seed[3])
{
    const bool lost = errand_loses(errand, number);

    errand->heard[errand->step] = status;
    if (letter_of(errand, number) == 'h')
        errand->order = buyer_number(answer, "\"order_id\":");
    if (errand->order < 0 || errand_habit(number)[errand->step + 1] == '\0')
        return -1;
    errand->step++;
    if (letter_of(errand, number) == 'l')
        return buyer_until_ms(answer, "\"expires_at\":\"") +
               (int64_t)(erand48(seed) * THINK_MS);
    return (int64_t)(erand48(seed) * (lost ? AT_ONCE_MS : THINK_MS));
}
