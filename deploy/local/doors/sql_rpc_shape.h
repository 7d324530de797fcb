/*
 * sql_rpc_shape: what a client asks of a function's result, beside the call
 * itself: which rows and columns, in which order, how counted, how written
 * (https://docs.postgrest.org/en/stable/references/api/tables_views.html,
 * …/pagination_count.html, …/preferences.html, …/resource_representation.html).
 *
 * The door serves `select` and `order` with plain columns, `limit`, `offset`,
 * the filters eq, neq, gt, gte, lt and lte, JSON as an array or as one object,
 * and Prefer: count=exact.  It rejects by name whatever else PostgREST knows,
 * with PostgREST's own code for what is not implemented (PGRST127), and ignores
 * nothing that would change the result.
 *
 *     struct sql_rpc_shape shape;
 *     struct sql_rejection rejection;
 *
 *     sql_rpc_shape_init(&shape);
 *     if (!sql_rpc_shape_read(&shape, &request, &rejection))
 *         answer by rejection;
 *     sql_rpc_shape_release(&shape);
 */
#ifndef BOUNCER_LOCAL_SQL_RPC_SHAPE_H
#define BOUNCER_LOCAL_SQL_RPC_SHAPE_H

#include <limits.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "doors/sql_rejection.h"

#define SQL_RPC_FILTERS_MAX 16

/* There is no last row. */
#define SQL_RPC_NO_END LLONG_MAX

/* One condition: "COLUMN" OPERATOR VALUE. */
struct sql_rpc_filter {
    char *column; /* plain: fit to stand between double quotes */
    const char *operator;
    char *value;
};

struct sql_rpc_shape {
    struct buffer select; /* columns in SQL; empty: all */
    struct buffer order;  /* terms in SQL; empty: none */
    struct sql_rpc_filter filters[SQL_RPC_FILTERS_MAX];
    int filters_count;
    long long offset;
    long long limit;   /* SQL_RPC_NO_END: all */
    bool wants_object; /* one row, without an array around it */
    bool wants_count;  /* of all rows that pass the filters */
};

/* What of a request is about the result; {NULL, 0} where it is not there. */
struct sql_rpc_request {
    bool is_post; /* the query holds no arguments */
    struct slice query;
    struct slice accept;
    struct slice prefer;
    struct slice range;
};

void sql_rpc_shape_init(struct sql_rpc_shape *shape);

/* Read REQUEST into an initialised SHAPE; false with the reason in REJECTION.
 */
__attribute__((warn_unused_result)) bool
sql_rpc_shape_read(struct sql_rpc_shape *shape,
                   const struct sql_rpc_request *request,
                   struct sql_rejection *rejection);

void sql_rpc_shape_release(struct sql_rpc_shape *shape);

#endif
