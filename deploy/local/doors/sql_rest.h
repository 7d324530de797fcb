/*
 * sql_rest: serves function calls as PostgREST does, and Supabase in front
 * of it
 * (https://docs.postgrest.org/en/stable/references/api/functions.html,
 * …/references/errors.html): POST /rpc/<function> with a JSON object of named
 * arguments, GET and HEAD with arguments in the query, read only.
 *
 * Results are what PostgREST makes of them: an object where the function has
 * columns (TABLE, OUT, INOUT, a row type), an array of these for a set, a bare
 * scalar, 204 for void.  sql_rpc_shape says what else a client can ask of a
 * result.  Only the schema public is exposed.  The names of the arguments find
 * the function in the catalogue; the door remembers what it found for a second,
 * and forgets it when a call fails because the function has changed.
 */
#ifndef BOUNCER_LOCAL_SQL_REST_H
#define BOUNCER_LOCAL_SQL_REST_H

#include "doors/door_options.h"
#include "doors/exchange.h"
#include "doors/pg_pool.h"

struct sql_rest;

/* Serve by POOL.  NULL with the reason in ERR. */
__attribute__((warn_unused_result)) struct sql_rest *
sql_rest_new(const struct door_options *options, struct pg_pool *pool,
             struct error *err);

/* Answer a request for the function FUNCTION, still percent-encoded. */
void sql_rest_handle(struct sql_rest *postgrest, struct exchange *exchange,
                     struct slice function);

/* Answer a request for anything else, a table for instance: it is not here. */
void sql_rest_handle_other(struct sql_rest *postgrest,
                           struct exchange *exchange);

/* Nothing on NULL. */
void sql_rest_free(struct sql_rest *postgrest);

#endif
