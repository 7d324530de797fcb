/*
 * A call takes up to two jobs: one finds the function in the catalogue, one
 * calls it.  Each job ends in a callback that answers or submits the next.
 */
#include "doors/sql_rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doors/sql_postgrest_error.h"

/* The longest answer, statement, and call in the catalogue. */
#define ANSWER_MAX_BYTES (64UL * 1024 * 1024)
#define SQL_MAX_BYTES (256UL * 1024)
#define KEY_MAX_BYTES (128UL * 1024)

/* PostgreSQL: undefined_function. */
#define UNDEFINED_FUNCTION "42883"

void sql_rpc_free(struct sql_rpc *rpc)
{
    free(rpc->name);
    sql_rpc_shape_release(&rpc->shape);
    sql_rpc_arguments_release(&rpc->arguments);
    buffer_release(&rpc->key);
    buffer_release(&rpc->sql);
    buffer_release(&rpc->answer);
    free(rpc);
}

static bool is_post(const struct sql_rpc *rpc)
{
    return exchange_method(rpc->exchange) == METHOD_POST;
}

/* Answer that something of our own went wrong, and end the call. */
static void fail(struct sql_rpc *rpc, const char *why)
{
    sql_postgrest_error(rpc->exchange, 500, "PGRSTX00", why, NULL, NULL);
    sql_rpc_free(rpc);
}

/* ---- the answer ---- */

static void answer_ambiguous(struct sql_rpc *rpc)
{
    struct error message;

    error_set(&message,
              "Could not choose the best candidate function between: %d of "
              "the name " SQL_RPC_SCHEMA ".%s",
              rpc->candidates, rpc->name);
    sql_postgrest_error(rpc->exchange, 300, "PGRST203", message.text, NULL,
                        "Try renaming the parameters or the function itself "
                        "in the database so function overloading can be "
                        "resolved");
}

static void answer_not_found(struct sql_rpc *rpc)
{
    const char *list = rpc->arguments.list.data;
    const char *with = strchr(list, ',') ? "with parameters "
                       : *list           ? "with parameter "
                                         : "without parameters";
    struct error message, details;

    if (*list)
        error_set(&message,
                  "Could not find the function " SQL_RPC_SCHEMA ".%s(%s) in "
                  "the schema cache",
                  rpc->name, list);
    else
        error_set(&message,
                  "Could not find the function " SQL_RPC_SCHEMA ".%s without "
                  "parameters in the schema cache",
                  rpc->name);
    error_set(&details,
              "Searched for the function " SQL_RPC_SCHEMA ".%s %s%s%s, but no "
              "matches were found in the schema cache.",
              rpc->name, with, list,
              is_post(rpc) ? " or with a single unnamed json/jsonb parameter"
                           : "");
    sql_postgrest_error(rpc->exchange, 404, "PGRST202", message.text,
                        details.text, NULL);
}

static void answer_many_rows(struct sql_rpc *rpc)
{
    struct error details;

    error_set(&details, "The result contains %lld rows", rpc->rows);
    sql_postgrest_error(rpc->exchange, 406, "PGRST116",
                        "Cannot coerce the result to a single JSON object",
                        details.text, NULL);
}

/* Set Content-Range; the status that goes with it. */
static int set_range(struct sql_rpc *rpc)
{
    long long first = rpc->shape.offset;
    char total[24] = "*";
    char range[80];

    if (rpc->total >= 0)
        (void)snprintf(total, sizeof(total), "%lld", rpc->total);
    if (rpc->rows > 0)
        (void)snprintf(range, sizeof(range), "%lld-%lld/%s", first,
                       first + rpc->rows - 1, total);
    else
        (void)snprintf(range, sizeof(range), "*/%s", total);
    exchange_set_header(rpc->exchange, "Content-Range", range);
    if (rpc->total >= 0 && first > rpc->total)
        return 416;
    return rpc->rows < rpc->total ? 206 : 200;
}

static void answer_result(struct sql_rpc *rpc)
{
    int status = set_range(rpc);
    struct error details;

    if (rpc->shape.wants_count)
        exchange_set_header(rpc->exchange, "Preference-Applied", "count=exact");
    if (rpc->is_void) {
        exchange_reply(rpc->exchange, 204, NULL, SLICE_EMPTY);
        return;
    }
    if (status != 416) {
        exchange_reply(rpc->exchange, status,
                       rpc->shape.wants_object
                           ? "application/vnd.pgrst.object+json; charset=utf-8"
                           : "application/json; charset=utf-8",
                       buffer_slice(&rpc->answer));
        return;
    }
    error_set(&details,
              "An offset of %lld was requested, but there are only %lld rows.",
              rpc->shape.offset, rpc->total);
    sql_postgrest_error(rpc->exchange, status, "PGRST103",
                        "Requested range not satisfiable", details.text, NULL);
}

/* ---- the call ---- */

static void look_up(struct sql_rpc *rpc);

static bool on_called(struct pg_job *job, size_t statement, PGresult *result)
{
    struct sql_rpc *rpc = (struct sql_rpc *)job;

    (void)statement;
    if (PQntuples(result) == 0)
        return true;
    if (!slice_to_int(slice_of(PQgetvalue(result, 0, 1)), &rpc->rows))
        return false;
    if (PQgetisnull(result, 0, 2) ||
        !slice_to_int(slice_of(PQgetvalue(result, 0, 2)), &rpc->total))
        rpc->total = -1;
    if (rpc->shape.wants_object && rpc->rows != 1)
        return false;
    return buffer_append(&rpc->answer, PQgetvalue(result, 0, 0),
                         (size_t)PQgetlength(result, 0, 0));
}

