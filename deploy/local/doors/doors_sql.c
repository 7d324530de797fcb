#include "doors.h"

#include <stdio.h>
#include <string.h>

#include "pg_pool.h"
#include "server.h"
#include "sql_neon.h"
#include "sql_neon_answer.h"
#include "sql_rest.h"

/* Neon's limit for a request. */
#define BODY_MAX_BYTES (10UL * 1024 * 1024)

#define POOL_SIZE_DEFAULT 8

struct door {
    struct server *server;
    struct pg_pool *pool;
    struct pg_pool *service_pool;
    struct sql_neon *neon;      /* NULL: not served */
    struct sql_rest *postgrest; /* NULL: not served */
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
    if (door->neon && slice_is(path, "/sql"))
        sql_neon_handle(door->neon, exchange);
    else if (door->neon && slice_is(path, "/v2"))
        sql_neon_answer_failure(exchange, 501, "",
                                "the local cloud has no WebSockets (/v2): "
                                "only SQL over HTTP, POST /sql");
    else if (door->postgrest && function.at)
        sql_rest_handle(door->postgrest, exchange, function);
    else if (door->postgrest)
        sql_rest_handle_other(door->postgrest, exchange);
    else
        exchange_reply_member(exchange, 404, "message",
                              "there is nothing at this path");
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
    int size = options->pool_size > 0 ? options->pool_size : POOL_SIZE_DEFAULT;

    door->server = server_new(&server, err);
    if (!door->server)
        return false;
    if (options->neon_connection_string) {
        door->pool = pg_pool_new(server_base(door->server),
                                 options->pg_conninfo, size, err);
        if (!door->pool)
            return false;
        door->neon = sql_neon_new(options, door->pool, err);
        if (!door->neon)
            return false;
    }
    if (options->service_key) {
        door->service_pool = pg_pool_new(server_base(door->server),
                                         options->service_conninfo, size, err);
        if (!door->service_pool)
            return false;
        door->postgrest = sql_rest_new(options, door->service_pool, err);
        if (!door->postgrest)
            return false;
    }
    return true;
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
