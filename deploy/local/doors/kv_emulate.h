/*
 * kv_emulate: commands that Upstash has and an older redis has not, made into
 * one atomic script each.
 *
 *     DELEX key [IFEQ value | IFNE value]
 *     SET key value (IFEQ value | IFNE value) [GET]
 *         [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]
 *
 * as https://upstash.com/docs/redis/commands/string/delex and .../set have
 * them: the integer 1 or 0; OK, or null where the condition does not hold; with
 * GET the former value, null where the condition does not hold.  IFEQ wants the
 * key to exist, IFNE writes where it does not.  A value that is no string is
 * an error.  The forms that compare a digest (IFDEQ, IFDNE) are rejected by
 * name.
 */
#ifndef BOUNCER_LOCAL_KV_EMULATE_H
#define BOUNCER_LOCAL_KV_EMULATE_H

#include "doors/kv_args.h"

/*
 * Make ARGS, if it is one of these, a command that does and answers the same
 * on redis 7.0.  Any other command stays as it is, and so does a SET with a
 * mistake in it: redis knows no IFEQ and says that it is a syntax error.
 */
void kv_emulate(struct kv_args *args);

#endif
