/*
 * database_dialect: what the two database APIs do differently.  Only for
 * database*.c.
 */
#ifndef BOUNCER_DATABASE_DIALECT_H
#define BOUNCER_DATABASE_DIALECT_H

#include "wire/database.h"

/* A failure as the API answered it. */
struct database_failure {
    int status;
    struct slice code;    /* of the answer's JSON; {NULL, 0}: no such text */
    struct slice message; /* likewise */
};

struct database_dialect {
    /*
     * Write the header lines that carry the secret, and put the parts of it
     * that no log may hold into `hidden`.  False where it does not fit.
     */
    bool (*authorize)(struct database *database, const char *secret);
    /* database_write, with BODY empty. */
    bool (*write)(const struct database_call *call, struct buffer *url,
                  struct buffer *body);
    /* The function's object in a 200 answer; NULL if there is none. */
    const struct json *(*row)(const struct json *root);
    /*
     * What the API's own codes, words and statuses prove of a failure whose
     * SQLSTATE, if any, proves nothing; DATABASE_UNKNOWN: nothing either.
     */
    enum database_result (*judge)(const struct database_failure *failure);
};

extern const struct database_dialect database_neon;
extern const struct database_dialect database_postgrest;

const struct database_dialect *database_dialect(enum database_api api);

#endif
