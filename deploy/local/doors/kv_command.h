/*
 * kv_command: what the KV door knows about single redis commands.
 *
 * All clients of the door share one connection to redis, so commands that
 * change the connection's state, that keep it waiting or that belong to a
 * person at the console do not pass.  Upstash's REST API leaves out the same
 * ones (https://upstash.com/docs/redis/features/restapi and its page on
 * compatibility).
 */
#ifndef BOUNCER_LOCAL_KV_COMMAND_H
#define BOUNCER_LOCAL_KV_COMMAND_H

#include <stdbool.h>

#include "kv_args.h"

/* Whether ARGS must not go to redis. */
bool kv_command_is_blocked(const struct kv_args *args);

/* How many commands Upstash bills for ARGS; see struct shared. */
int kv_command_price(const struct kv_args *args);

/*
 * DELEX deletes a key if its value is, or is not, a given one.  Redis has it
 * from 8.4 on, Upstash has it.  Make ARGS, if it is a DELEX, a command that
 * does and answers the same on an older redis: "key" becomes a DEL, "key IFEQ
 * value" and "key IFNE value" a script.  Any other command, and a DELEX of
 * another form, stays as it is.
 */
void kv_command_emulate_delex(struct kv_args *args);

#endif
