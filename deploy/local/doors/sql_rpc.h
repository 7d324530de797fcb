/*
 * sql_rpc: one function call of PostgREST, from the name and the arguments to
 * the answer, for sql_rest.
 *
 *     struct sql_rpc *rpc = sql_rpc_new();
 *
 *     rpc->exchange = ...; rpc->pool = ...;    what is above "the call's own"
 *     if (it is all there)
 *         sql_rpc_run(rpc);
 *     else
 *         sql_rpc_free(rpc);
 *
 * The function is found in the catalogue by the names of its arguments; one
 * that was remembered and is gone is looked up anew.
 */
#ifndef BOUNCER_LOCAL_SQL_RPC_H
#define BOUNCER_LOCAL_SQL_RPC_H

#include "doors/exchange.h"
#include "doors/pg_pool.h"
#include "doors/sql_catalogue.h"
#include "doors/sql_rpc_arguments.h"
#include "doors/sql_rpc_shape.h"
#include "doors/sql_rpc_statement.h"

/* The one schema that is exposed. */
#define SQL_RPC_SCHEMA "public"

/* One call under way; job is its first member. */
struct sql_rpc {
    struct pg_job job;
    struct exchange *exchange;
    struct pg_pool *pool;
    struct sql_catalogue *catalogue;
    atomic_llong *calls; /* counts those that reached the database */
    char *name;          /* of the function */
    struct sql_rpc_shape shape;
    struct sql_rpc_arguments arguments;
    /* The call's own. */
    struct buffer key; /* in the catalogue: "POST name(a, b)" */
    struct buffer sql;
    struct pg_statement statement;
    const char *values[SQL_RPC_VALUES_MAX];
    bool is_void;
    bool remembered;      /* the function was not looked up anew */
    int candidates;       /* functions found */
    struct buffer answer; /* the function's, as JSON */
    long long rows;
    long long total; /* without limit and offset; -1: not counted */
};

/* A call with nothing in it; NULL out of memory. */
__attribute__((warn_unused_result)) struct sql_rpc *sql_rpc_new(void);

/* Call the function, answer the exchange, and free RPC. */
void sql_rpc_run(struct sql_rpc *rpc);

void sql_rpc_free(struct sql_rpc *rpc);

#endif
