/*
 * pool_state: the inside of the pool, for its own files alone: its states, the
 * line of events that wait, and what is written about an event that is done.
 */
#ifndef BOUNCER_LOCAL_POOL_STATE_H
#define BOUNCER_LOCAL_POOL_STATE_H

#include <event2/event.h>

#include "platform/instance_env.h"
#include "platform/pool.h"
#include "platform/pool_lists.h"

struct options;

struct pool {
    struct pool_lists lists;
    struct instance_env env;
    const struct options *options;
    struct shared *shared;
    pool_deliver deliver;
    pool_hang_up hang_up;
    struct shared_instance *places; /* of our instances, by slot */
    int starting;
    int queued;
    int burst; /* the most that were starting at once since none was */
    struct invocation *first, *last; /* waiting in line */
    bool warming;                    /* until there are all that may be */
    struct {
        long long warm, recycle, kill;
    } obeyed; /* the newest orders seen */
    struct event *queue_timer;
    struct event *child_signal;
    struct event *order_signal;
};

/* Microseconds on CLOCK_BOOTTIME. */
int64_t pool_now_us(void);

/* Let TIMER fire MS milliseconds from now. */
void pool_set_timer(struct event *timer, int64_t ms);

/* Every change of state goes through here, so that the counts are true. */
void pool_set_state(struct instance *instance, enum instance_state state);

/*
 * Kill the process of INSTANCE, which gets no more events; what it still says
 * comes too late.
 */
void pool_end_instance(struct instance *instance);

/* Put INVOCATION at the end of the line; take the first, NULL if none is. */
void pool_enqueue(struct pool *pool, struct invocation *invocation);
struct invocation *pool_dequeue(struct pool *pool);

/* Hand INVOCATION back to who submitted it; nothing on NULL. */
void pool_finish(struct invocation *invocation, enum invocation_outcome outcome,
                 struct slice body);

/* Write END and REPORT about the current event; STATUS as in report.h. */
void pool_report(struct instance *instance, const char *status);

/*
 * What the event loop calls: with the pool when the line is to be looked at,
 * when children ended and when there are orders, with the instance when its
 * time is over.
 */
void pool_on_queue_timer(evutil_socket_t fd, short what, void *state);
void pool_on_order(evutil_socket_t fd, short what, void *state);
void pool_on_child(evutil_socket_t fd, short what, void *state);
void pool_on_instance_timer(evutil_socket_t fd, short what, void *state);

#endif
