/*
 * A session is a state machine on libpq's non-blocking calls: each statement
 * has a stage (BEGIN, the job's own, COMMIT, ROLLBACK, DISCARD ALL), and the
 * end of its results leads to the next stage.
 */
#include "doors/pg_pool_session.h"

#include <stdio.h>
#include <string.h>

static void on_socket(evutil_socket_t fd, short what, void *state);

/* ---- its end ---- */

static void tear_down(struct pg_session *session)
{
    if (session->event)
        event_free(session->event);
    session->event = NULL;
    session->watched = 0;
    PQfinish(session->pg);
    session->pg = NULL;
    session->now = SESSION_CLOSED;
    session->stage = STAGE_NONE;
    session->dirty = false;
}

/* Tell the job, which is no longer the session's then. */
static void end_job(struct pg_session *session, enum pg_outcome outcome,
                    const char *reason)
{
    struct pg_job *job = session->job;
    PGresult *error = session->error;
    struct pg_end end = {.outcome = outcome, .error = error, .reason = reason};

    session->job = NULL;
    session->error = NULL;
    if (job)
        job->done(job, &end);
    PQclear(error);
}

void pg_session_close(struct pg_session *session)
{
    if (session->now == SESSION_CLOSED)
        return;
    tear_down(session);
    end_job(session, PG_LOST, "the connection was closed");
}

/* Close the session by itself, in the middle of a job or not. */
static void give_up(struct pg_session *session, enum pg_outcome outcome,
                    const char *reason)
{
    tear_down(session);
    end_job(session, outcome, reason);
    session->closed(session, NULL, session->state);
}

/*
 * The connection broke.  Where the server said why, as it does when it is shut
 * down, its error is the outcome.
 */
static void break_off(struct pg_session *session)
{
    const PGresult *error = session->error;

    if (error && PQresultErrorField(error, PG_DIAG_SQLSTATE))
        give_up(session, PG_REJECTED, "the server ended the connection");
    else
        give_up(session, PG_LOST, "the connection to the database was lost");
}

/* ---- its socket ---- */

/* Wait for WHAT; false, with the session closed, where that fails. */
static bool watch(struct pg_session *session, short what)
{
    if (session->watched == what && session->now != SESSION_OPENING)
        return true;
    if (session->event)
        event_free(session->event);
    session->event = event_new(session->base, PQsocket(session->pg),
                               (short)(what | EV_PERSIST), on_socket, session);
    session->watched = what;
    if (session->event && event_add(session->event, NULL) == 0)
        return true;
    break_off(session);
    return false;
}

/* Write what is left to write; false where the session is closed by that. */
static bool flush(struct pg_session *session)
{
    int left = PQflush(session->pg);

    if (left < 0) {
        break_off(session);
        return false;
    }
    return watch(session, (short)(left ? EV_READ | EV_WRITE : EV_READ));
}

static void become_idle(struct pg_session *session)
{
    PQclear(session->error);
    session->error = NULL;
    session->now = SESSION_IDLE;
    session->stage = STAGE_NONE;
    session->dirty = false;
    session->freed(session, session->state);
}

static void fail_to_open(struct pg_session *session)
{
    char reason[ERROR_TEXT_MAX];

    (void)snprintf(reason, sizeof(reason), "%s", PQerrorMessage(session->pg));
    reason[strcspn(reason, "\n")] = '\0';
    tear_down(session);
    session->closed(session, reason, session->state);
}

static void go_on_opening(struct pg_session *session)
{
    switch (PQconnectPoll(session->pg)) {
    case PGRES_POLLING_READING:
        watch(session, EV_READ);
        break;
    case PGRES_POLLING_WRITING:
        watch(session, EV_WRITE);
        break;
    case PGRES_POLLING_OK:
        if (PQsetnonblocking(session->pg, 1) != 0) {
            fail_to_open(session);
        } else if (watch(session, EV_READ)) {
            become_idle(session);
        }
        break;
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE:
        fail_to_open(session);
        break;
    }
}

static void ignore_notice(void *state, const PGresult *notice)
{
    (void)state;
    (void)notice;
}

void pg_session_open(struct pg_session *session)
{
    session->pg = PQconnectStart(session->conninfo);
    session->now = SESSION_OPENING;
    if (!session->pg) {
        tear_down(session);
        session->closed(session, "out of memory", session->state);
        return;
    }
    PQsetNoticeReceiver(session->pg, ignore_notice, NULL);
    if (PQstatus(session->pg) == CONNECTION_BAD)
        fail_to_open(session);
    else
        watch(session, EV_WRITE);
}

/* ---- its job ---- */

