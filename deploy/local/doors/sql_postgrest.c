#include "sql_postgrest.h"

#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql_catalogue.h"
#include "sql_postgrest_error.h"
#include "sql_postgrest_login.h"
#include "sql_rpc_arguments.h"

/* The longest answer, and the longest name of a function with its schema. */
#define ANSWER_MAX_BYTES (64UL * 1024 * 1024)
#define KEY_MAX_BYTES (128UL * 1024)

/* PostgreSQL: undefined_function. */
#define UNDEFINED_FUNCTION "42883"

static const char object_type[] = "application/vnd.pgrst.object+json";

struct sql_postgrest {
    const struct door_options *options;
    struct pg_pool *pool;
    struct sql_catalogue catalogue;
};

/* One call under way; job is its first member. */
struct rpc {
    struct pg_job job;
    struct sql_postgrest *postgrest;
    struct exchange *exchange;
    char *schema;
    char *name;
    struct sql_rpc_arguments arguments;
    struct buffer key; /* in the catalogue: "schema.name(a, b)" */
    struct pg_statement statement;
    const char *values[3];
    struct sql_function function; /* its SQL is our own */
    bool remembered;              /* the function was not looked up anew */
    bool wants_object;
    int candidates;       /* functions found */
    struct buffer answer; /* the function's, as JSON */
    long long rows;
};

static void rpc_free(struct rpc *rpc)
{
    free(rpc->schema);
    free(rpc->name);
    free(rpc->function.sql);
    sql_rpc_arguments_release(&rpc->arguments);
    buffer_release(&rpc->key);
    buffer_release(&rpc->answer);
    free(rpc);
}

/* ---- the answer ---- */

static void answer_not_found(struct rpc *rpc)
{
    bool several = rpc->candidates > 1;
    struct error message, details;
    const char *list = rpc->arguments.list.data;

    if (several)
        error_set(&message,
                  "Could not choose the best candidate function for: %s",
                  rpc->key.data);
    else if (*list)
        error_set(&message,
                  "Could not find the function %s.%s(%s) in the schema cache",
                  rpc->schema, rpc->name, list);
    else
        error_set(&message,
                  "Could not find the function %s.%s without parameters in "
                  "the schema cache",
                  rpc->schema, rpc->name);
    error_set(&details,
              "Searched for the function %s.%s %s %s, but no matches were "
              "found in the schema cache.",
              rpc->schema, rpc->name, *list ? "with" : "without",
              *list ? list : "parameters");
    sql_postgrest_error(rpc->exchange, several ? 300 : 404,
                        several ? "PGRST203" : "PGRST202", message.text,
                        several ? NULL : details.text, NULL);
}

static void answer_many_rows(struct rpc *rpc)
{
    struct error details;

    error_set(&details, "The result contains %lld rows", rpc->rows);
    sql_postgrest_error(rpc->exchange, 406, "PGRST116",
                        "Cannot coerce the result to a single JSON object",
                        details.text, NULL);
}

static void set_range(struct rpc *rpc)
{
    char range[48] = "*/*";

    if (rpc->rows > 0)
        (void)snprintf(range, sizeof(range), "0-%lld/*", rpc->rows - 1);
    exchange_set_header(rpc->exchange, "Content-Range", range);
}

static void answer_result(struct rpc *rpc)
{
    struct slice text = buffer_slice(&rpc->answer);

    if (rpc->function.is_void) {
        exchange_reply(rpc->exchange, 204, NULL, SLICE_EMPTY);
        return;
    }
    set_range(rpc);
    if (!rpc->wants_object) {
        exchange_reply(rpc->exchange, 200, "application/json; charset=utf-8",
                       text);
        return;
    }
    /* A set of one row is answered without its brackets. */
    if (rpc->function.is_set)
        text = (struct slice){text.at + 1, text.len - 2};
    exchange_reply(rpc->exchange, 200,
                   "application/vnd.pgrst.object+json; charset=utf-8", text);
}

/* ---- the call ---- */

static void look_up(struct rpc *rpc);

