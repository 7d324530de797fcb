/*
 * sql_neon_login: checks a client of /sql as Neon's proxy does: by user,
 * password and database in its Neon-Connection-String header.
 */
#ifndef BOUNCER_LOCAL_SQL_NEON_LOGIN_H
#define BOUNCER_LOCAL_SQL_NEON_LOGIN_H

#include <stdbool.h>

#include "base/error.h"
#include "doors/exchange.h"

struct sql_neon_login {
    char *user;
    char *password;
    char *database;
};

/*
 * Expect what TEXT, a postgresql:// URL, names.  False with the reason in ERR
 * where it lacks a part.
 */
__attribute__((warn_unused_result)) bool
sql_neon_login_init(struct sql_neon_login *login, const char *text,
                    struct error *err);

void sql_neon_login_release(struct sql_neon_login *login);

/* Whether the client of EXCHANGE may enter; if not, this has answered it. */
__attribute__((warn_unused_result)) bool
sql_neon_login_check(struct sql_neon_login *login, struct exchange *exchange);

#endif
