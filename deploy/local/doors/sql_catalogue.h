/*
 * sql_catalogue: finds the SQL that calls a function with arguments of given
 * names, for sql_rest.
 *
 * PostgreSQL itself writes that SQL, so that it quotes its own names.  Each
 * process remembers it for a second, in bounded memory.
 */
#ifndef BOUNCER_LOCAL_SQL_CATALOGUE_H
#define BOUNCER_LOCAL_SQL_CATALOGUE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* How many calls are remembered. */
#define SQL_CATALOGUE_SIZE 64

/*
 * The query that finds the function: $1 its schema, $2 its name, $3 the names
 * of the arguments as text[], NULL for a body without names, $4 whether a
 * function may take the body whole.  Each row is one function that fits, for
 * sql_catalogue_read.
 */
extern const char sql_catalogue_query[];

/* A function and the query that calls it with its arguments as JSON in $1. */
struct sql_function {
    char *source; /* yields the columns of the result, or pgrst_scalar */
    bool is_set;
    bool is_composite; /* has columns: TABLE, OUT and INOUT, a row type */
    bool is_void;
    bool is_volatile;
    bool takes_arguments; /* else the source has no $1 */
};

struct sql_catalogue {
    struct {
        char *key;
        struct sql_function function;
        int64_t until_ms;
    } entries[SQL_CATALOGUE_SIZE];
};

/* What is remembered under KEY, borrowed until the next call; or NULL. */
const struct sql_function *
sql_catalogue_find(const struct sql_catalogue *catalogue, const char *key);

/*
 * Remember what ROW of RESULT, a result of sql_catalogue_query, says, under
 * KEY.  Returns it as sql_catalogue_find does, NULL out of memory.
 */
const struct sql_function *sql_catalogue_read(struct sql_catalogue *catalogue,
                                              const char *key,
                                              const PGresult *result, int row);

/* Forget KEY. */
void sql_catalogue_forget(struct sql_catalogue *catalogue, const char *key);

/* Forget everything. */
void sql_catalogue_release(struct sql_catalogue *catalogue);

#endif
