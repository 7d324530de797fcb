/*
 * upstream: calls the SQL function of a request's operation, once the lock is
 * held, and answers by what it says.
 *
 *     no time for it               503; the database is not called
 *     certainly did nothing        503 if asking again may help, else 500; the
 *                                  lock is released
 *     maybe did it                 504; the lock is kept until its lease ends
 *     somebody else's answer       504; likewise
 *     an outcome that the          504; likewise: what was done is not known
 *     operation does not declare
 *     stale fence of a replay      nothing was done: as the sign says, or 409
 *     stale fence                  503; if our lease still counts, the store
 *                                  lost its counter, and it is raised.  504 if
 *                                  the fence is our own and the operation has
 *                                  no keys: the call was sent twice, and the
 *                                  first one is over, so the lock is released
 *     key_reused                   422
 *     an outcome declared          as operations.json says
 *
 * A row answers this call unless `key`, `fence`, `lock` or a member with an
 * input's name differs from the call's, it has a `key` or `fence` and the call
 * had none, or it has no outcome.  A missing member proves nothing and is
 * accepted, so that functions for an older schema work; the log says so once.
 */
#ifndef BOUNCER_UPSTREAM_H
#define BOUNCER_UPSTREAM_H

#include "guard/request.h"

/*
 * Call REQUEST's operation and answer.  Its lock is held if the operation has
 * one; `lock_kept` and `raise_fence_to` say what is left to do about it.
 */
void upstream_call(struct request *request);

#endif
