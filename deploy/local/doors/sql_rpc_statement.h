/*
 * sql_rpc_statement: writes the one SQL statement that calls a function and
 * gives its result the shape that the client asked for.
 */
#ifndef BOUNCER_LOCAL_SQL_RPC_STATEMENT_H
#define BOUNCER_LOCAL_SQL_RPC_STATEMENT_H

#include "doors/sql_catalogue.h"
#include "doors/sql_rpc_shape.h"

/* The arguments and a value for each filter. */
#define SQL_RPC_VALUES_MAX (1 + SQL_RPC_FILTERS_MAX)

/*
 * Append the statement to SQL and its values to VALUES, *COUNT of them: JSON,
 * where FUNCTION takes arguments, then those of the filters, borrowed.  False
 * past the buffer's ceiling.
 *
 * It yields one row: the result as JSON, the number of its rows, and where the
 * client wants it, how many there are without limit and offset, else NULL.
 */
__attribute__((warn_unused_result)) bool
sql_rpc_statement_write(struct buffer *sql, const struct sql_function *function,
                        const struct sql_rpc_shape *shape, const char *json,
                        const char *values[SQL_RPC_VALUES_MAX], int *count);

#endif
