/* database: the local cloud's database, as its owner sees it. */
#ifndef BOUNCER_E2E_DATABASE_H
#define BOUNCER_E2E_DATABASE_H

#include <criterion/criterion.h>
#include <libpq-fe.h>

#define DATABASE_TEXT_MAX 64

/* Connect; fails the test if that does. */
PGconn *database_open(void);

/*
 * Run SQL; the first value that it selects last goes to TEXT, which may be
 * NULL.  Fails the test if the database rejects it.
 */
void database_run(PGconn *db, const char *sql, char text[DATABASE_TEXT_MAX]);

#define database_expect(db, sql, expected)                                     \
    do {                                                                       \
        char text[DATABASE_TEXT_MAX];                                          \
        database_run(db, sql, text);                                           \
        cr_expect_str_eq(text, expected, "%s: %s", sql, text);                 \
    } while (0)

#endif
