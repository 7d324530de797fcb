/*
 * libpq's own parser takes connection strings apart, the expected one once and
 * the client's with each request.
 */
#include "doors/sql_neon_login.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "doors/sql_neon_answer.h"

/* A copy of the value of KEYWORD, to be freed; NULL if there is none. */
static char *copy_value(const PQconninfoOption *options, const char *keyword)
{
    for (; options && options->keyword; options++) {
        if (strcmp(options->keyword, keyword) == 0 && options->val)
            return strdup(options->val);
    }
    return NULL;
}

static bool read_credentials(const char *text, char **user, char **password,
                             char **database)
{
    PQconninfoOption *options = PQconninfoParse(text, NULL);

    *user = copy_value(options, "user");
    *password = copy_value(options, "password");
    *database = copy_value(options, "dbname");
    PQconninfoFree(options);
    return *user && *password && *database;
}

bool sql_neon_login_init(struct sql_neon_login *login, const char *text,
                         struct error *err)
{
    if (read_credentials(text, &login->user, &login->password,
                         &login->database))
        return true;
    error_set(err,
              "the connection string lacks a user, a password or a database");
    sql_neon_login_release(login);
    return false;
}

void sql_neon_login_release(struct sql_neon_login *login)
{
    free(login->user);
    free(login->password);
    free(login->database);
    *login = (struct sql_neon_login){0};
}

static void reject_login(struct exchange *exchange, const char *user)
{
    struct error text;

    error_set(&text, "password authentication failed for user '%.64s'", user);
    sql_neon_answer_failure(exchange, 400, "28P01", text.text);
}

bool sql_neon_login_check(struct sql_neon_login *login,
                          struct exchange *exchange)
{
    struct slice text = exchange_header(exchange, "Neon-Connection-String");
    char *user = NULL, *password = NULL, *database = NULL;
    bool is_right = false;

    if (!text.at)
        sql_neon_answer_failure(exchange, 400, "",
                                "missing header: Neon-Connection-String");
    else if (!read_credentials(text.at, &user, &password, &database))
        sql_neon_answer_failure(exchange, 400, "",
                                "invalid connection string: user, password "
                                "and database are required");
    else if (strcmp(user, login->user) != 0 ||
             !exchange_token_is(slice_of(password), login->password))
        reject_login(exchange, user);
    else if (strcmp(database, login->database) != 0)
        sql_neon_answer_failure(exchange, 400, "3D000",
                                "database does not exist");
    else
        is_right = true;
    free(user);
    free(password);
    free(database);
    return is_right;
}
