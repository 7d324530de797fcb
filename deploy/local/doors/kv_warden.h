/*
 * kv_warden: ends a script that does not end.
 *
 * Redis serves nobody while a script runs.  After SCRIPT_MAX_MS (its setting
 * busy-reply-threshold, see services.c) it listens for SCRIPT KILL and FUNCTION
 * KILL alone, which end a script that has written nothing; it refuses them at
 * any other time, so to ask is always safe.  A script that has written can only
 * be ended together with redis (https://redis.io/docs/latest/commands/
 * script-kill/): it is told to shut down, the supervisor starts it again, and
 * it has forgotten everything, as after a failover of the real service.
 */
#ifndef BOUNCER_LOCAL_KV_WARDEN_H
#define BOUNCER_LOCAL_KV_WARDEN_H

struct event_base;

/*
 * Have a script that runs for too long at the redis on the unix socket SOCKET
 * ended.  Goes on by itself, on a connection of its own; a failure is no error,
 * the caller asks again while it still waits.
 */
void kv_warden_call(struct event_base *base, const char *socket);

#endif
