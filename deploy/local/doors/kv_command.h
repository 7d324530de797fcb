/*
 * kv_command: what the KV door knows about single redis commands.
 *
 * All clients of the door share one connection to redis, so commands that
 * change the connection's state, that keep it waiting or that belong to a
 * person at the console do not pass.  Upstash's REST API leaves out the same
 * ones (https://upstash.com/docs/redis/features/restapi and the reference of
 * commands, https://upstash.com/docs/redis/commands/overview).
 */
#ifndef BOUNCER_LOCAL_KV_COMMAND_H
#define BOUNCER_LOCAL_KV_COMMAND_H

#include <stdbool.h>

#include "doors/kv_args.h"

/* Bytes of a rejection's text with its end. */
#define KV_REJECTION_MAX 192

/*
 * Whether ARGS, which holds at least one argument, must not go to redis; then
 * TEXT, of KV_REJECTION_MAX bytes, gets the error for the client, by name and
 * as Upstash words it.
 */
bool kv_command_is_rejected(const struct kv_args *args, char *text);

/* How many commands Upstash bills for ARGS; see struct shared. */
int kv_command_price(const struct kv_args *args);

#endif
