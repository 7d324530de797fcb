/*
 * sql_rpc_arguments: the named arguments of a function call of PostgREST, from
 * the body of a POST or the query of a GET.
 */
#ifndef BOUNCER_LOCAL_SQL_RPC_ARGUMENTS_H
#define BOUNCER_LOCAL_SQL_RPC_ARGUMENTS_H

#include <stdbool.h>

#include "base/buffer.h"

struct sql_rpc_arguments {
    struct buffer json;  /* the arguments by their names, or an array */
    struct buffer array; /* their names as text[]; no data: json is an array */
    struct buffer list;  /* their names for people: "a, b" */
};

/*
 * Read the arguments from the BODY of a POST or the QUERY of a GET.  False if
 * they are not a JSON object or array, or are too many; release ARGUMENTS in
 * any case.  A query's parameters that are about the result are skipped:
 * sql_rpc_shape reads them, and rejects what cannot be decoded.
 */
__attribute__((warn_unused_result)) bool
sql_rpc_arguments_read_body(struct sql_rpc_arguments *arguments,
                            struct slice body);
__attribute__((warn_unused_result)) bool
sql_rpc_arguments_read_query(struct sql_rpc_arguments *arguments,
                             struct slice query);

void sql_rpc_arguments_release(struct sql_rpc_arguments *arguments);

#endif
