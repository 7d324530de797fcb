/*
 * database_dialect: what the two database APIs do differently.  For
 * database*.c alone.
 */
#ifndef BOUNCER_DATABASE_DIALECT_H
#define BOUNCER_DATABASE_DIALECT_H

#include "wire/database.h"

/* A failure as the API answered it. */
struct database_failure {
    int status;
    struct slice code;    /* {NULL, 0} where there is none, or no text */
    struct slice message; /* likewise; of the API's JSON */
};

struct database_dialect {
    /*
     * Write the header lines that carry the secret, and put what no log may
     * hold of it into `hidden`.
     */
    bool (*authorize)(struct database *database, const char *secret);
    /* Write the path behind the base URL and the request's body. */
    bool (*write)(struct database *database, const struct database_call *call);
    /* The function's object in a 200 answer; NULL if there is none. */
    const struct json *(*row)(const struct json *root);
    /*
     * What the API's own codes and words prove of a failure that no SQLSTATE
     * explains; DATABASE_UNKNOWN where they prove nothing.
     */
    enum database_result (*judge)(const struct database_failure *failure);
};

extern const struct database_dialect database_neon;
extern const struct database_dialect database_postgrest;

#endif
