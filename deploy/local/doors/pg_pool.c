/*
 * Jobs wait in a linked list; a session that becomes free takes the first.  One
 * timer, set for the first in line, ends those that have waited too long.
 */
#include "doors/pg_pool.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "doors/pg_pool_session.h"

/* PostgREST's time in line (db-pool-acquisition-timeout). */
#define WAIT_MAX_MS 10000

/* So many may stand in line. */
#define LINE_MAX_JOBS 20000

struct pg_pool {
    struct event *timer; /* for the first in line */
    struct pg_job *first;
    struct pg_job **end;
    size_t waiting;
    bool closing;
    size_t size;
    struct pg_session sessions[];
};

static int64_t now_ms(void)
{
    return clock_boottime_ms(clock_system());
}

bool pg_end_is_executed(const struct pg_end *end)
{
    switch (end->outcome) {
    case PG_DONE:
    case PG_REJECTED:
    case PG_ABANDONED:
    case PG_LOST:
        return true;
    case PG_UNREACHABLE:
    case PG_BUSY:
    case PG_UNKNOWN:
        break;
    }
    return false;
}

/* ---- the line ---- */

static void set_timer(struct pg_pool *pool)
{
    int64_t left_ms;
    struct timeval left;

    if (!pool->first)
        return;
    left_ms = pool->first->deadline_ms - now_ms();
    if (left_ms < 1)
        left_ms = 1;
    left = (struct timeval){.tv_sec = left_ms / 1000,
                            .tv_usec = left_ms % 1000 * 1000};
    evtimer_add(pool->timer, &left);
}

static void join_line(struct pg_pool *pool, struct pg_job *job)
{
    job->next = NULL;
    job->deadline_ms = now_ms() + WAIT_MAX_MS;
    *pool->end = job;
    pool->end = &job->next;
    if (pool->waiting++ == 0)
        set_timer(pool);
}

static struct pg_job *leave_line(struct pg_pool *pool)
{
    struct pg_job *job = pool->first;

    if (!job)
        return NULL;
    pool->first = job->next;
    if (!pool->first)
        pool->end = &pool->first;
    pool->waiting--;
    return job;
}

static void fail(struct pg_job *job, enum pg_outcome outcome,
                 const char *reason)
{
    struct pg_end end = {.outcome = outcome, .reason = reason};

    job->done(job, &end);
}

static void on_timer(evutil_socket_t fd, short what, void *state)
{
    struct pg_pool *pool = state;

    (void)fd;
    (void)what;
    while (pool->first && pool->first->deadline_ms <= now_ms())
        fail(leave_line(pool), PG_BUSY, "no connection was free in time");
    set_timer(pool);
}

/* Fail all that stand in line now, but not those that join meanwhile. */
static void fail_line(struct pg_pool *pool, const char *reason)
{
    size_t count = pool->waiting;

    while (count-- > 0 && pool->first)
        fail(leave_line(pool), PG_UNREACHABLE, reason);
}

/* ---- sessions ---- */

static struct pg_session *find(struct pg_pool *pool, enum pg_session_state now)
{
    for (size_t i = 0; i < pool->size; i++) {
        if (pool->sessions[i].now == now)
            return &pool->sessions[i];
    }
    return NULL;
}

static void on_freed(struct pg_session *session, void *state)
{
    struct pg_job *job = leave_line(state);

    if (job)
        pg_session_run(session, job);
}

/*
 * One that broke while others work is opened anew when it is needed.  Where
 * none is left and none can be opened there is no database.
 */
static void on_closed(struct pg_session *session, const char *reason,
                      void *state)
{
    struct pg_pool *pool = state;

    if (pool->closing || find(pool, SESSION_OPENING) ||
        find(pool, SESSION_BUSY) || find(pool, SESSION_IDLE))
        return;
    if (reason)
        fail_line(pool, reason);
    else if (pool->first)
        pg_session_open(session);
}

struct pg_pool *pg_pool_new(struct event_base *base, const char *conninfo,
                            int size, struct error *err)
{
    size_t count = (size_t)size;
    struct pg_pool *pool =
        calloc(1, sizeof(*pool) + count * sizeof(pool->sessions[0]));

    if (pool)
        pool->timer = evtimer_new(base, on_timer, pool);
    if (!pool || !pool->timer) {
        error_set(err, "out of memory");
        free(pool);
        return NULL;
    }
    pool->end = &pool->first;
    pool->size = count;
    for (size_t i = 0; i < count; i++)
        pool->sessions[i] = (struct pg_session){.base = base,
                                                .conninfo = conninfo,
                                                .freed = on_freed,
                                                .closed = on_closed,
                                                .state = pool};
    return pool;
}

void pg_pool_submit(struct pg_pool *pool, struct pg_job *job)
{
    struct pg_session *idle = find(pool, SESSION_IDLE);
    struct pg_session *closed;

    if (pool->closing) {
        fail(job, PG_UNREACHABLE, "the server is stopping");
        return;
    }
    if (idle) {
        pg_session_run(idle, job);
        return;
    }
    if (pool->waiting >= LINE_MAX_JOBS) {
        fail(job, PG_BUSY, "too many requests are waiting");
        return;
    }
    join_line(pool, job);
    closed = find(pool, SESSION_CLOSED);
    if (closed)
        pg_session_open(closed);
}

void pg_pool_free(struct pg_pool *pool)
{
    if (!pool)
        return;
    pool->closing = true;
    for (size_t i = 0; i < pool->size; i++)
        pg_session_close(&pool->sessions[i]);
    fail_line(pool, "the server is stopping");
    event_free(pool->timer);
    free(pool);
}
