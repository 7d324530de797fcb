/*
 * kv: commands to a Redis store over the Upstash / Vercel KV REST API.
 *
 * Source of the protocol: Upstash's documentation, "Redis REST API" (a command
 * is a JSON array, POSTed to /, to /pipeline as an array of commands, or to
 * /multi-exec as one transaction; answers are {"result": ...} or
 * {"error": "..."}, or an array of these).  Documented status codes are 200,
 * 400, 401 and 405.  By their definition 403 and 429 reject a request before
 * the work (RFC 9110 section 15.5.4, RFC 6585 section 4), and so do the store's
 * words about credentials and limits under any status.  Every other status
 * leaves the outcome unknown.
 *
 *     struct kv_command set = KV_COMMAND("SET", key, token, "NX", "EX", "10");
 *     struct kv_reply reply;
 *
 *     switch (kv_command(&kv, &set, timeout_ms, &reply, &err)) {
 *     case KV_ANSWERED: ...
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
    KV_ERROR, /* this command failed; `text` says why, shortened */
    KV_OTHER, /* an array, or a number that is no exact integer */
};

struct kv_reply {
    enum kv_type type;
    struct slice text; /* KV_STRING, KV_ERROR; lives until kv's next request */
    int64_t integer;   /* KV_INTEGER */
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

struct kv_options {
    struct transport *transport; /* required; outlives the client */
    const char *url;             /* required; the store's REST URL, copied */
    const char *token;           /* required; the REST token, copied */
};

struct kv {
    struct transport *transport;
    struct buffer url;
    struct buffer authorization;
    struct buffer body;
    struct transport_response response;
    struct json_document answer;
    size_t base_len;
    int sends; /* of the last request, see transport.h; 0: not answered */
    char errors[KV_COMMANDS_MAX][BLANK_TEXT_MAX]; /* the replies' error texts */
};

/* False where memory ran out, or the URL or the token is too long. */
__attribute__((warn_unused_result)) bool
kv_init(struct kv *kv, const struct kv_options *options, struct error *err);

void kv_release(struct kv *kv);

/*
 * Send one command (POST /) and read its reply.  REPLY may be a KV_ERROR.
 * Without KV_ANSWERED, ERR says why, and REPLY is KV_NULL or the store's own
 * error.
 */
__attribute__((warn_unused_result)) enum kv_result
kv_command(struct kv *kv, const struct kv_command *command, int64_t timeout_ms,
           struct kv_reply *reply, struct error *err);

/*
 * Send COUNT commands (KV_COMMANDS_MAX at most) in one request, not atomic
 * (POST /pipeline) or as one transaction (POST /multi-exec), and read a reply
 * for each.  REPLIES and ERR are as for kv_command.
 */
__attribute__((warn_unused_result)) enum kv_result
kv_pipeline(struct kv *kv, const struct kv_command commands[], size_t count,
            int64_t timeout_ms, struct kv_reply replies[], struct error *err);
__attribute__((warn_unused_result)) enum kv_result
kv_multi_exec(struct kv *kv, const struct kv_command commands[], size_t count,
              int64_t timeout_ms, struct kv_reply replies[], struct error *err);

/*
 * What the error text of a single command means: KV_UNAUTHORIZED,
 * KV_OVER_QUOTA or, for any other, KV_FAILED.
 */
enum kv_result kv_error_kind(struct slice text);

/* Whether a command failed because its key holds another type of value. */
bool kv_is_wrong_type(const struct kv_reply *reply);

/*
 * Put the store's error TEXT into ERR, shortened, without the arguments that
 * Redis echoes behind an unknown command: a lock's token may be among them.
 */
void kv_explain(struct error *err, struct slice text);

/* A word for a log line: "unauthorized". */
const char *kv_result_name(enum kv_result result);

#endif