/* Send STATEMENT, row by row if it is the job's; false where it failed. */
static void submit(struct pg_session *session, enum pg_session_stage stage,
                   const struct pg_statement *statement)
{
    session->stage = stage;
    if (PQsendQueryParams(session->pg, statement->sql, statement->count, NULL,
                          statement->values, NULL, NULL, 0) != 1) {
        if (PQstatus(session->pg) == CONNECTION_BAD)
            break_off(session);
        else
            give_up(session, PG_REJECTED, "the statement cannot be sent");
        return;
    }
    if (stage == STAGE_STATEMENT)
        PQsetSingleRowMode(session->pg);
    flush(session);
}

static void submit_text(struct pg_session *session, enum pg_session_stage stage,
                        const char *sql)
{
    struct pg_statement statement = {.sql = sql};

    submit(session, stage, &statement);
}

static void submit_next(struct pg_session *session)
{
    const struct pg_job *job = session->job;

    if (session->statement < job->count)
        submit(session, STAGE_STATEMENT, &job->statements[session->statement]);
    else
        submit_text(session, STAGE_COMMIT, "COMMIT");
}

/* The job is through: make the session fit for the next one. */
static void clean_up(struct pg_session *session)
{
    bool rejected = session->error != NULL;
    bool dirty = session->dirty;

    if (PQtransactionStatus(session->pg) != PQTRANS_IDLE) {
        submit_text(session, STAGE_ROLLBACK, "ROLLBACK");
        return;
    }
    if (dirty)
        submit_text(session, STAGE_DISCARD, "DISCARD ALL");
    else
        session->now = SESSION_IDLE;
    end_job(session, rejected ? PG_REJECTED : PG_DONE,
            rejected ? "the database rejected a statement" : NULL);
    /* The job may have submitted another one, which runs here then. */
    if (session->now == SESSION_IDLE)
        become_idle(session);
}

/* The statement under way has ended: go to the next step. */
static void advance(struct pg_session *session)
{
    switch (session->stage) {
    case STAGE_BEGIN:
    case STAGE_STATEMENT:
        if (session->stage == STAGE_STATEMENT)
            session->statement++;
        if (session->error ||
            (session->statement == session->job->count && !session->job->begin))
            clean_up(session);
        else
            submit_next(session);
        break;
    case STAGE_COMMIT:
        clean_up(session);
        break;
    case STAGE_ROLLBACK:
        if (PQtransactionStatus(session->pg) == PQTRANS_IDLE)
            clean_up(session);
        else
            break_off(session);
        break;
    case STAGE_DISCARD:
        become_idle(session);
        break;
    case STAGE_NONE:
        break;
    }
}

void pg_session_run(struct pg_session *session, struct pg_job *job)
{
    session->now = SESSION_BUSY;
    session->job = job;
    session->statement = 0;
    if (job->begin)
        submit_text(session, STAGE_BEGIN, job->begin);
    else
        submit_next(session);
}

/* Whether a statement with this tag leaves nothing in its session. */
static bool leaves_nothing(const char *tag)
{
    static const char *const harmless[] = {
        "SELECT", "INSERT", "UPDATE", "DELETE",
        "MERGE",  "BEGIN",  "COMMIT", "ROLLBACK",
    };

    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (strncmp(tag, harmless[i], strlen(harmless[i])) == 0)
            return true;
    }
    return *tag == '\0';
}

/* Take a result; false where the session is closed by that. */
static bool take_result(struct pg_session *session, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    bool is_wanted = true;

    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
        if (session->error)
            PQclear(result);
        else
            session->error = result;
        return true;
    }
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
        status == PGRES_COPY_BOTH) {
        PQclear(result);
        give_up(session, PG_REJECTED, "COPY has no place here");
        return false;
    }
    if (!leaves_nothing(PQcmdStatus(result)))
        session->dirty = true;
    if (session->stage == STAGE_STATEMENT)
        is_wanted =
            session->job->result(session->job, session->statement, result);
    PQclear(result);
    if (!is_wanted)
        give_up(session, PG_ABANDONED, "no more rows were wanted");
    return is_wanted;
}

/* Take what has arrived. */
static void take_results(struct pg_session *session)
{
    while (session->now == SESSION_BUSY && !PQisBusy(session->pg)) {
        PGresult *result = PQgetResult(session->pg);

        if (result) {
            if (!take_result(session, result))
                return;
        } else if (PQstatus(session->pg) == CONNECTION_BAD) {
            break_off(session);
            return;
        } else {
            advance(session);
        }
    }
}

static void drop_notifications(struct pg_session *session)
{
    PGnotify *notify;

    while ((notify = PQnotifies(session->pg)) != NULL)
        PQfreemem(notify);
}

static void on_socket(evutil_socket_t fd, short what, void *state)
{
    struct pg_session *session = state;

    (void)fd;
    (void)what;
    if (session->now == SESSION_OPENING) {
        go_on_opening(session);
        return;
    }
    if (PQconsumeInput(session->pg) != 1) {
        /* The server's last words may be among what has arrived. */
        if (session->now == SESSION_BUSY)
            take_results(session);
        else
            break_off(session);
        return;
    }
    drop_notifications(session);
    if (flush(session))
        take_results(session);
}
