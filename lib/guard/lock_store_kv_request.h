/*
 * lock_store_kv_request: what the files of lock_store_kv share.  Only for
 * lock_store_kv*.c.
 */
#ifndef BOUNCER_LOCK_STORE_KV_REQUEST_H
#define BOUNCER_LOCK_STORE_KV_REQUEST_H

#include "guard/lock_store_kv.h"

/* A client may ask again with its key for so long: 24 hours, in seconds. */
#define LOCK_KV_MARKER_S "86400"

/* kv_exchange or kv_pipeline. */
typedef enum kv_result
exchange_fn(struct kv *kv, const struct kv_command commands[], size_t count,
            int64_t timeout_ms, struct kv_replies *replies, struct error *err);

/* Send COMMANDS by EXCHANGE, within the time limits of REDIS and CLAIM. */
enum kv_result lock_kv_send(const struct lock_store_kv *redis,
                            const struct lock_claim *claim,
                            exchange_fn *exchange,
                            const struct kv_command commands[], size_t count,
                            struct kv_replies *replies, struct error *err);

/* The same as one transaction, and what it came to. */
enum lock_store_result lock_kv_ask(const struct lock_store_kv *redis,
                                   const struct lock_claim *claim,
                                   const struct kv_command commands[],
                                   size_t count, struct kv_replies *replies,
                                   struct error *err);

/*
 * What RESULT, of COUNT commands, means.  An error in reply to a single command
 * is the result of the whole.
 */
enum lock_store_result lock_kv_judge_replies(enum kv_result result,
                                             size_t count,
                                             const struct kv_replies *replies,
                                             struct error *err);

/* The store answered, but a command failed with this REPLY. */
enum lock_store_result lock_kv_judge_error(const struct kv_reply *reply,
                                           struct error *err);

/* Whether REPLY is an error that begins with WORDS. */
bool lock_kv_begins_with(const struct kv_reply *reply, const char *words);

/* The parts of struct lock_store that follow an acquisition. */
enum lock_store_result lock_kv_mark(void *state, const struct lock_claim *claim,
                                    struct error *err);
enum lock_store_result lock_kv_settle(void *state,
                                      const struct lock_claim *claim,
                                      const struct lock_settlement *settlement,
                                      struct error *err);
enum lock_store_result lock_kv_raise(void *state,
                                     const struct lock_claim *claim,
                                     int64_t at_least, struct error *err);

#endif
