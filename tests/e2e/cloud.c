/*
 * Each question is a connection of its own, to the control address, to Redis or
 * to PostgreSQL: nothing is kept between tests, which are processes of
 * theirs.  Whatever fails here fails the test.
 */
#include "cloud.h"

#include <criterion/criterion.h>
#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "control_client.h"

const char *cloud_setting(const char *name)
{
    const char *value = getenv(name);

    cr_assert(value, "%s is not set: start the tests by `make test-e2e`", name);
    return value;
}

const char *cloud_url(const char *path)
{
    static char url[512];

    (void)snprintf(url, sizeof(url), "%s%s", cloud_setting("FUNCTION_URL"),
                   path);
    return url;
}

/* ---- the stores ---- */

long long cloud_sql(const char *sql)
{
    PGconn *db = PQconnectdb(cloud_setting("DATABASE_URL"));
    PGresult *result = PQexec(db, sql);
    long long number = 0;

    cr_assert(PQresultStatus(result) == PGRES_TUPLES_OK ||
                  PQresultStatus(result) == PGRES_COMMAND_OK,
              "%s", PQerrorMessage(db));
    if (PQntuples(result) == 1)
        number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    PQfinish(db);
    return number;
}

long long cloud_redis(const char *format, ...)
{
    redisContext *redis = redisConnectUnix(cloud_setting("REDIS_SOCKET"));
    redisReply *reply;
    long long number = -1;
    va_list args;

    cr_assert(redis && !redis->err);
    va_start(args, format);
    reply = redisvCommand(redis, format, args);
    va_end(args);
    cr_assert(reply);
    if (reply->type == REDIS_REPLY_INTEGER)
        number = reply->integer;
    else if (reply->type != REDIS_REPLY_NIL)
        number = (long long)reply->len;
    freeReplyObject(reply);
    redisFree(redis);
    return number;
}

void cloud_reset(void)
{
    char url[512];
    struct answer answer;

    (void)snprintf(url, sizeof(url), "%s/faults", cloud_setting("CONTROL_URL"));
    answer = client_send(&(struct request){.method = "DELETE", .url = url});
    client_free(&answer, 1);
    /* What an earlier test has left at work must not reach this one. */
    CLOUD_WAIT_FOR_REST();
    cloud_redis("FLUSHALL");
    cloud_sql("TRUNCATE orders, usernames, fences RESTART IDENTITY");
    cloud_sql("UPDATE products SET opens_at = NULL, closes_at = NULL, "
              "stock = seed.stock, per_buyer = seed.per_buyer, "
              "hold_s = seed.hold_s FROM (VALUES (1, 1, NULL, 600), "
              "(2, 100, NULL, 600), (3, 5000, NULL, 600), (4, 20, 4, 30)) "
              "AS seed (id, stock, per_buyer, hold_s) "
              "WHERE products.id = seed.id");
    cloud_recycle();
    CLOUD_WAIT_FOR(cloud_pid("idle") == 0);
}

struct answer cloud_buy(int product, const char *buyer, const char *key)
{
    char body[256];

    (void)snprintf(body, sizeof(body), "{\"product_id\":%d,\"buyer\":\"%s\"}",
                   product, buyer);
    return client_send(&(struct request){
        .url = cloud_url("/api/purchase"), .body = body, .key = key});
}

struct answer cloud_ask_as_shop(const char *path, const char *body,
                                const char *name)
{
    char field[256];

    (void)snprintf(field, sizeof(field), "Authorization: Bearer %s",
                   cloud_setting(name));
    return client_send(&(struct request){
        .url = cloud_url(path), .body = body, .field = field});
}

void cloud_expect(int status, struct answer answer)
{
    cr_expect_eq(answer.status, status, "%d: %s", answer.status,
                 answer.body.data ? answer.body.data : "");
    client_free(&answer, 1);
}

/* ---- the control address ---- */

static void control(const char *path, const char *body)
{
    struct error err = {0};

    cr_assert(
        control_client_post(cloud_setting("CONTROL_URL"), path, body, &err),
        "%s", err.text);
}

void cloud_fault(const char *door, const char *fault, long long value)
{
    struct error err = {0};

    cr_assert(control_client_fault(cloud_setting("CONTROL_URL"), door, fault,
                                   value, &err),
              "%s", err.text);
}

long long cloud_counter(const char *name)
{
    struct error err = {0};
    long long value = -1;

    cr_assert(control_client_counters(cloud_setting("CONTROL_URL"), &name,
                                      &value, 1, &err),
              "%s", err.text);
    return value;
}

int cloud_pid(const char *state)
{
    struct error err = {0};
    pid_t pid = 0;
    size_t found;

    cr_assert(control_client_pids(cloud_setting("CONTROL_URL"), state, &pid, 1,
                                  &found, &err),
              "%s", err.text);
    return pid;
}

void cloud_kill(int pid)
{
    char body[64];

    (void)snprintf(body, sizeof(body), "{\"pid\":%d}", pid);
    control("/instances/kill", body);
}

void cloud_warm(void)
{
    control("/warm", "{}");
}

void cloud_recycle(void)
{
    control("/recycle", "{}");
}

void cloud_pause(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}