static bool on_called(struct pg_job *job, size_t statement, PGresult *result)
{
    struct rpc *rpc = (struct rpc *)job;

    (void)statement;
    if (PQntuples(result) == 0)
        return true;
    if (!slice_to_int(slice_of(PQgetvalue(result, 0, 1)), &rpc->rows))
        return false;
    if (rpc->wants_object && rpc->function.is_set && rpc->rows != 1)
        return false;
    return buffer_append(&rpc->answer, PQgetvalue(result, 0, 0),
                         (size_t)PQgetlength(result, 0, 0));
}

/* The function that was remembered is gone; there may be another one now. */
static bool is_outdated(const struct rpc *rpc, const struct pg_end *end)
{
    const char *sqlstate =
        end->error ? PQresultErrorField(end->error, PG_DIAG_SQLSTATE) : NULL;

    return rpc->remembered && sqlstate &&
           strcmp(sqlstate, UNDEFINED_FUNCTION) == 0;
}

static void on_call_done(struct pg_job *job, const struct pg_end *end)
{
    struct rpc *rpc = (struct rpc *)job;

    if (is_outdated(rpc, end)) {
        look_up(rpc);
        return;
    }
    if (pg_end_is_executed(end))
        atomic_fetch_add(&rpc->postgrest->options->shared->sql_calls, 1);
    if (end->outcome == PG_DONE)
        answer_result(rpc);
    else if (end->outcome == PG_ABANDONED)
        answer_many_rows(rpc);
    else
        sql_postgrest_error_end(rpc->exchange, end);
    rpc_free(rpc);
}

static void call(struct rpc *rpc, const struct sql_function *function)
{
    char *sql = strdup(function->sql);
    bool is_read = exchange_method(rpc->exchange) != METHOD_POST;

    if (!sql) {
        sql_postgrest_error(rpc->exchange, 500, "PGRSTX00", "out of memory",
                            NULL, NULL);
        rpc_free(rpc);
        return;
    }
    free(rpc->function.sql);
    rpc->function = *function;
    rpc->function.sql = sql;
    rpc->values[0] = rpc->arguments.json.data;
    rpc->statement = (struct pg_statement){
        .sql = sql, .count = function->takes_arguments, .values = rpc->values};
    /* A set that turns out to be no single object is rolled back. */
    rpc->job = (struct pg_job){.begin = is_read             ? "BEGIN READ ONLY"
                                        : rpc->wants_object ? "BEGIN"
                                                            : NULL,
                               .statements = &rpc->statement,
                               .count = 1,
                               .result = on_called,
                               .done = on_call_done};
    pg_pool_submit(rpc->postgrest->pool, &rpc->job);
}

/* ---- the function ---- */

static bool on_found(struct pg_job *job, size_t statement, PGresult *result)
{
    struct rpc *rpc = (struct rpc *)job;

    (void)statement;
    for (int i = 0; i < PQntuples(result); i++) {
        rpc->candidates++;
        if (!sql_catalogue_read(&rpc->postgrest->catalogue, rpc->key.data,
                                result, i))
            return false;
    }
    return true;
}

static void on_look_up_done(struct pg_job *job, const struct pg_end *end)
{
    struct rpc *rpc = (struct rpc *)job;
    struct sql_catalogue *catalogue = &rpc->postgrest->catalogue;
    const struct sql_function *function =
        sql_catalogue_find(catalogue, rpc->key.data);

    if (end->outcome == PG_DONE && rpc->candidates == 1 && function) {
        call(rpc, function);
        return;
    }
    sql_catalogue_forget(catalogue, rpc->key.data);
    if (end->outcome == PG_DONE)
        answer_not_found(rpc);
    else
        sql_postgrest_error_end(rpc->exchange, end);
    rpc_free(rpc);
}

static void look_up(struct rpc *rpc)
{
    sql_catalogue_forget(&rpc->postgrest->catalogue, rpc->key.data);
    rpc->remembered = false;
    rpc->candidates = 0;
    rpc->values[0] = rpc->schema;
    rpc->values[1] = rpc->name;
    rpc->values[2] = rpc->arguments.array.data;
    rpc->statement = (struct pg_statement){
        .sql = sql_catalogue_query, .count = 3, .values = rpc->values};
    rpc->job = (struct pg_job){.statements = &rpc->statement,
                               .count = 1,
                               .result = on_found,
                               .done = on_look_up_done};
    pg_pool_submit(rpc->postgrest->pool, &rpc->job);
}

