/*
 * bouncer: the guard in front of the database.  It finds the route, reads the
 * body, takes the lock, lets the handler in, and gives the lock back after the
 * client has its answer.
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
 * A handler runs only while its lock is held.  It asks the database through
 * bouncer_call_database or bouncer_run and maps the outcome to an answer; what
 * can go wrong in between is answered here:
 *
 *     busy                         409 (or the route's denied_status)
 *     the store gives no answer    503; the database never hears of it
 *     too little time left         503; likewise.  Time limits that can never
 *                                  fit are told in the log once
 *     database certainly did       503 where that passes, else 500; the lock is
 *     nothing                      released
 *     database maybe did it        504; the lock is kept, its lease ends it
 *     somebody else's answer       504; likewise
 *     stale fence                  503; where our lease still counts the store
 *                                  lost its counter, and it is raised
 *
 * Every answer is ready before the platform's deadline.  What the store is to
 * be told besides waits until the client has its answer, in bouncer_finish:
 * raise the counter, release the lock or what may be ours of one; that keeps to
 * the deadline as well.
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
#include "wire/kv.h"

/* Characters of an Idempotency-Key. */
#define BOUNCER_KEY_MAX 128

struct bouncer;

/* One row of the table of routes. */
struct bouncer_route {
    const char *method; /* "GET" serves HEAD as well */
    /* Compared as it is, but for one slash at a request's end. */
    const char *path;
    void (*handle)(struct bouncer *bouncer, struct message_response *res);
    /* What the body must hold; no fields: the body is not looked at. */
    const struct field *fields;
    size_t field_count;
    /*
     * The lock's name, with {field} for a field's value; NULL: no lock.  A
     * text field in it needs an alphabet without ':' that keeps to
     * lock_name_is_valid, so that no body can name another resource's lock.
     */
    const char *lock_name;
    /*
     * Fenced: the SQL function gets parameters `fence` and `lock`, the lock's
     * name, refuses a fence that is not the highest yet for that name, and
     * gives `fence` back.
     * Unfenced costs a third of the commands, for where the database excludes
     * a second winner by itself.
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
    struct kv *kv;             /* required; borrowed, like the next four */
    struct lock_client *locks; /* required */
    struct database *database; /* required */
    const struct clock *clock; /* required */
    struct log *log;           /* required */
    int lease_s;
    int denied_status;
    int64_t lock_budget_ms; /* for taking the lock, all tries together */
    int64_t kv_timeout_ms;  /* for other requests to the store */
    int64_t database_timeout_ms;
    /*
     * A front's base path, as "/shop": the routes are served below it as well
     * as without it, since fronts differ in what they pass on.  NULL: none.
     */
    const char *path_prefix;
    const char *cors_origins; /* as in guard/cors.h; NULL: none */
};

/* Bytes of a word in a health report, its end included. */
#define BOUNCER_WORD_MAX 48

/* What GET /api/health says: "ok", or what is wrong, in a word for each part.
 */
struct bouncer_health {
    bool healthy;
    const char *kv;
    char database[BOUNCER_WORD_MAX];
    const char *time_limit; /* of this invocation */
    int64_t valid_until_ms; /* of the two stores' */
};

/* The request under way. */
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
    bool time_is_short;     /* less than the stores' timeouts from the start */
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
    bool unproven_told; /* the log has been told of an answer without a key */
    bool time_limit_told;
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

/* The value of a field of the route's table, which has one of that name. */
const struct field_value *bouncer_field(const struct bouncer *bouncer,
                                        const char *name);

/*
 * Call the SQL function of that name with the route's fields, and with
 * idempotency_key, fence and lock where the route has them.  Returns its object
 * and its "outcome" in *OUTCOME; NULL where RES is answered already: the
 * database failed, the fence was stale, the key used for something else, or the
 * object is no answer to this call.
 *
 * That is so where a member `key`, `fence` or of a field's name has another
 * value than the call, a `key` or `fence` comes that the call had not, or there
 * is no outcome.  A member that is missing proves nothing and is let pass.
 */
const struct json *bouncer_run(struct bouncer *bouncer, const char *function,
                               struct slice *outcome,
                               struct message_response *res);

/*
 * Answer 504 to an object of bouncer_run's that lacks MEMBER, or has it with a
 * value that makes no sense: the call may have been carried out all the same.
 * The log names the member, never its value.
 */
void bouncer_answer_not_ours(struct bouncer *bouncer, const char *member,
                             struct message_response *res);

/*
 * Call an SQL function with arguments of the caller's choice; its timeout and
 * trace are set here.  NULL where RES is answered already.
 */
const struct json *bouncer_call_database(struct bouncer *bouncer,
                                         struct database_call *call,
                                         struct message_response *res);

/* Answer 500 to an outcome that the handler does not know. */
void bouncer_unexpected_outcome(struct bouncer *bouncer,
                                struct message_response *res);

/*
 * Whether a sale could succeed now: the store lets a lock be taken and given
 * back (one of a name of its own), the SQL function bouncer_health finds its
 * outcome "healthy" (its `reason` is reported otherwise), and the platform's
 * time limit has room for both.  The stores are asked at most once in a second,
 * so that nobody can use it to load them.
 */
const struct bouncer_health *bouncer_check_health(struct bouncer *bouncer);

#endif
