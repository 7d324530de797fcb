/*
 * pg_pool: lets many requests take turns on a few connections to PostgreSQL, by
 * libpq's asynchronous interface and libevent.
 *
 * A job is some statements that run on one connection, one after the other,
 * each by itself or all in one transaction; the first one that the database
 * rejects ends it.  Jobs wait in line for a free connection.
 *
 * A job runs to its end even if its client is gone.  The next job gets the
 * connection only when it is idle, outside a transaction, and cleaned of what a
 * statement may have left in the session.
 */
#ifndef BOUNCER_LOCAL_PG_POOL_H
#define BOUNCER_LOCAL_PG_POOL_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct event_base;
struct pg_pool;

enum pg_outcome {
    PG_UNKNOWN = 0,
    PG_DONE,        /* all of it was executed */
    PG_REJECTED,    /* by the database; its transaction was rolled back */
    PG_ABANDONED,   /* the job wanted no more rows; it was rolled back */
    PG_UNREACHABLE, /* there is no database; nothing was executed */
    PG_BUSY,        /* no connection was free in time; nothing was executed */
    PG_LOST,        /* the connection broke: some or all may be executed */
};

struct pg_statement {
    const char *sql;
    int count;                 /* of parameters */
    const char *const *values; /* texts; NULL is SQL's NULL */
};

/* How a job ended. */
struct pg_end {
    enum pg_outcome outcome;
    const PGresult *error; /* PG_REJECTED: why; else NULL */
    const char *reason;    /* one line in words, where it did not succeed */
};

/*
 * All of it belongs to the caller and stays where it is until DONE is called.
 */
struct pg_job {
    const char *begin; /* BEGIN with its options; NULL: no transaction */
    const struct pg_statement *statements;
    size_t count; /* at least 1 where there is no transaction */
    /*
     * Called for each row, as a result of one row, and for the end of each
     * statement, as a result without rows that names its fields.  Returns
     * false to give the job up.
     */
    bool (*result)(struct pg_job *job, size_t statement, PGresult *result);
    /* Called once; may free the job, and submit others. */
    void (*done)(struct pg_job *job, const struct pg_end *end);
    /* The pool's own. */
    struct pg_job *next;
    int64_t deadline_ms;
};

/*
 * A pool of at most SIZE connections made by CONNINFO, which is borrowed; they
 * are opened when they are needed.  NULL with the reason in ERR.
 */
__attribute__((warn_unused_result)) struct pg_pool *
pg_pool_new(struct event_base *base, const char *conninfo, int size,
            struct error *err);

/* Whether what ended so may have reached the database at all. */
bool pg_end_is_executed(const struct pg_end *end);

/* Run JOB; its DONE may be called before this returns. */
void pg_pool_submit(struct pg_pool *pool, struct pg_job *job);

/* Close all connections; unfinished jobs end.  Nothing on NULL. */
void pg_pool_free(struct pg_pool *pool);

#endif
