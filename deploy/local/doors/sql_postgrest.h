/*
 * sql_postgrest: function calls as PostgREST, and Supabase in front of it,
 * serve them
 * (https://docs.postgrest.org/en/stable/references/api/functions.html,
 * …/references/errors.html): POST /rpc/<function> with a JSON object of named
 * arguments, GET and HEAD with arguments in the query, read only.
 *
 * A composite result is an object, a set an array, a scalar bare, void 204.
 * Functions are found in the catalogue by the names of their arguments; what
 * was found is remembered for a second, and forgotten when a call fails
 * because it has changed.
 */
#ifndef BOUNCER_LOCAL_SQL_POSTGREST_H
#define BOUNCER_LOCAL_SQL_POSTGREST_H

#include "door.h"
#include "exchange.h"
#include "pg_pool.h"

struct sql_postgrest;

/* Serve by POOL.  NULL with the reason in ERR. */
__attribute__((warn_unused_result)) struct sql_postgrest *
sql_postgrest_new(const struct door_options *options, struct pg_pool *pool,
                  struct error *err);

/* Answer a request for the function FUNCTION, still percent-encoded. */
void sql_postgrest_handle(struct sql_postgrest *postgrest,
                          struct exchange *exchange, struct slice function);

/* Nothing on NULL. */
void sql_postgrest_free(struct sql_postgrest *postgrest);

#endif
