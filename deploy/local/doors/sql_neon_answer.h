/*
 * sql_neon_answer: the JSON in which Neon's proxy answers: results of
 * statements, and failures.
 */
#ifndef BOUNCER_LOCAL_SQL_NEON_ANSWER_H
#define BOUNCER_LOCAL_SQL_NEON_ANSWER_H

#include <stdbool.h>

#include "doors/exchange.h"
#include "doors/pg_pool.h"

/* How the rows of a statement are written. */
struct sql_neon_style {
    bool raw;    /* all values as strings */
    bool arrays; /* rows as arrays, not as objects */
};

/* One statement's result while it grows. */
struct sql_neon_result {
    struct json_document *doc;
    struct json *object;
    struct json *rows; /* NULL until the first piece */
    struct sql_neon_style style;
    size_t bytes; /* of the rows, about */
};

/*
 * Add a piece, one row or the end, to RESULT, whose doc, object and style are
 * set.  False where its rows have more bytes than Neon sends.
 */
__attribute__((warn_unused_result)) bool
sql_neon_answer_add(struct sql_neon_result *result, PGresult *piece);

/* Answer by STATUS and a failure that is no error of PostgreSQL's. */
void sql_neon_answer_failure(struct exchange *exchange, int status,
                             const char *code, const char *message);

/* Answer for a job that did not end as PG_DONE. */
void sql_neon_answer_end(struct exchange *exchange, const struct pg_end *end);

#endif
