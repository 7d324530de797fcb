/*
 * bouncer: the guard in front of the database.  It finds the route, reads the
 * body, takes the lock, runs the handler, and releases the lock once the client
 * has its answer.
 *
 *     static const struct bouncer_route routes[] = {
 *         {.method = "POST", .path = "/api/purchase", .handle = purchase,
 *          .fields = purchase_fields, .field_count = 3,
 *          .lock_name = "product:{product_id}", .fenced = true},
 *     };
 *
 *     bouncer_init(&bouncer, &options);
 *     runtime_run(&runtime, &(struct runtime_handler){
 *         .handle = bouncer_handle, .finish = bouncer_finish,
 *         .state = &bouncer}, &err);
 *
 * A handler starts only once its lock is held.  It calls the database through
 * bouncer_call_database or bouncer_run and maps the outcome to an answer; the
 * failures in between are answered here:
 *
 *     busy                         409, or the denied_status of the route or of
 *                                  the options
 *     the store rejects, or gives  503; the database is not called
 *     no answer
 *     too little time left         503; likewise.  The log says once if the
 *                                  time limits can never fit
 *     database certainly did       503 if trying again may help, else 500; the
 *     nothing                      lock is released
 *     database maybe did it        504; the lock is kept until its lease ends
 *     somebody else's answer       504; likewise
 *     stale fence                  503; if our lease still counts, the store
 *                                  lost its counter, and it is raised.  504 if
 *                                  the fence is our own and the route has no
 *                                  keys: the call was sent twice, and the first
 *                                  one is over, so the lock is released
 *
 * Every answer is ready before the platform's deadline.  bouncer_finish does
 * what can wait until the client has its answer, within the deadline too: it
 * raises the counter and releases a lock that is or may be ours.
 *
 * After a crash the lock ends with its lease.  After a lost answer the client
 * asks again with the same Idempotency-Key and gets what it bought.
 */
#ifndef BOUNCER_BOUNCER_H
#define BOUNCER_BOUNCER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "guard/fields.h"
#include "guard/lock.h"
#include "platform/message.h"
#include "platform/runtime.h"
#include "platform/trace.h"
#include "wire/database.h"

/* Characters of an Idempotency-Key. */
#define BOUNCER_KEY_MAX 128

struct bouncer;

/* One row of the table of routes. */
struct bouncer_route {
    const char *method; /* "GET" serves HEAD as well */
    /* Must equal the request's path, less one slash at its end. */
    const char *path;
    void (*handle)(struct bouncer *bouncer, struct message_response *res);
    /* What the body must hold.  Without fields the body is not read. */
    const struct field *fields;
    size_t field_count;
    /*
     * The lock's name, with {field} for a field's value; NULL: no lock.  A
     * text field in it needs an alphabet within lock_name_is_valid's and
     * without ':', so that no body can name another resource's lock.
     */
    const char *lock_name;
    /*
     * Fenced: the SQL function gets the parameters `fence` and `lock`, the
     * lock's name; it rejects a fence that is not the highest yet for that
     * name, and gives `fence` back.
     * Unfenced: a third of the commands, for a database that itself rules out
     * a second winner.
     */
    bool fenced;
    /* The SQL function gets `idempotency_key`, and gives it back as `key`. */
    bool keyed;
    int lease_s;       /* 0: the configured one */
    int denied_status; /* 409 or 429; 0: the configured one */
};

struct bouncer_options {
    const struct bouncer_route *routes; /* required; borrowed */
    size_t route_count;
    struct lock_client *locks; /* required; borrowed, like the next three */
    struct database *database; /* required */
    const struct clock *clock; /* required */
    struct log *log;           /* required */
    int lease_s;
    int denied_status;
    int64_t lock_budget_ms; /* for taking the lock, all tries together */
    int64_t kv_timeout_ms;  /* of one request to the store, for the checks */
    int64_t database_timeout_ms;
    /*
     * A front's base path, as "/shop".  The routes are served with and without
     * it, since some fronts pass it on and some do not.  NULL: none.
     */
    const char *path_prefix;
    const char *cors_origins; /* as in guard/cors.h; NULL: none */
};

