/*
 * sql_neon: Neon's SQL over HTTP, POST /sql
 * (github.com/neondatabase/neon, proxy/src/serverless/sql_over_http.rs;
 * https://github.com/neondatabase/serverless).
 *
 * {"query", "params"} runs by itself; {"queries": [...]} runs as one
 * transaction whose isolation level, read-only and deferrable mode are in
 * headers.  Answers carry fields, rows, command and rowCount; failures every
 * field of PostgreSQL's diagnostics.
 *
 * Unlike Neon, which cancels a query whose client is gone, the door lets it
 * run: that is the harder case for a client.
 */
#ifndef BOUNCER_LOCAL_SQL_NEON_H
#define BOUNCER_LOCAL_SQL_NEON_H

#include "doors/door_options.h"
#include "doors/exchange.h"
#include "doors/pg_pool.h"

struct sql_neon;

/*
 * Serve by POOL.  OPTIONS must outlive the result.  NULL with the reason in
 * ERR, a malformed neon_connection_string for instance.
 */
__attribute__((warn_unused_result)) struct sql_neon *
sql_neon_new(const struct door_options *options, struct pg_pool *pool,
             struct error *err);

/* Answer a request for /sql. */
void sql_neon_handle(struct sql_neon *neon, struct exchange *exchange);

/* Nothing on NULL. */
void sql_neon_free(struct sql_neon *neon);

#endif
