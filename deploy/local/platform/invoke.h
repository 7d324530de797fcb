/*
 * invoke: Lambda's Invoke API, on the front's port as AWS's own emulators
 * have it:
 *
 *     POST /2015-03-31/functions/NAME/invocations[?Qualifier=$LATEST]
 *
 * The body is the event as it is; none is {}.  By X-Amz-Invocation-Type the
 * answer is the function's (RequestResponse, the default), 202 at once (Event)
 * or 204 without a call (DryRun).  A function that fails is a 200 with
 * X-Amz-Function-Error.  NAME may be an ARN, whole or partial, with $LATEST.
 *
 * Not emulated: signatures, versions, logs in the answer, client contexts, the
 * repetitions of a failed Event, and streams.
 *
 * docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
#ifndef BOUNCER_LOCAL_INVOKE_H
#define BOUNCER_LOCAL_INVOKE_H

#include <stdbool.h>

struct evhttp_request;
struct pool;

/*
 * Answer REQUEST if it is a call of this API, at once or once POOL has the
 * answer; TIMEOUT_S is the function's limit, for the words about it.  False,
 * and nothing was done, if it is none.
 */
__attribute__((warn_unused_result)) bool
invoke_take(struct evhttp_request *request, struct pool *pool, int timeout_s);

#endif
