/*
 * pg_pool_session: one connection of a pg_pool, and the job that runs on it.
 *
 * Only pg_pool uses it.  The pool is told by two functions: that a session is
 * free for the next job, and that it has ended and can be opened anew.
 */
#ifndef BOUNCER_LOCAL_PG_POOL_SESSION_H
#define BOUNCER_LOCAL_PG_POOL_SESSION_H

#include <event2/event.h>

#include "doors/pg_pool.h"

enum pg_session_state {
    SESSION_CLOSED = 0,
    SESSION_OPENING,
    SESSION_IDLE,
    SESSION_BUSY, /* with a job, or with cleaning up after one */
};

/* What the statement under way is for. */
enum pg_session_stage {
    STAGE_NONE = 0,
    STAGE_BEGIN,
    STAGE_STATEMENT,
    STAGE_COMMIT,
    STAGE_ROLLBACK,
    STAGE_DISCARD,
};

struct pg_session {
    struct event_base *base;
    const char *conninfo;
    /* The session is idle. */
    void (*freed)(struct pg_session *session, void *state);
    /* It is closed; REASON says why it could not be opened, or is NULL. */
    void (*closed)(struct pg_session *session, const char *reason, void *state);
    void *state;
    /* The session's own. */
    enum pg_session_state now;
    enum pg_session_stage stage;
    PGconn *pg;
    struct event *event;
    short watched; /* what the event waits for */
    struct pg_job *job;
    size_t statement;
    PGresult *error; /* the first one of the job */
    bool dirty;      /* a statement may have left something in the session */
};

/* Open a closed session.  Its CLOSED may be called before this returns. */
void pg_session_open(struct pg_session *session);

/* Run JOB on an idle session. */
void pg_session_run(struct pg_session *session, struct pg_job *job);

/*
 * Close it; a job ends as PG_LOST.  Calls neither FREED nor CLOSED.  Nothing
 * on a closed one.
 */
void pg_session_close(struct pg_session *session);

#endif
