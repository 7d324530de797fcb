/*
 * sql_postgrest_login: whether a client of /rpc may in: Supabase's gateway
 * wants the header apikey, PostgREST behind it a bearer token.  Here both are
 * the same service key.
 */
#ifndef BOUNCER_LOCAL_SQL_POSTGREST_LOGIN_H
#define BOUNCER_LOCAL_SQL_POSTGREST_LOGIN_H

#include <stdbool.h>

#include "exchange.h"

/* Whether the client of EXCHANGE may in; if not, it has its answer. */
__attribute__((warn_unused_result)) bool
sql_postgrest_login_check(struct exchange *exchange, const char *service_key);

#endif
