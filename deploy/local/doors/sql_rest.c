/*
 * Each step either goes on or has answered: login, method, size, schema, then
 * what is asked of the result, then the arguments.  sql_rpc does the rest.
 */
#include "doors/sql_rest.h"

#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "doors/sql_postgrest_error.h"
#include "doors/sql_postgrest_login.h"
#include "doors/sql_rpc.h"

struct sql_rest {
    const struct door_options *options;
    struct pg_pool *pool;
    struct sql_catalogue catalogue;
};

static void answer_options(struct exchange *exchange)
{
    exchange_set_header(exchange, "Allow", "OPTIONS,GET,HEAD,POST");
    exchange_set_header(exchange, "Access-Control-Allow-Methods",
                        "GET, POST, HEAD, OPTIONS");
    exchange_set_header(exchange, "Access-Control-Allow-Headers",
                        "Authorization, Content-Type, Accept, Prefer, apikey");
    exchange_set_header(exchange, "Access-Control-Max-Age", "86400");
    exchange_reply(exchange, 200, NULL, SLICE_EMPTY);
}

/* Whether the request is for the schema that is exposed; else it is told. */
static bool check_profile(struct exchange *exchange)
{
    static const char *const headers[] = {"Content-Profile", "Accept-Profile"};
    struct error message;

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct slice schema = exchange_header(exchange, headers[i]);

        if (!schema.at || slice_is(schema, SQL_RPC_SCHEMA))
            continue;
        error_set(&message, "Invalid schema: %.*s", (int)schema.len, schema.at);
        sql_postgrest_error(
            exchange, 406, "PGRST106", message.text, NULL,
            "Only the following schemas are exposed: " SQL_RPC_SCHEMA);
        return false;
    }
    return true;
}

/*
 * Whether the body is JSON.  A form, which is what curl -d calls everything, is
 * taken for JSON too and must then be it.
 */
static bool is_content_read(struct exchange *exchange)
{
    struct slice type = exchange_header(exchange, "Content-Type");

    if (!type.at)
        return true;
    type.len = strcspn(type.at, "; ");
    return slice_is_ignoring_case(type, "application/json") ||
           slice_is_ignoring_case(type, "application/x-www-form-urlencoded");
}

/* What is wrong with the call, or NULL. */
static const char *read_call(struct sql_rpc *rpc, struct slice function)
{
    struct exchange *exchange = rpc->exchange;
    char *encoded = strndup(function.at, function.len);
    bool fits;

    rpc->name = encoded ? evhttp_uridecode(encoded, 0, NULL) : NULL;
    free(encoded);
    if (!rpc->name)
        return "out of memory";
    if (exchange_method(exchange) != METHOD_POST)
        fits = sql_rpc_arguments_read_query(&rpc->arguments,
                                            exchange_query(exchange));
    else if (is_content_read(exchange))
        fits = sql_rpc_arguments_read_body(&rpc->arguments,
                                           exchange_body(exchange));
    else
        return "Content-Type not acceptable: only application/json is";
    return fits ? NULL : "Empty or invalid json";
}

/* Whether the request can be served; else it has its answer. */
static bool read_request(struct sql_rpc *rpc, struct slice function)
{
    struct exchange *exchange = rpc->exchange;
    struct sql_rpc_request request = {
        .is_post = exchange_method(exchange) == METHOD_POST,
        .query = exchange_query(exchange),
        .accept = exchange_header(exchange, "Accept"),
        .prefer = exchange_header(exchange, "Prefer"),
        .range = exchange_header(exchange, "Range")};
    struct sql_rejection rejection;
    const char *wrong;

    if (!sql_rpc_shape_read(&rpc->shape, &request, &rejection)) {
        sql_postgrest_error_rejection(exchange, &rejection);
        return false;
    }
    wrong = read_call(rpc, function);
    if (wrong)
        sql_postgrest_error(exchange, 400, "PGRST102", wrong, NULL, NULL);
    return !wrong;
}

static void begin(struct sql_rest *postgrest, struct exchange *exchange,
                  struct slice function)
{
    struct sql_rpc *rpc = sql_rpc_new();

    if (!rpc) {
        sql_postgrest_error(exchange, 500, "PGRSTX00", "out of memory", NULL,
                            NULL);
        return;
    }
    rpc->exchange = exchange;
    rpc->pool = postgrest->pool;
    rpc->catalogue = &postgrest->catalogue;
    rpc->calls = &postgrest->options->shared->sql_calls;
    if (read_request(rpc, function))
        sql_rpc_run(rpc);
    else
        sql_rpc_free(rpc);
}

static bool is_method_known(enum exchange_method method)
{
    return method == METHOD_POST || method == METHOD_GET ||
           method == METHOD_HEAD;
}

/* Serve a client that may in. */
static void serve(struct sql_rest *postgrest, struct exchange *exchange,
                  struct slice function)
{
    if (!is_method_known(exchange_method(exchange)))
        sql_postgrest_error(exchange, 405, "PGRST101",
                            "Cannot use this method on RPC", NULL, NULL);
    else if (exchange_too_large(exchange))
        sql_postgrest_error(exchange, 413, "PGRST102", "the body is too large",
                            NULL, NULL);
    else if (check_profile(exchange))
        begin(postgrest, exchange, function);
}

void sql_rest_handle(struct sql_rest *postgrest, struct exchange *exchange,
                     struct slice function)
{
    exchange_set_header(exchange, "Access-Control-Allow-Origin", "*");
    if (exchange_method(exchange) == METHOD_OPTIONS)
        answer_options(exchange);
    else if (sql_postgrest_login_check(exchange,
                                       postgrest->options->service_key))
        serve(postgrest, exchange, function);
}

void sql_rest_handle_other(struct sql_rest *postgrest,
                           struct exchange *exchange)
{
    struct slice path = exchange_path(exchange);
    struct sql_rejection rejection;

    if (!sql_postgrest_login_check(exchange, postgrest->options->service_key))
        return;
    sql_reject_feature(&rejection, "tables, only functions at /rpc: ", path);
    sql_postgrest_error_rejection(exchange, &rejection);
}

struct sql_rest *sql_rest_new(const struct door_options *options,
                              struct pg_pool *pool, struct error *err)
{
    struct sql_rest *postgrest = calloc(1, sizeof(*postgrest));

    if (!postgrest) {
        error_set(err, "out of memory");
        return NULL;
    }
    postgrest->options = options;
    postgrest->pool = pool;
    return postgrest;
}

void sql_rest_free(struct sql_rest *postgrest)
{
    if (!postgrest)
        return;
    sql_catalogue_release(&postgrest->catalogue);
    free(postgrest);
}
