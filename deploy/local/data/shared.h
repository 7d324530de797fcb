/*
 * shared: what all processes of the local cloud count, show and obey, in memory
 * that they share.
 *
 * The supervisor makes one anonymous shared mapping before it forks.  The doors
 * count what they serve and look up which fault to play next; the platform's
 * processes show their instances.  The control address reads all that, sets the
 * faults, and gives orders to the platform's processes.  All of it is lock-free
 * C11 atomics: any process may touch any of them at any time, and a killed
 * process leaves nothing locked.  The ticket keys and the number of instances
 * are plain, written once before the first fork.
 *
 * Counters are read one by one: a snapshot taken under load may hold a request
 * whose commands are not counted yet.
 */
#ifndef BOUNCER_LOCAL_SHARED_H
#define BOUNCER_LOCAL_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"
#include "data/options.h"

/*
 * Bytes of key material that OpenSSL wants for session tickets
 * (SSL_CTX_set_tlsext_ticket_keys): with the same keys in every door process a
 * client resumes its session whichever process accepts its connection.
 */
#define SHARED_TICKET_BYTES 80

/*
 * The faults of one door.  0 means "off" for each.  Each request uses up one of
 * a fault that counts, whichever process serves it.  OPTIONS is spared all but
 * `down`.
 */
struct door_faults {
    atomic_llong delay_before_ms; /* wait before executing, every request */
    atomic_llong delay_after_ms;  /* wait between executing and answering */
    atomic_llong lose_answers;    /* execute N, close without an answer */
    atomic_llong fail_status;     /* the HTTP status for fail_count; 0: 500 */
    atomic_llong fail_count;      /* answer N so, execute nothing */
    atomic_llong down;            /* accept and close at once while not 0 */
    atomic_llong garbage;         /* execute N, answer 200, not JSON */
    atomic_llong no_delex;        /* kv: no DELEX, no SET IFEQ or IFNE */
};

/* A place for an instance, of one of the platform's processes. */
struct shared_instance {
    atomic_int state;  /* enum instance_state (instance.h) */
    atomic_int pid;    /* of a process while there is a state */
    atomic_int doomed; /* the pid that the control address wants killed */
};

/*
 * What the control address wants of the platform's processes: each number
 * grows by one with each order.  A process that has seen a smaller one obeys
 * before it gives out the next event.
 */
struct shared_orders {
    atomic_llong warm;    /* start all instances that may be at once */
    atomic_llong recycle; /* let what comes next start cold */
    atomic_llong kill;    /* kill the instances that are doomed */
};

struct shared {
    /* HTTP requests, rejected ones too; not what is malformed as HTTP. */
    atomic_llong kv_requests;
    /*
     * Commands as Upstash bills them: one for each command sent to the store,
     * in a pipeline or transaction too.  Upstash bills a script 1 plus each
     * redis.call that it makes; the door cannot see those, so EVAL, EVALSHA and
     * FCALL count 3, which is exact for compare-and-delete (GET and DEL).
     * DELEX and SET ... IFEQ count 1 each, whatever is sent to redis for them.
     */
    atomic_llong kv_commands;
    atomic_llong kv_connections; /* accepted, plain and TLS */
    atomic_llong sql_requests;   /* as kv_requests */
    /*
     * Calls that reached the database: each function called through /rpc and
     * each statement of /sql.  Looking up a function's arguments is not
     * counted.
     */
    atomic_llong sql_calls;
    atomic_llong sql_connections; /* accepted, plain and TLS */
    atomic_llong tls_handshakes;  /* completed, resumed ones included */
    atomic_llong tls_resumed;     /* of those, with a resumed session */
    atomic_llong reports; /* END and REPORT, also if --quiet; not in stats */
    /* The same of all the platform's processes together. */
    atomic_llong instances_started; /* processes, ever */
    atomic_llong instances_starting;
    atomic_llong instances_idle;
    atomic_llong instances_busy;
    atomic_llong instances_ending;
    atomic_llong invocations; /* events given to an instance, ever */
    atomic_llong queued;      /* events that wait for an instance now */
    atomic_llong crashes;     /* processes that ended while they had an event */
    atomic_llong timeouts;
    atomic_llong throttled;
    struct door_faults kv;
    struct door_faults sql;
    struct shared_orders orders;
    /* The platform's processes that obey and take SIGUSR1; 0: none. */
    atomic_int platforms[OPTIONS_PROCESSES_MAX];
    char ticket_keys[SHARED_TICKET_BYTES + 1]; /* text, NUL-terminated */
    int instance_count;
    struct shared_instance instances[];
};

/*
 * Map a new struct shared with places for INSTANCES, all zero but for the
 * ticket keys; NULL with the reason in ERR on failure.  Processes forked later
 * share it.
 */
__attribute__((warn_unused_result)) struct shared *
shared_new(int instances, struct error *err);

/* Unmap it in this process; no-op on NULL. */
void shared_free(struct shared *shared);

/* Add every counter to OBJECT under its name, e.g. "kv_requests": 2. */
void shared_add_stats(const struct shared *shared, struct json_document *doc,
                      struct json *object);

/*
 * Set FAULT, the name of a field of struct door_faults, of DOOR, "kv" or "sql",
 * to VALUE, 0 or more.  False with the reason in ERR, and nothing changed, if
 * there is no such door or fault or VALUE makes no sense for it.
 */
__attribute__((warn_unused_result)) bool
shared_set_fault(struct shared *shared, const char *door, const char *fault,
                 long long value, struct error *err);

/* Set all faults of both doors to 0. */
void shared_clear_faults(struct shared *shared);

/* Take one from LEFT.  False if none was left. */
bool shared_take(atomic_llong *left);

#endif