/* Bytes of a word in a health report, its end included. */
#define BOUNCER_WORD_MAX 48

/* What GET /api/health says: a word for each part, "ok" or what is wrong. */
struct bouncer_health {
    bool healthy;
    const char *kv;
    char database[BOUNCER_WORD_MAX];
    const char *time_limit; /* of this invocation */
    int64_t valid_until_ms; /* until when kv and database are not asked again */
};

/* The current request. */
struct bouncer_request {
    const struct runtime_invocation *invocation;
    const struct message_request *message;
    const struct bouncer_route *route; /* NULL: none was found */
    struct fields fields;
    char idempotency_key[BOUNCER_KEY_MAX + 1]; /* "" on routes without keys */
    struct trace trace;
    struct lock lock;
    bool lock_held;
    bool lock_kept; /* not to be released: the work may still be running */
    int64_t raise_fence_to; /* the store lost its counter; 0: it did not */
    bool time_is_short;     /* from the start, for the stores' timeouts */
    int status;
    int64_t lock_us; /* spent on acquiring; -1: not tried */
    int64_t database_us;
    int database_calls;
    const char *outcome;    /* a word for the log; NULL: the row's */
    const struct json *row; /* of bouncer_run, until the next call */
};

struct bouncer {
    struct bouncer_options options;
    struct bouncer_request request;
    struct bouncer_health health;
    struct buffer lock_name;
    bool unproven_told;   /* logged: an answer without its key or fence */
    bool time_limit_told; /* logged: the platform's time limit is too short */
};

void bouncer_init(struct bouncer *bouncer,
                  const struct bouncer_options *options);
void bouncer_release(struct bouncer *bouncer);

/* ---- for the runtime: struct runtime_handler's two; STATE is a struct bouncer
 * ---- */

void bouncer_handle(void *state, const struct runtime_invocation *invocation,
                    const struct message_request *message,
                    struct message_response *res);
void bouncer_finish(void *state);

/* ---- for handlers ---- */

/* The value of field NAME, which the route's table must have. */
const struct field_value *bouncer_field(const struct bouncer *bouncer,
                                        const char *name);

/*
 * Call the SQL function of that name with the route's fields, and with
 * idempotency_key, fence and lock if the route has them.  Returns its object,
 * with its "outcome" in *OUTCOME.  NULL if RES is answered already: the
 * database failed, the fence was stale, the key was used for another request,
 * or the object does not answer this call.
 *
 * It does not if `key`, `fence`, `lock` or a member with a field's name differs
 * from the call's, if it has a `key` or `fence` and the call had none, or if
 * there is no outcome.  A missing member proves nothing and is accepted.
 */
const struct json *bouncer_run(struct bouncer *bouncer, const char *function,
                               struct slice *outcome,
                               struct message_response *res);

/*
 * Answer 504 because the object from bouncer_run lacks MEMBER, or its value
 * makes no sense: the call may have been carried out all the same.  The lock is
 * kept.  The log names the member, never its value.
 */
void bouncer_answer_not_ours(struct bouncer *bouncer, const char *member,
                             struct message_response *res);

/*
 * Call an SQL function with the caller's own arguments.  CALL's timeout and
 * trace are set here.  NULL if RES is answered already.
 */
const struct json *bouncer_call_database(struct bouncer *bouncer,
                                         struct database_call *call,
                                         struct message_response *res);

/* Answer 500: the handler does not know the outcome. */
void bouncer_unexpected_outcome(struct bouncer *bouncer,
                                struct message_response *res);

/*
 * Whether a sale could succeed now: a lock with a name of its own can be taken
 * and released, the SQL function bouncer_health returns the outcome "healthy"
 * (otherwise its `reason` is reported), and the platform's time limit has room
 * for both.  The stores are asked at most once a second, so that nobody can use
 * this to load them.
 */
const struct bouncer_health *bouncer_check_health(struct bouncer *bouncer);

#endif
