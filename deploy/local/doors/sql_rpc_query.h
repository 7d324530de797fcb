/*
 * sql_rpc_query: reads the query of a function call's URL, for sql_rpc_shape
 * and sql_rpc_arguments.  Some of its parameters are about the result, the
 * others are arguments.
 */
#ifndef BOUNCER_LOCAL_SQL_RPC_QUERY_H
#define BOUNCER_LOCAL_SQL_RPC_QUERY_H

#include "doors/sql_rejection.h"
#include "doors/sql_rpc_shape.h"

/*
 * Read what QUERY says about the result into SHAPE; false with the reason in
 * REJECTION.  With IS_POST all of it must be about the result, since the
 * arguments are in the body.
 */
__attribute__((warn_unused_result)) bool
sql_rpc_query_read(struct sql_rpc_shape *shape, const char *query, bool is_post,
                   struct sql_rejection *rejection);

/* A parameter of a query, decoded. */
struct sql_rpc_parameter {
    char *name;
    char *value;
};

/*
 * Take the next parameter from *REST, the text of a query or its remainder.
 * False at its end, and where a parameter cannot be decoded: *REST is not
 * empty then.  After true the parameter is to be released.
 */
__attribute__((warn_unused_result)) bool
sql_rpc_parameter_next(const char **rest, struct sql_rpc_parameter *parameter);

void sql_rpc_parameter_release(struct sql_rpc_parameter *parameter);

/* Whether a parameter is about the result; else it is an argument. */
bool sql_rpc_parameter_is_shape(const struct sql_rpc_parameter *parameter);

/*
 * Cut the first item of a list, without the spaces around it, off *REST.
 * False at the list's end: *REST is {NULL, 0} then.
 */
__attribute__((warn_unused_result)) bool
sql_rpc_list_next(struct slice *rest, char separator, struct slice *item);

#endif
