/*
 * An answer is searched for what it tells, and not parsed: a crowd hears many
 * thousands of them while it is being measured.
 */
#include "buyer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "ask.h"
#include "loopback.h"

#define MS_PER_S 1000

/* Longer than anybody is told to stay away. */
#define WAIT_MAX_MS 60000

#define CALL                                                                   \
    "{\"query\":\"SELECT purchase(\\\"product_id\\\" => $1, "                  \
    "\\\"quantity\\\" => 1, \\\"buyer\\\" => $2, "                             \
    "\\\"idempotency_key\\\" => $3, \\\"fence\\\" => NULL) AS answer\","       \
    "\"params\":[\"%ld\",\"buyer-%d\",\"buyer-%ld-%d\"]}"

static bool ask_function(int fd, const struct buyer_wish *wish, int number)
{
    char body[96];
    char key[96];

    (void)snprintf(body, sizeof(body),
                   "{\"product_id\":%ld,\"buyer\":\"buyer-%d\"}", wish->product,
                   number);
    (void)snprintf(key, sizeof(key), "Idempotency-Key: buyer-%ld-%d\r\n",
                   wish->product, number);
    return ask_send(fd, &(struct ask_request){
                            .url = wish->url, .body = body, .fields = key});
}

static bool ask_database(int fd, const struct buyer_wish *wish, int number)
{
    char body[512];
    char field[1024];

    (void)snprintf(body, sizeof(body), CALL, wish->product, number,
                   wish->product, number);
    (void)snprintf(field, sizeof(field), "Neon-Connection-String: %s\r\n",
                   wish->connection_string);
    return ask_send(fd, &(struct ask_request){
                            .url = wish->url, .body = body, .fields = field});
}

bool buyer_ask(int fd, const struct buyer_wish *wish, int number)
{
    return wish->connection_string ? ask_database(fd, wish, number)
                                   : ask_function(fd, wish, number);
}

int buyer_status(const struct buyer_wish *wish, const char *answer)
{
    const int status = loopback_status(answer);

    if (!wish->connection_string || status != 200)
        return status;
    if (strstr(answer, "\"sold\""))
        return 201;
    return strstr(answer, "\"sold_out\"") ? 410 : 500;
}

int64_t buyer_number(const char *answer, const char *name)
{
    const char *at = strcasestr(answer, name);

    return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* The time behind NAME in ANSWER, in seconds; -1: there is none. */
static int64_t time_after(const char *answer, const char *name,
                          const char *format)
{
    const char *at = strcasestr(answer, name);
    struct tm time = {0};

    return at && strptime(at + strlen(name), format, &time) ? timegm(&time)
                                                            : -1;
}

int64_t buyer_until_ms(const char *answer, const char *name)
{
    const int64_t now_s =
        time_after(answer, "\r\nDate: ", "%a, %d %b %Y %H:%M:%S");
    const int64_t then_s = time_after(answer, name, "%Y-%m-%dT%H:%M:%S");

    if (now_s < 0 || then_s < 0)
        return -1;
    return then_s < now_s ? 0 : (then_s + 1 - now_s) * MS_PER_S;
}

int64_t buyer_wait_ms(const char *answer, int status, unsigned short seed[3])
{
    const bool passes = status == 429 || status == 502 || status == 503 ||
                        status == 504 || strstr(answer, ":held-out\"");
    int64_t wait_ms = buyer_number(ask_body(answer), "\"retry_after_ms\":");

    if (wait_ms < 0) {
        wait_ms = buyer_until_ms(answer, "\"next_lapse_at\":\"");
        if (wait_ms < 0)
            wait_ms = buyer_number(answer, "\r\nRetry-After:") * MS_PER_S;
        if (wait_ms < 0)
            wait_ms = passes ? MS_PER_S : -1;
        if (wait_ms < 0)
            return -1;
        wait_ms += (int64_t)(erand48(seed) * MS_PER_S);
    }
    return wait_ms < WAIT_MAX_MS ? wait_ms : WAIT_MAX_MS;
}