/* The function that was remembered is gone; there may be another one now. */
static bool is_outdated(const struct sql_rpc *rpc, const struct pg_end *end)
{
    const char *sqlstate =
        end->error ? PQresultErrorField(end->error, PG_DIAG_SQLSTATE) : NULL;

    return rpc->remembered && sqlstate &&
           strcmp(sqlstate, UNDEFINED_FUNCTION) == 0;
}

static void on_call_done(struct pg_job *job, const struct pg_end *end)
{
    struct sql_rpc *rpc = (struct sql_rpc *)job;

    if (is_outdated(rpc, end)) {
        look_up(rpc);
        return;
    }
    if (pg_end_is_executed(end))
        atomic_fetch_add(rpc->calls, 1);
    if (end->outcome == PG_DONE)
        answer_result(rpc);
    else if (end->outcome == PG_ABANDONED)
        answer_many_rows(rpc);
    else
        sql_postgrest_error_end(rpc->exchange, end);
    sql_rpc_free(rpc);
}

/* As PostgREST: only a POST to a volatile function may write. */
static const char *begin_of(const struct sql_rpc *rpc, bool is_volatile)
{
    if (!is_post(rpc) || !is_volatile)
        return "BEGIN READ ONLY";
    /* A set that turns out to be no single object is rolled back. */
    return rpc->shape.wants_object ? "BEGIN" : NULL;
}

static void call(struct sql_rpc *rpc, const struct sql_function *function)
{
    buffer_clear(&rpc->sql);
    if (!sql_rpc_statement_write(&rpc->sql, function, &rpc->shape,
                                 rpc->arguments.json.data, rpc->values,
                                 &rpc->statement.count)) {
        fail(rpc, "the call is too long");
        return;
    }
    rpc->is_void = function->is_void;
    rpc->statement.sql = rpc->sql.data;
    rpc->statement.values = rpc->values;
    rpc->job = (struct pg_job){.begin = begin_of(rpc, function->is_volatile),
                               .statements = &rpc->statement,
                               .count = 1,
                               .result = on_called,
                               .done = on_call_done};
    pg_pool_submit(rpc->pool, &rpc->job);
}

/* ---- the function ---- */

static bool on_found(struct pg_job *job, size_t statement, PGresult *result)
{
    struct sql_rpc *rpc = (struct sql_rpc *)job;

    (void)statement;
    for (int i = 0; i < PQntuples(result); i++) {
        rpc->candidates++;
        if (!sql_catalogue_read(rpc->catalogue, rpc->key.data, result, i))
            return false;
    }
    return true;
}

static void on_look_up_done(struct pg_job *job, const struct pg_end *end)
{
    struct sql_rpc *rpc = (struct sql_rpc *)job;
    struct sql_catalogue *catalogue = rpc->catalogue;
    const struct sql_function *function =
        sql_catalogue_find(catalogue, rpc->key.data);

    if (end->outcome == PG_DONE && rpc->candidates == 1 && function) {
        call(rpc, function);
        return;
    }
    sql_catalogue_forget(catalogue, rpc->key.data);
    if (end->outcome != PG_DONE)
        sql_postgrest_error_end(rpc->exchange, end);
    else if (rpc->candidates > 1)
        answer_ambiguous(rpc);
    else
        answer_not_found(rpc);
    sql_rpc_free(rpc);
}

static void look_up(struct sql_rpc *rpc)
{
    sql_catalogue_forget(rpc->catalogue, rpc->key.data);
    rpc->remembered = false;
    rpc->candidates = 0;
    rpc->values[0] = SQL_RPC_SCHEMA;
    rpc->values[1] = rpc->name;
    rpc->values[2] = rpc->arguments.array.data;
    rpc->values[3] = is_post(rpc) ? "t" : "f";
    rpc->statement = (struct pg_statement){
        .sql = sql_catalogue_query, .count = 4, .values = rpc->values};
    rpc->job = (struct pg_job){.statements = &rpc->statement,
                               .count = 1,
                               .result = on_found,
                               .done = on_look_up_done};
    pg_pool_submit(rpc->pool, &rpc->job);
}

/* ---- from outside ---- */

struct sql_rpc *sql_rpc_new(void)
{
    struct sql_rpc *rpc = calloc(1, sizeof(*rpc));

    if (!rpc)
        return NULL;
    rpc->total = -1;
    sql_rpc_shape_init(&rpc->shape);
    buffer_init(&rpc->key, KEY_MAX_BYTES);
    buffer_init(&rpc->sql, SQL_MAX_BYTES);
    buffer_init(&rpc->answer, ANSWER_MAX_BYTES);
    return rpc;
}

void sql_rpc_run(struct sql_rpc *rpc)
{
    const struct sql_function *known;

    if (!buffer_append_format(
            &rpc->key, "%s %s(%s)%s", is_post(rpc) ? "POST" : "GET", rpc->name,
            rpc->arguments.list.data, rpc->arguments.array.data ? "" : "[]")) {
        fail(rpc, "the name of the function is too long");
        return;
    }
    known = sql_catalogue_find(rpc->catalogue, rpc->key.data);
    rpc->remembered = known != NULL;
    if (known)
        call(rpc, known);
    else
        look_up(rpc);
}
