/*
 * shared: counters and faults in memory that all processes of the local cloud
 * share.
 *
 * The supervisor makes one anonymous shared mapping before it forks.  The doors
 * count what they serve and look up which fault to play next; the platform's
 * control address reads the counters and sets the faults.  The counters and
 * faults are lock-free C11 atomics: any process may touch any of them at any
 * time, and a killed process leaves nothing locked.  The ticket keys are plain
 * bytes, written once before the first fork.
 *
 * Counters are read one by one: a snapshot taken under load may hold a request
 * whose commands are not counted yet.
 */
#ifndef BOUNCER_LOCAL_SHARED_H
#define BOUNCER_LOCAL_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

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
    struct door_faults kv;
    struct door_faults sql;
    char ticket_keys[SHARED_TICKET_BYTES + 1]; /* text, NUL-terminated */
};

/*
 * Map a new struct shared, all zero but for the ticket keys; NULL with the
 * reason in ERR on failure.  Processes forked later share it.
 */
__attribute__((warn_unused_result)) struct shared *
shared_new(struct error *err);

/* Unmap it in this process; no-op on NULL. */
void shared_free(struct shared *shared);

/*
 * Append the doors' counters as one JSON object, e.g.
 * {"kv_requests":2,…,"tls_resumed":0}.  False past the buffer's ceiling.
 */
__attribute__((warn_unused_result)) bool
shared_stats_json(const struct shared *shared, struct buffer *out);

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
