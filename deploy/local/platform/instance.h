/*
 * instance: one process of the function, as the cloud runs it.
 *
 * AWS_LAMBDA_RUNTIME_API is a bare host and port there, with nothing in it
 * that tells instances apart, since each has a machine of its own.  Here each
 * process gets a loopback address of its own, 127.x.y.z, for the same port:
 * the address that a connection came to says who calls.  Addresses are used
 * again only after about a thousand processes in the same slot, so that what
 * a dead process sent last is never taken for its successor's.
 */
#ifndef BOUNCER_LOCAL_INSTANCE_H
#define BOUNCER_LOCAL_INSTANCE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "platform/invocation.h"

struct evhttp_request;
struct instance_env;
struct pool;

enum instance_state {
    INSTANCE_NONE = 0, /* no process in this slot */
    INSTANCE_STARTING, /* has not asked for its first event yet */
    INSTANCE_IDLE,     /* frozen in its request for the next event */
    INSTANCE_BUSY,     /* has an event, or still works after its answer */
    INSTANCE_ENDING,   /* was killed and is not buried yet */
};

/* A slot of the pool's table. */
struct instance {
    enum instance_state state;
    pid_t pid;
    struct pool *pool;
    int slot;
    int generation;                     /* of processes in this slot */
    struct evhttp_request *parked;      /* the request for the next event */
    struct invocation *invocation;      /* NULL as soon as it is answered */
    char request_id[INVOCATION_ID_MAX]; /* of the current or last event */
    bool retiring;  /* gets no more events: ends when it asks for one */
    bool killed;    /* by us; what it still says comes too late */
    bool timed_out; /* and that was why */
    bool failed;    /* the current event ended in an error */
    bool init_reported;
    int64_t started_us; /* all on CLOCK_BOOTTIME */
    int64_t init_us;    /* how long the process took to ask for an event */
    int64_t delivered_us;
    struct event *timer;            /* ends a slow start or invocation */
    struct instance *newer, *older; /* in the stack of idle ones */
    struct instance *next;          /* among free slots */
    struct instance *next_by_pid;   /* in the pool's table */
};

/* The host and port that the process in this slot finds the platform at. */
void instance_runtime_api(const struct instance *instance, int port,
                          char text[static 32]);

/* The slot and generation of a loopback ADDRESS in host byte order. */
void instance_of_address(uint32_t address, int *slot, int *generation);

/*
 * Start the process of this slot's next generation: in a process group of its
 * own, with the environment ENV and nothing else of ours but standard output
 * and error.  It is killed when we end.  False with the reason in ERR.
 */
__attribute__((warn_unused_result)) bool
instance_spawn(struct instance *instance, const struct instance_env *env,
               struct error *err);

/*
 * Stop the whole process group where it stands, let it go on, end it.  Only
 * for a process that has not been waited for.
 */
void instance_freeze(const struct instance *instance);
void instance_thaw(const struct instance *instance);
void instance_kill(const struct instance *instance);

/* The most memory the process had resident so far, in MB; 0: unknown. */
long instance_max_memory_mb(const struct instance *instance);

#endif
