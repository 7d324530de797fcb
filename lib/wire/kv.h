/*
 * kv: commands to a Redis store over the Upstash / Vercel KV REST API.
 *
 * Source of the protocol: Upstash's documentation, "Redis REST API" (a command
 * is a JSON array, POSTed to /; an array of commands, POSTed to /multi-exec, is
 * one transaction, and POSTed to /pipeline, each for itself; answers are
 * {"result": ...} or {"error": "..."}, or an array of these).  Documented
 * status codes are 200, 400, 401 and 405.  By their definition 403 and 429
 * reject a request before the work (RFC 9110 section 15.5.4, RFC 6585 section
 * 4), and so do the store's words about credentials and limits under any
 * status.  Every other status leaves the outcome unknown.
 *
 *     struct kv_command set = KV_COMMAND("SET", key, token, "NX", "EX", "10");
 *     struct kv_replies replies;
 *
 *     switch (kv_exchange(&kv, &set, 1, timeout_ms, &replies, &err)) {
 *     case KV_ANSWERED: ... replies.list[0] ...
 *
 * kv_write and kv_judge, the two halves of an exchange, do no I/O.
 *
 * No answer is not "no": KV_NO_ANSWER and KV_UNREADABLE mean that the commands
 * may have been carried out, once or twice.
 *
 * The token goes into the Authorization header of requests to the store's own
 * URL and nowhere else.  Error texts never contain it, even if the store
 * repeats it.
 */
#ifndef BOUNCER_KV_H
#define BOUNCER_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blank.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "wire/transport.h"

/* The most arguments of a command, and commands of a transaction. */
#define KV_ARGUMENTS_MAX 8
#define KV_COMMANDS_MAX 8

/* The most elements of an array that a command replies. */
#define KV_ELEMENTS_MAX 3

/* Bytes of a reply's text, its end included. */
#define KV_TEXT_MAX BLANK_TEXT_MAX

/* What a whole request came to. */
enum kv_result {
    KV_NO_ANSWER = 0, /* maybe carried out: timeout, lost, any other status */
    KV_ANSWERED,   /* the replies are there; each may be an error of its own */
    KV_UNREADABLE, /* maybe carried out: 200, 400 or 405 without a reply */
    KV_NOT_SENT,   /* not carried out: not reached, or too long to send */
    KV_UNAUTHORIZED, /* not carried out: 401, 403, WRONGPASS, NOAUTH, NOPERM */
    KV_OVER_QUOTA,   /* not carried out: 429, a limit of the plan is reached */
    KV_FAILED,       /* not carried out: the whole request was rejected */
};

enum kv_type {
    KV_NULL = 0,
    KV_STRING,
    KV_INTEGER,
    KV_ERROR, /* this command failed; `text` says why */
    KV_ARRAY, /* `integer` strings or nulls, in the answer's `elements` */
    KV_OTHER, /* anything else, as a number that is no exact integer */
};

struct kv_reply {
    enum kv_type type;
    int64_t integer;        /* KV_INTEGER, KV_ARRAY */
    char text[KV_TEXT_MAX]; /* KV_STRING, KV_ERROR: cut if longer; else "" */
};

/* What came back for a request; owns its texts. */
struct kv_replies {
    int sends; /* how often it went out, see transport.h; 0: not answered */
    struct kv_reply list[KV_COMMANDS_MAX]; /* one for each command */
    /* Of the last array.  No request here has two commands that reply one. */
    struct kv_reply elements[KV_ELEMENTS_MAX];
};

struct kv_command {
    size_t count;
    const char *arguments[KV_ARGUMENTS_MAX]; /* borrowed */
};

/* A command from its words: KV_COMMAND("GET", key). */
#define KV_COMMAND(...)                                                        \
    ((struct kv_command){.count = sizeof((const char *[]){__VA_ARGS__}) /      \
                                  sizeof(const char *),                        \
                         .arguments = {__VA_ARGS__}})

/* ---- without I/O ---- */

/*
 * Write the body of a request into BODY, in place of what it held: one command,
 * or a list of COUNT commands (2 to KV_COMMANDS_MAX).  False if it does not
 * fit.
 */
__attribute__((warn_unused_result)) bool
kv_write(const struct kv_command commands[], size_t count, struct buffer *body);

/* An answer to judge; all of it is borrowed. */
struct kv_response {
    size_t count; /* of the commands that were sent */
    int status;
    struct slice body;
    struct slice token; /* our REST token; error texts leave it out */
    /* Memory for reading: all zero, or as it was before; not released. */
    struct json_document *document;
};

/*
 * Read a reply for each command into REPLIES, all zero so far, and say what the
 * answer means.  A reply may be a KV_ERROR.  Without KV_ANSWERED, ERR says why,
 * and the first reply is the store's error for the whole request, if it gave
 * one.  `sends` is left alone.
 */
__attribute__((warn_unused_result)) enum kv_result
kv_judge(const struct kv_response *response, struct kv_replies *replies,
         struct error *err);

/*
 * What the error TEXT of a single command means: KV_UNAUTHORIZED,
 * KV_OVER_QUOTA or, for any other, KV_FAILED.
 */
enum kv_result kv_error_kind(const char *text);

/* Whether a command failed because its key holds another type of value. */
bool kv_is_wrong_type(const struct kv_reply *reply);

/*
 * Put the store's error TEXT into ERR, shortened, without the arguments that
 * Redis echoes behind an unknown command: a lock's token may be among them.
 */
void kv_explain(struct error *err, const char *text);

/* A word for a log line: "unauthorized". */
const char *kv_result_name(enum kv_result result);

/* ---- the client ---- */

struct kv_options {
    struct transport *transport; /* required; outlives the client */
    const char *url;             /* required; the store's REST URL, copied */
    const char *token;           /* required; the REST token, copied */
};

struct kv {
    struct transport *transport;
    size_t base_len; /* of the URL that was given */
    struct buffer url;
    struct buffer authorization;
    struct buffer body; /* memory for a request's body, as the next */
    struct transport_response response;
    struct json_document document; /* memory for reading it */
};

/* False where memory ran out, or the URL or the token is too long. */
__attribute__((warn_unused_result)) bool
kv_init(struct kv *kv, const struct kv_options *options, struct error *err);

void kv_release(struct kv *kv);

/*
 * Send one command, or several as one transaction, and read the replies as
 * kv_judge does.  Without an answer all replies are KV_NULL.
 */
__attribute__((warn_unused_result)) enum kv_result
kv_exchange(struct kv *kv, const struct kv_command commands[], size_t count,
            int64_t timeout_ms, struct kv_replies *replies, struct error *err);

/* The same, but each of several commands is carried out for itself. */
__attribute__((warn_unused_result)) enum kv_result
kv_pipeline(struct kv *kv, const struct kv_command commands[], size_t count,
            int64_t timeout_ms, struct kv_replies *replies, struct error *err);

#endif
