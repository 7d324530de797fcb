/*
 * database: one call of an SQL function over a database's HTTP API.
 *
 * It speaks two APIs, with the same results for the caller:
 *
 *   Neon's SQL over HTTP   POST /sql with a query and its parameters
 *                          (neondatabase/serverless, "HTTP queries")
 *   PostgREST / Supabase   POST /rpc/<function> with named arguments
 *                          (PostgREST documentation, "Functions as RPC")
 *
 * The SQL functions return one json or jsonb object with an "outcome".
 *
 *     struct database_call call = {.function = "purchase", ...};
 *     struct database_answer answer = {0};
 *
 *     switch (database_call(&database, &call, &answer, &err)) {
 *     case DATABASE_ANSWERED:
 *         outcome = json_string(json_get(answer.row, "outcome"));
 *     ...
 *     database_answer_release(&answer);
 *
 * database_write and database_judge, the two halves of a call, do no I/O.
 *
 * No answer is not "no": with DATABASE_UNKNOWN the work may have been done, or
 * may still be running.  "Not done" needs a proof, which is one of these:
 *
 *   the request was not sent;
 *   a SQLSTATE of a statement that was rolled back or never begun: classes 22,
 *   23, 28, 3D, 42, 53, 54, and 25006, 40001, 40P01, 55P03, 57014, 57P03,
 *   P0001, 08001, 08004 (PostgreSQL documentation, appendix A).  The rest of
 *   class 08 proves nothing: PgBouncer and Neon's proxy say 08P01 of a server
 *   that died after the commit;
 *   a code, a text or a status by which the API itself says that it never
 *   passed the call on: see database_postgrest.c, database_neon.c;
 *   without a SQLSTATE, a status that rejects the request before the work: 401,
 *   403 (RFC 9110 section 15.5), 429 (RFC 6585 section 4).
 *
 * A proof counts only for a request that went out once.  Everything else is
 * unknown: other statuses without such a code, 503 and 3xx included, and a 200
 * without the function's object.
 *
 * Credentials go into headers of requests to the API's own URL and nowhere
 * else.  Error texts hold the status and the code, and then a gateway's
 * message, shortened and with our credentials blanked.  They never hold the
 * database's own message, one with a SQLSTATE, since it may quote the data.
 */
#ifndef BOUNCER_DATABASE_H
#define BOUNCER_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "wire/transport.h"

#define DATABASE_ARGUMENTS_MAX 20
#define DATABASE_HIDDEN_MAX 2

enum database_api {
    DATABASE_NONE = 0,
    DATABASE_NEON,
    DATABASE_POSTGREST,
};

enum database_result {
    DATABASE_UNKNOWN = 0, /* maybe done: no proof of the contrary */
    DATABASE_ANSWERED,    /* done; the function's object is in the answer */
    DATABASE_UNAVAILABLE, /* not done, and asking again later may help */
    DATABASE_SQL_ERROR,   /* not done: rejected, and a retry will not help */
    DATABASE_NO_FUNCTION, /* likewise: it is missing, or one that it calls */
    DATABASE_NO_RIGHTS,   /* likewise: we may not call it, or it may not act */
    DATABASE_UNREACHED,   /* not done: nothing was sent */
};

enum database_type {
    DATABASE_NULL = 0, /* SQL NULL */
    DATABASE_TEXT,
    DATABASE_INTEGER,
    DATABASE_BOOLEAN,
};

/* An argument of the SQL function. */
struct database_argument {
    const char *name; /* the SQL parameter's name: a-z 0-9 _ */
    enum database_type type;
    const char *text; /* borrowed */
    int64_t integer;  /* of a boolean 0 or 1 */
};

struct database_call {
    const char *function; /* a-z 0-9 _ */
    size_t argument_count;
    struct database_argument arguments[DATABASE_ARGUMENTS_MAX];
    int64_t timeout_ms;
    /* Header lines to send along, as "traceparent: ..."; NULL: none. */
    const char *traceparent;
    const char *tracestate;
};

/* What came back.  It starts all zero; each call forgets the one before. */
struct database_answer {
    const struct json *row; /* the function's object; lives in the document */
    struct json_document document;
};

/* Forget what came back; the memory is kept, or freed. */
void database_answer_clear(struct database_answer *answer);
void database_answer_release(struct database_answer *answer);

/* A word for a log line: "unreached". */
const char *database_result_name(enum database_result result);

/* ---- without I/O ---- */

/*
 * Append the path of CALL to URL, the API's own, and write the body of the
 * request into BODY, in place of what it held.  False if they do not fit.
 */
__attribute__((warn_unused_result)) bool
database_write(enum database_api api, const struct database_call *call,
               struct buffer *url, struct buffer *body);

/* An HTTP answer to judge; all of it is borrowed. */
struct database_response {
    enum database_api api;
    int status;
    int sends; /* how often the request went out, see transport.h */
    struct slice body;
    struct slice hidden[DATABASE_HIDDEN_MAX]; /* what error texts leave out */
};

/* What RESPONSE means.  ANSWER is set with DATABASE_ANSWERED, else ERR is. */
__attribute__((warn_unused_result)) enum database_result
database_judge(const struct database_response *response,
               struct database_answer *answer, struct error *err);

/* ---- the client ---- */

struct database_options {
    enum database_api api;       /* required */
    struct transport *transport; /* required; outlives the client */
    /* Required; copied: Neon's /sql endpoint, or PostgREST's base URL. */
    const char *url;
    /*
     * Required; copied: Neon's connection string, or the service key.  A key
     * that is a JSON Web Token goes into Authorization and apikey, any other
     * into apikey alone: Supabase's sb_secret_... is no bearer token.
     */
    const char *secret;
};

struct database {
    enum database_api api;
    struct transport *transport;
    size_t base_len; /* of the URL that was given */
    struct buffer url;
    struct buffer authorization[2]; /* header lines; empty: not sent */
    struct buffer hidden[DATABASE_HIDDEN_MAX]; /* see database_response */
    struct buffer body; /* memory for a request's body, as the next */
    struct transport_response response;
};

/* False where memory ran out or an option is too long. */
__attribute__((warn_unused_result)) bool
database_init(struct database *database, const struct database_options *options,
              struct error *err);

void database_release(struct database *database);

/* Call the function; the results are those of database_judge. */
__attribute__((warn_unused_result)) enum database_result
database_call(struct database *database, const struct database_call *call,
              struct database_answer *answer, struct error *err);

#endif