/* ---- the request ---- */

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

static struct slice profile_of(const struct exchange *exchange)
{
    bool is_post = exchange_method(exchange) == METHOD_POST;
    struct slice profile = exchange_header(
        exchange, is_post ? "Content-Profile" : "Accept-Profile");

    return profile.at ? profile : slice_of("public");
}

/* Whether functions of SCHEMA may be called; PostgreSQL's own may not. */
static bool is_exposed(struct slice schema)
{
    return schema.len > 0 && !slice_is(schema, "information_schema") &&
           strncmp(schema.at, "pg_", 3) != 0;
}

/* What is wrong with the request, or NULL. */
static const char *read_request(struct rpc *rpc, struct slice function)
{
    struct slice schema = profile_of(rpc->exchange);
    char *encoded = strndup(function.at, function.len);

    rpc->schema = strndup(schema.at, schema.len);
    rpc->name = encoded ? evhttp_uridecode(encoded, 0, NULL) : NULL;
    free(encoded);
    buffer_init(&rpc->key, KEY_MAX_BYTES);
    buffer_init(&rpc->answer, ANSWER_MAX_BYTES);
    if (!rpc->schema || !rpc->name)
        return "out of memory";
    if (!sql_rpc_arguments_read(&rpc->arguments, rpc->exchange))
        return "Empty or invalid json";
    if (!buffer_append_format(&rpc->key, "%s.%s(%s)", rpc->schema, rpc->name,
                              rpc->arguments.list.data))
        return "the name of the function is too long";
    return NULL;
}

static void begin(struct sql_postgrest *postgrest, struct exchange *exchange,
                  struct slice function)
{
    struct slice accept = exchange_header(exchange, "Accept");
    struct rpc *rpc = calloc(1, sizeof(*rpc));
    const struct sql_function *known;
    const char *wrong;

    if (!rpc) {
        sql_postgrest_error(exchange, 500, "PGRSTX00", "out of memory", NULL,
                            NULL);
        return;
    }
    rpc->postgrest = postgrest;
    rpc->exchange = exchange;
    rpc->wants_object = accept.at && strstr(accept.at, object_type);
    wrong = read_request(rpc, function);
    if (wrong) {
        sql_postgrest_error(exchange, 400, "PGRST102", wrong, NULL, NULL);
        rpc_free(rpc);
        return;
    }
    known = sql_catalogue_find(&postgrest->catalogue, rpc->key.data);
    rpc->remembered = known != NULL;
    if (known)
        call(rpc, known);
    else
        look_up(rpc);
}

static bool is_method_known(enum exchange_method method)
{
    return method == METHOD_POST || method == METHOD_GET ||
           method == METHOD_HEAD;
}

void sql_postgrest_handle(struct sql_postgrest *postgrest,
                          struct exchange *exchange, struct slice function)
{
    exchange_set_header(exchange, "Access-Control-Allow-Origin", "*");
    if (exchange_method(exchange) == METHOD_OPTIONS)
        answer_options(exchange);
    else if (!sql_postgrest_login_check(exchange,
                                        postgrest->options->service_key))
        return;
    else if (!is_method_known(exchange_method(exchange)))
        sql_postgrest_error(exchange, 405, "PGRST101",
                            "Cannot use this method on RPC", NULL, NULL);
    else if (!is_exposed(profile_of(exchange)))
        sql_postgrest_error(exchange, 406, "PGRST106", "Invalid schema", NULL,
                            "Only the following schemas are exposed: public");
    else if (exchange_too_large(exchange))
        sql_postgrest_error(exchange, 413, "PGRST102", "the body is too large",
                            NULL, NULL);
    else
        begin(postgrest, exchange, function);
}

struct sql_postgrest *sql_postgrest_new(const struct door_options *options,
                                        struct pg_pool *pool, struct error *err)
{
    struct sql_postgrest *postgrest = calloc(1, sizeof(*postgrest));

    if (!postgrest) {
        error_set(err, "out of memory");
        return NULL;
    }
    postgrest->options = options;
    postgrest->pool = pool;
    return postgrest;
}

void sql_postgrest_free(struct sql_postgrest *postgrest)
{
    if (!postgrest)
        return;
    sql_catalogue_release(&postgrest->catalogue);
    free(postgrest);
}
