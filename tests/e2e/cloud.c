#include "cloud.h"

#include <criterion/criterion.h>
#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"

static const struct json_limits control_limits = {
    .max_bytes = 1024UL * 1024, .max_depth = 8, .max_values = 100000};

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

static const char *control_url(const char *path)
{
    static char url[512];

    (void)snprintf(url, sizeof(url), "%s%s", cloud_setting("CONTROL_URL"),
                   path);
    return url;
}

/* ---- the stores ---- */

static PGconn *connect_database(void)
{
    PGconn *db = PQconnectdb(cloud_setting("DATABASE_URL"));

    cr_assert_eq(PQstatus(db), CONNECTION_OK, "%s", PQerrorMessage(db));
    return db;
}

long long cloud_sql(const char *sql)
{
    PGconn *db = connect_database();
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
    client_free(&(struct answer[]){client_send(&(struct request){
                    .method = "DELETE", .url = control_url("/faults")})}[0],
                1);
    /* Locks go at once; an instance that still runs finds its own gone. */
    cloud_redis("FLUSHALL");
    cloud_sql("TRUNCATE orders, usernames, fences RESTART IDENTITY");
    cloud_sql("UPDATE products SET stock = "
              "CASE id WHEN 1 THEN 1 WHEN 2 THEN 100 ELSE 5000 END");
}

struct answer cloud_buy(int product, const char *buyer, const char *key)
{
    char body[256];

    (void)snprintf(body, sizeof(body), "{\"product_id\":%d,\"buyer\":\"%s\"}",
                   product, buyer);
    return client_send(&(struct request){
        .url = cloud_url("/api/purchase"), .body = body, .key = key});
}

/* ---- the control address ---- */

static struct answer control(const char *method, const char *path,
                             const char *body)
{
    struct answer answer = client_send(&(struct request){
        .method = method, .url = control_url(path), .body = body});

    cr_assert_eq(answer.status / 100, 2, "%s %s: %d %s", method, path,
                 answer.status, answer.body.data ? answer.body.data : "");
    return answer;
}

void cloud_fault(const char *door, const char *fault, long long value)
{
    char body[256];
    struct answer answer;

    (void)snprintf(body, sizeof(body),
                   "{\"door\":\"%s\",\"fault\":\"%s\",\"value\":%lld}", door,
                   fault, value);
    answer = control("POST", "/faults", body);
    client_free(&answer, 1);
}

static void parse(struct json_document *doc, const struct answer *answer)
{
    struct error err = {0};

    cr_assert(
        json_parse(doc, buffer_slice(&answer->body), &control_limits, &err),
        "%s: %s", err.text, answer->body.data);
}

long long cloud_counter(const char *name)
{
    struct answer answer = control("GET", "/stats", NULL);
    struct json_document doc;
    int64_t value = -1;

    parse(&doc, &answer);
    cr_assert(json_integer(json_get(doc.root, name), &value), "no counter %s",
              name);
    json_release(&doc);
    client_free(&answer, 1);
    return value;
}

int cloud_pid(const char *state)
{
    struct answer answer = control("GET", "/instances", NULL);
    struct json_document doc;
    const struct json *one;
    int64_t pid = 0;

    parse(&doc, &answer);
    for (one = json_first(doc.root); one; one = json_next(one)) {
        if (slice_is(json_string(json_get(one, "state")), state))
            cr_assert(json_integer(json_get(one, "pid"), &pid));
    }
    json_release(&doc);
    client_free(&answer, 1);
    return (int)pid;
}

void cloud_kill(int pid)
{
    char body[64];
    struct answer answer;

    (void)snprintf(body, sizeof(body), "{\"pid\":%d}", pid);
    answer = control("POST", "/instances/kill", body);
    client_free(&answer, 1);
}

void cloud_warm(void)
{
    struct answer answer = control("POST", "/warm", "{}");

    client_free(&answer, 1);
}

void cloud_recycle(void)
{
    struct answer answer = control("POST", "/recycle", "{}");

    client_free(&answer, 1);
}

void cloud_pause(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}
