/*
 * operation: what can be asked, read from the file operations.json.
 *
 *     {"operations": [
 *       {"method": "POST", "path": "/api/seat",
 *        "input": {"required": ["seat_id", "buyer"],
 *                  "properties": {
 *                    "seat_id": {"type": "string", "maxLength": 20},
 *                    "buyer": {"type": "string", "minLength": 1,
 *                              "maxLength": 200}}},
 *        "lock": {"name": "seat:{seat_id}", "fenced": true},
 *        "idempotent": true,
 *        "call": "take_seat",
 *        "outcomes": {
 *          "sold": {"status": 201}, "replayed": {"status": 200},
 *          "taken": {"status": 409, "title": "The seat is taken",
 *                    "detail": "Asking again does not help; choose another."},
 *          "unknown_seat": {"status": 404,
 *                           "title": "There is no such seat"}}}]}
 *
 * The members of an operation:
 *
 * - method: GET (serves HEAD too), POST, PUT, PATCH or DELETE.
 * - path: "/api/seat" or "/api/seat/{seat_id}"; {name} is one whole segment and
 *   a property of the input.  A literal path wins over one with {name}.
 * - input: what a request must hold, in JSON Schema's words: required, and for
 *   each of the properties its type (string, integer, boolean), minimum and
 *   maximum, minLength and maxLength (in characters), pattern (a search, in
 *   POSIX extended syntax), enum, default.  A property in the path is read from
 *   there; all others from the JSON body, or from the query if the method is
 *   GET or DELETE.  Without input neither is read.
 * - lock: its name, a word and a colon before anything else; a string in it
 *   may hold only [A-Za-z0-9_.-].  fenced gives the SQL function a fence;
 *   permits is how many may hold the lock at once, if not one; lease_s is the
 *   lease, if not the configured one.  Without it nothing is locked.
 * - idempotent: whether the SQL function finds what an Idempotency-Key has done
 *   before; the outcome replayed says so.
 * - call: the SQL function.  It gets each property by its name, idempotency_key
 *   if idempotent, and fence and lock if fenced.
 * - outcomes: the answer to each word that the SQL function may return as its
 *   outcome: a status, and for a failure a title and a detail.
 * - callers: "secret" serves only those who send the configured secret, as
 *   "Authorization: Bearer ..." (RFC 6750, section 2.1); "anyone" serves all.
 *   Without it the member of that name beside operations decides, and without
 *   that one anyone is served.
 * - cache_control: of a GET, the Cache-Control of its successes.  All other
 *   answers are not to be stored, nor is any where callers is "secret": a cache
 *   does not ask for the secret.
 * - log: names of properties or of the row's members, 8 at most.  The request's
 *   log line has their values, the row's before the input's: integers, booleans
 *   and strings of up to OPERATION_LOGGED_MAX characters.
 *
 * A property, an operation and an input may have a description, for people.
 * Everything else is a mistake, named with its place:
 *
 *     operations[1].lock.name: {seatid} is no property of input
 */
#ifndef BOUNCER_OPERATION_H
#define BOUNCER_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/json.h"
#include "guard/fields.h"

/* No longer file is read. */
#define OPERATIONS_MAX_BYTES (256UL * 1024)
#define OPERATIONS_MAX 64
#define OPERATION_OUTCOMES_MAX 32
#define OPERATION_CACHE_CONTROL_MAX 200
#define OPERATION_LOG_MAX 8
#define OPERATION_LOGGED_MAX 64

struct operation_outcome {
    const char *word;   /* what the SQL function returns */
    int status;         /* 200 to 203, 400 to 599 */
    const char *title;  /* from 400: the problem's; else NULL */
    const char *detail; /* likewise; may be NULL */
};

struct operation {
    const char *method, *path, *call;
    size_t field_count; /* 0: neither body nor query is read */
    struct field *fields;
    bool has_body;         /* the input is in a JSON body: POST, PUT, PATCH */
    const char *lock_name; /* for fields_expand; NULL: no lock */
    bool fenced, idempotent;
    int permits;       /* how many may hold the lock at once; 1 or more */
    int lease_s;       /* 0: the configured one */
    bool wants_secret; /* only callers with the secret are served */
    const char *cache_control; /* of a success; NULL: no-store */
    const struct json *logged; /* an array of names; NULL: none */
    size_t outcome_count;
    struct operation_outcome *outcomes;
};

/* Zeroed, it is empty and can be released. */
struct operations {
    struct operation *list;
    size_t count;
    struct json_document document; /* owns all texts */
};

struct operation_limits {
    /* What a lease must have room for: the lock's try and the database call. */
    int64_t work_ms;
};

/*
 * Read TEXT, a whole operations.json.  If it has mistakes, false: OPERATIONS is
 * empty, and MISTAKES has one line for each, without a newline at its end, as
 * far as there is room.
 */
__attribute__((warn_unused_result)) bool
operations_read(struct operations *operations, struct slice text,
                const struct operation_limits *limits, struct buffer *mistakes);

void operations_release(struct operations *operations);

/*
 * The operation for METHOD at PATH, which is still percent-encoded and has no
 * prefix, no query and no slash at its end; NULL if there is none.  The methods
 * that the path does serve are appended to ALLOW, a C string in ALLOW_SIZE
 * bytes (48 are enough), as "GET, HEAD, POST": none means that nothing is at
 * PATH.
 */
const struct operation *operations_find(const struct operations *operations,
                                        struct slice method, struct slice path,
                                        char *allow, size_t allow_size);

/*
 * Whether a sign of WORD (NULL: none) counts for OPERATION: it declares an
 * outcome that is called so, and that is a failure.
 */
bool operation_heeds(const struct operation *operation, const char *word);

/* The outcome that is called WORD; NULL if OPERATION does not declare it. */
const struct operation_outcome *
operation_outcome(const struct operation *operation, struct slice word);

#endif
