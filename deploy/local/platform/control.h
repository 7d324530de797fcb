/*
 * control: an HTTP address for tests and for the curious, on the loopback.
 *
 *     GET    /stats           counters of the doors and the platform
 *     GET    /instances       [{"pid":7,"state":"idle"}]
 *     POST   /instances/kill  {"pid":7}: SIGKILL, as a crash
 *     POST   /warm            start all instances that may be at once
 *     POST   /recycle         kill all idle ones, and busy ones when done: the
 *                             next requests are cold
 *     POST   /faults          {"door":"kv","fault":"down","value":1}
 *     DELETE /faults          no faults any more
 *
 * One process of the platform has it and speaks for all of them, through the
 * memory that they share (shared.h): an order holds for every request that
 * comes after its answer; instances end and start a moment later.
 *
 * Faults and what they do are those of struct door_faults (shared.h).  A
 * mistake is answered by 400 and {"message":"..."}.
 */
#ifndef BOUNCER_LOCAL_CONTROL_H
#define BOUNCER_LOCAL_CONTROL_H

#include "base/error.h"

struct event_base;
struct pool;
struct settings;

struct control;

/*
 * Serve at the control socket of SETTINGS, which are borrowed, in the process
 * that has POOL.  NULL with the reason in ERR.
 */
__attribute__((warn_unused_result)) struct control *
control_new(struct event_base *base, struct pool *pool,
            const struct settings *settings, struct error *err);

/* Nothing on NULL. */
void control_free(struct control *control);

#endif
