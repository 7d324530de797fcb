/*
 * sql_postgrest_login: checks the key of a client of /rpc as Supabase's hosted
 * projects do (https://supabase.com/docs/guides/api/api-keys).
 *
 * The gateway wants the key in the header apikey.  A key that is not a JSON Web
 * Token (sb_secret_...) is enough there; Authorization may only repeat it.  A
 * key that is one (service_role) must also be PostgREST's bearer token.
 */
#ifndef BOUNCER_LOCAL_SQL_POSTGREST_LOGIN_H
#define BOUNCER_LOCAL_SQL_POSTGREST_LOGIN_H

#include <stdbool.h>

#include "doors/exchange.h"

/* Whether the client of EXCHANGE may enter; if not, this has answered it. */
__attribute__((warn_unused_result)) bool
sql_postgrest_login_check(struct exchange *exchange, const char *service_key);

#endif
