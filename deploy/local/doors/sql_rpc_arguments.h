/*
 * sql_rpc_arguments: the named arguments of a function call of PostgREST, from
 * the body of a POST or the query of a GET.
 */
#ifndef BOUNCER_LOCAL_SQL_RPC_ARGUMENTS_H
#define BOUNCER_LOCAL_SQL_RPC_ARGUMENTS_H

#include <stdbool.h>

#include "exchange.h"

struct sql_rpc_arguments {
    struct buffer json;  /* an object: the arguments by their names */
    struct buffer array; /* their names, as a literal of type text[] */
    struct buffer list;  /* their names for people: "a, b" */
};

/*
 * Read the arguments of EXCHANGE.  False where they are no JSON object or are
 * too many; ARGUMENTS is to be released in any case.
 */
__attribute__((warn_unused_result)) bool
sql_rpc_arguments_read(struct sql_rpc_arguments *arguments,
                       const struct exchange *exchange);

void sql_rpc_arguments_release(struct sql_rpc_arguments *arguments);

#endif
