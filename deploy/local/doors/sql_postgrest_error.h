/*
 * sql_postgrest_error: failures as PostgREST answers them,
 * {"code", "details", "hint", "message"} under a status that depends on the
 * SQLSTATE (https://docs.postgrest.org/en/stable/references/errors.html).
 */
#ifndef BOUNCER_LOCAL_SQL_POSTGREST_ERROR_H
#define BOUNCER_LOCAL_SQL_POSTGREST_ERROR_H

#include "doors/exchange.h"
#include "doors/pg_pool.h"
#include "doors/sql_rejection.h"

/* Answer by a failure; DETAILS and HINT may be NULL. */
void sql_postgrest_error(struct exchange *exchange, int status,
                         const char *code, const char *message,
                         const char *details, const char *hint);

/* Answer by why a request is not served. */
void sql_postgrest_error_rejection(struct exchange *exchange,
                                   const struct sql_rejection *rejection);

/* Answer for a job that did not end as PG_DONE. */
void sql_postgrest_error_end(struct exchange *exchange,
                             const struct pg_end *end);

#endif
