/*
 * One server, two pools: one connects as the database's owner for /sql, the
 * other as the service role for /rpc.
 */
#include "doors/doors.h"

#include <stdio.h>
#include <string.h>

#include "doors/pg_pool.h"
#include "doors/server.h"
#include "doors/sql_neon.h"
#include "doors/sql_neon_answer.h"
#include "doors/sql_rest.h"

/* Neon's limit for a request. */
#define BODY_MAX_BYTES (10UL * 1024 * 1024)

struct door {
    struct server *server;
    struct pg_pool *pool;
    struct pg_pool *service_pool;
    struct sql_neon *neon;
    struct sql_rest *postgrest;
};

/* What follows PREFIX in PATH; {NULL, 0} if that is not how it begins. */
static struct slice behind(struct slice path, const char *prefix)
{
    size_t len = strlen(prefix);

    if (path.len <= len || memcmp(path.at, prefix, len) != 0)
        return (struct slice){NULL, 0};
    return (struct slice){path.at + len, path.len - len};
}

static void handle(struct exchange *exchange, void *state)
{
    struct door *door = state;
    struct slice path = exchange_path(exchange);
    struct slice function = behind(path, "/rest/v1/rpc/");

    if (!function.at)
        function = behind(path, "/rpc/");
    if (slice_is(path, "/sql"))
        sql_neon_handle(door->neon, exchange);
    else if (slice_is(path, "/v2"))
        sql_neon_answer_failure(exchange, 501, "",
                                "the local cloud has no WebSockets (/v2): "
                                "only SQL over HTTP, POST /sql");
    else if (function.at)
        sql_rest_handle(door->postgrest, exchange, function);
    else
        sql_rest_handle_other(door->postgrest, exchange);
}

static bool open_door(struct door *door, const struct door_options *options,
                      struct error *err)
{
    struct server_options server = {.door = options,
                                    .faults = &options->shared->sql,
                                    .requests = &options->shared->sql_requests,
                                    .connections =
                                        &options->shared->sql_connections,
                                    .max_body_bytes = BODY_MAX_BYTES,
                                    .handle = handle,
                                    .state = door};
    struct event_base *base;

    door->server = server_new(&server, err);
    if (!door->server)
        return false;
    base = server_base(door->server);
    door->pool =
        pg_pool_new(base, options->pg_conninfo, options->pool_size, err);
    door->service_pool =
        pg_pool_new(base, options->service_conninfo, options->pool_size, err);
    if (!door->pool || !door->service_pool)
        return false;
    door->neon = sql_neon_new(options, door->pool, err);
    door->postgrest = sql_rest_new(options, door->service_pool, err);
    return door->neon && door->postgrest;
}

int doors_sql_run(const struct door_options *options)
{
    struct door door = {0};
    struct error err = {0};
    int status = 1;

    if (open_door(&door, options, &err)) {
        server_run(door.server);
        status = 0;
    } else {
        (void)fprintf(stderr, "sql door: %s\n", err.text);
    }
    pg_pool_free(door.pool);
    pg_pool_free(door.service_pool);
    sql_neon_free(door.neon);
    sql_rest_free(door.postgrest);
    server_free(door.server);
    return status;
}
