/*
 * sql_postgrest_login: whether a client of /rpc may in, as Supabase's hosted
 * projects decide it (https://supabase.com/docs/guides/api/api-keys).
 *
 * The gateway wants the key in the header apikey.  A key that is no JSON Web
 * Token, sb_secret_..., is enough there; in Authorization it is taken only
 * where both are equal.  A key that is one (service_role) must be the bearer
 * token for PostgREST too.
 */
#ifndef BOUNCER_LOCAL_SQL_POSTGREST_LOGIN_H
#define BOUNCER_LOCAL_SQL_POSTGREST_LOGIN_H

#include <stdbool.h>

#include "exchange.h"

/* Whether the client of EXCHANGE may in; if not, it has its answer. */
__attribute__((warn_unused_result)) bool
sql_postgrest_login_check(struct exchange *exchange, const char *service_key);

#endif
