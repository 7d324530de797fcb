/*
 * shared: what the processes of the local cloud know in common.
 *
 * The supervisor makes one anonymous shared mapping before it forks the door
 * processes.  The doors count in it what they served, and look up in it which
 * fault they shall play next; the supervisor reads the one and sets the other.
 * All fields are lock-free C11 atomics, so any process may touch any of them
 * at any time, and one that is killed leaves nothing locked.  Only the ticket
 * keys are written once, before the first fork.
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
 * The faults of one door.  0 is "none" for each.  Those that count are used up
 * by requests, one each, whichever process serves it.
 */
struct door_faults {
    atomic_llong delay_before_ms; /* wait before executing, every request */
    atomic_llong delay_after_ms;  /* wait between executing and answering */
    atomic_llong lose_answers;    /* execute N, close without an answer */
    atomic_llong fail_status;     /* the HTTP status for fail_count */
    atomic_llong fail_count;      /* answer N by fail_status, execute nothing */
    atomic_llong down;            /* accept and close at once while not 0 */
    atomic_llong garbage;         /* execute N, answer 200 with no JSON */
    atomic_llong no_delex;        /* kv: DELEX and SET IFEQ are unknown */
};

struct shared {
    atomic_llong kv_requests; /* HTTP requests, refused ones included */
    /*
     * Commands as Upstash bills them: one for each command that went to the
     * store, in a pipeline or transaction too.  A script is billed 1 plus each
     * redis.call that it makes, which a door cannot see: EVAL, EVALSHA and
     * FCALL count 3, which is exact for compare-and-delete (GET and DEL).
     * DELEX and SET ... IFEQ are one command each, whatever redis is sent.
     */
    atomic_llong kv_commands;
    atomic_llong kv_connections; /* accepted, plain and TLS */
    atomic_llong sql_requests;   /* HTTP requests, refused ones included */
    /*
     * Calls that reached the database: each function called through /rpc and
     * each statement of /sql.  Looking up a function's arguments is none.
     */
    atomic_llong sql_calls;
    atomic_llong sql_connections; /* accepted, plain and TLS */
    atomic_llong tls_handshakes;  /* completed, resumed ones included */
    atomic_llong tls_resumed;     /* of those, with a resumed session */
    atomic_llong reports;         /* END and REPORT, written or --quiet */
    struct door_faults kv;
    struct door_faults sql;
    char ticket_keys[SHARED_TICKET_BYTES + 1]; /* text, NUL-terminated */
};

/*
 * Map a new struct shared, all zero but for the ticket keys.  NULL with the
 * reason in ERR.  Processes forked later share it.
 */
__attribute__((warn_unused_result)) struct shared *
shared_new(struct error *err);

/* Unmap it in this process; nothing on NULL. */
void shared_free(struct shared *shared);

/*
 * Append all counters as one JSON object, e.g.
 * {"kv_requests":2,…,"tls_resumed":0}.  False past the buffer's ceiling.
 */
__attribute__((warn_unused_result)) bool
shared_stats_json(const struct shared *shared, struct buffer *out);

/*
 * Set FAULT, a field of struct door_faults by its name, of DOOR, "kv" or
 * "sql", to VALUE, which is not negative.  False with the reason in ERR, and
 * nothing changed, where there is no such door or fault or the value makes no
 * sense for it.
 */
__attribute__((warn_unused_result)) bool
shared_set_fault(struct shared *shared, const char *door, const char *fault,
                 long long value, struct error *err);

/* Set all faults of both doors to 0. */
void shared_clear_faults(struct shared *shared);

/* Use up one of LEFT.  False if there was none. */
bool shared_take(atomic_llong *left);

#endif
