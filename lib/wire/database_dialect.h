/*
 * database_dialect: what the two database APIs do differently.  For
 * database*.c alone.
 */
#ifndef BOUNCER_DATABASE_DIALECT_H
#define BOUNCER_DATABASE_DIALECT_H

#include "wire/database.h"

struct database_dialect {
    /* Write the header lines that carry the secret. */
    bool (*authorize)(struct database *database, const char *secret);
    /* Write the path behind the base URL and the request's body. */
    bool (*write)(struct database *database, const struct database_call *call);
    /* The function's object in a 200 answer; NULL if there is none. */
    const struct json *(*row)(const struct json *root);
};

extern const struct database_dialect database_neon;
extern const struct database_dialect database_postgrest;

#endif
