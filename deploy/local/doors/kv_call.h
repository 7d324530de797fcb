/*
 * kv_call: carries out one HTTP request at redis, from its commands to its
 * answer, as Upstash's REST API does
 * (https://upstash.com/docs/redis/features/restapi).
 *
 * A single command is answered by {"result":…}, or by status 400 and
 * {"error":…}.  A pipeline is answered by an array of these, and so is a
 * transaction, which is sent as one MULTI … EXEC; one that redis discards is
 * answered by a single {"error":…}.  Where redis is away the status is 503 and
 * nothing was executed; where its answer got lost it is 500 and nobody knows.
 */
#ifndef BOUNCER_LOCAL_KV_CALL_H
#define BOUNCER_LOCAL_KV_CALL_H

#include <stdbool.h>

#include "doors/exchange.h"
#include "doors/kv_args.h"
#include "doors/kv_store.h"

struct kv_call_options {
    struct kv_store *store;
    struct shared *shared;
    bool base64; /* strings encoded */
};

/* Execute ARGS, which holds at least one, and answer. */
void kv_call_single(struct exchange *exchange,
                    const struct kv_call_options *options,
                    struct kv_args *args);

/*
 * Execute the commands in the JSON array LIST and answer.  A command that is
 * not available fails alone in a pipeline, and fails all of a transaction.
 */
void kv_call_list(struct exchange *exchange,
                  const struct kv_call_options *options,
                  const struct json *list, bool transaction);

#endif
