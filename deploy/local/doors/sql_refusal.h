/*
 * sql_refusal: why the SQL door does not serve a request: an error as
 * PostgREST writes it, before anything was sent to the database
 * (https://docs.postgrest.org/en/stable/references/errors.html).
 *
 * Each function fills REFUSAL and returns false, so that a reader can end by
 * `return sql_refuse(...)`.
 */
#ifndef BOUNCER_LOCAL_SQL_REFUSAL_H
#define BOUNCER_LOCAL_SQL_REFUSAL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

struct sql_refusal {
    int status;
    const char *code;
    struct error message;
    struct error details; /* empty: none */
};

/* Refuse by STATUS, CODE and MESSAGE, with details from a printf format. */
__attribute__((format(printf, 5, 6))) bool
sql_refuse(struct sql_refusal *refusal, int status, const char *code,
           const char *message, const char *format, ...);

/* Refuse WHAT followed by NAME: PostgREST may know it, the local cloud not. */
bool sql_refuse_feature(struct sql_refusal *refusal, const char *what,
                        struct slice name);

#endif
