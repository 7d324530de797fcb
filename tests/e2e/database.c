#include "database.h"

#include <stdio.h>

#include "cloud.h"

PGconn *database_open(void)
{
    PGconn *db = PQconnectdb(cloud_setting("DATABASE_URL"));

    cr_assert_eq(PQstatus(db), CONNECTION_OK, "%s", PQerrorMessage(db));
    PQclear(PQexec(db, "SET client_min_messages = warning"));
    return db;
}

void database_run(PGconn *db, const char *sql, char text[DATABASE_TEXT_MAX])
{
    PGresult *result = PQexec(db, sql);

    cr_assert(PQresultStatus(result) == PGRES_TUPLES_OK ||
                  PQresultStatus(result) == PGRES_COMMAND_OK,
              "%s: %s", sql, PQerrorMessage(db));
    if (text)
        (void)snprintf(text, DATABASE_TEXT_MAX, "%s",
                       PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
}
