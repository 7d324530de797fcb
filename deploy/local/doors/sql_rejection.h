/*
 * sql_rejection: says in PostgREST's terms why the SQL door does not serve a
 * request, before anything goes to the database
 * (https://docs.postgrest.org/en/stable/references/errors.html).
 *
 * Each function fills REJECTION and returns false, so that a reader can end by
 * `return sql_reject(...)`.
 */
#ifndef BOUNCER_LOCAL_SQL_REJECTION_H
#define BOUNCER_LOCAL_SQL_REJECTION_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

struct sql_rejection {
    int status;
    const char *code;
    struct error message;
    struct error details; /* empty: none */
};

/* Reject by STATUS, CODE and MESSAGE, with details from a printf format. */
__attribute__((format(printf, 5, 6))) bool
sql_reject(struct sql_rejection *rejection, int status, const char *code,
           const char *message, const char *format, ...);

/* Reject WHAT followed by NAME, which PostgREST may serve and this door not. */
bool sql_reject_feature(struct sql_rejection *rejection, const char *what,
                        struct slice name);

#endif
