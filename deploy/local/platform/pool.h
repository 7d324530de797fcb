/*
 * pool: the instances of the function, and which of them gets which event.
 *
 * An event goes to the instance that became idle last; where none is idle a
 * process is started, up to the limit; beyond it events wait in line for a few
 * seconds.  The states of an instance are those of instance.h:
 *
 *     starting --asks for the next event--> idle (frozen) --event--> busy
 *        |                                   ^                        |
 *        +---has events waiting: busy        +----asks for the next---+
 *
 * The answer goes to the client as soon as it is posted; the instance stays
 * busy, its time limit running, until it asks for the next event.  A process
 * that ends while it starts takes the first event in line with it: a function
 * that cannot start fails requests, one process each, instead of starting for
 * ever.
 *
 * Nothing here walks over all instances for one event: they are found by
 * address or process id, and idle and free ones are kept in lists.
 */
#ifndef BOUNCER_LOCAL_POOL_H
#define BOUNCER_LOCAL_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "platform/instance.h"
#include "platform/invocation.h"

struct event_base;
struct settings;

struct pool;

/*
 * Send INVOCATION in answer to PARKED, which is used up by it; DEADLINE_MS is
 * since 1970.
 */
typedef void (*pool_deliver)(struct evhttp_request *parked,
                             const struct invocation *invocation,
                             int64_t deadline_ms);

/* Close the connection of PARKED, whose process has ended. */
typedef void (*pool_hang_up)(struct evhttp_request *parked);

/*
 * Make a pool.  BASE and what SETTINGS points to are borrowed.  NULL with the
 * reason in ERR.
 */
__attribute__((warn_unused_result)) struct pool *
pool_new(struct event_base *base, const struct settings *settings,
         pool_deliver deliver, pool_hang_up hang_up, struct error *err);

/*
 * Kill all instances, wait until they are gone, report every open invocation
 * as crashed, and free the pool; nothing on NULL.
 */
void pool_free(struct pool *pool);

/* Give INVOCATION to an instance as soon as one can take it. */
void pool_submit(struct pool *pool, struct invocation *invocation);

/* The living instance at ADDRESS, in host byte order; NULL: there is none. */
struct instance *pool_find(struct pool *pool, uint32_t address);

/*
 * INSTANCE asks for its next event by PARKED, which is kept until there is
 * one.  False where it has not finished the last one, or asks twice: PARKED is
 * the caller's to answer then.
 */
__attribute__((warn_unused_result)) bool
pool_next(struct pool *pool, struct instance *instance,
          struct evhttp_request *parked);

/* The connection of what INSTANCE had parked was closed from outside. */
void pool_forget_parked(struct instance *instance);

/*
 * INSTANCE posted OUTCOME with BODY for the event REQUEST_ID.  False where
 * that is not its current event, or is answered already.
 */
__attribute__((warn_unused_result)) bool
pool_answer(struct instance *instance, struct slice request_id,
            enum invocation_outcome outcome, struct slice body);

/*
 * Do what the control address has ordered since the last call (shared.h): kill
 * the instances that are doomed; kill those that are idle, and those that are
 * busy when they are done; start instances until all that may be at once are
 * there, a few at a time, since each needs the processor for its start.  A
 * process that ends while it starts ends that.
 */
void pool_obey(struct pool *pool);

#endif
