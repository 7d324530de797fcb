/*
 * bouncer: the guard in front of the database.  It finds a request's operation,
 * reads the input, takes the lock, calls the SQL function, and releases the
 * lock once the client has its answer.
 *
 *     struct instance instance = {.options = {...}};
 *     struct request request;
 *
 *     request_init(&request, &instance);
 *     request_begin(&request, invocation, message, response);
 *     bouncer_handle(&request);      then post the response
 *     bouncer_finish(&request);
 *
 * The SQL function is called only while the lock is held, or, for a replay, the
 * key's own.  The failures:
 *
 *     busy                         409, or the configured denied_status
 *     closed: a sign hangs         as its outcome says; the database is not
 *                                  called
 *     replay: an earlier attempt   its answer, which the database has kept; if
 *     may have done it             it has none, as if busy or closed
 *     the store rejects, or gives  503; the database is not called
 *     no answer
 *     too little time left         503; likewise.  The log says once if the
 *                                  time limits can never fit
 *     the database                 see guard/upstream.h
 *
 * Every answer is ready before the platform's deadline.  bouncer_finish does
 * what can wait until the client has its answer, within the deadline too: it
 * raises the counter, releases a lock that is or may be ours, and puts up or
 * takes down the sign.  The log says what of that failed.
 *
 * After a crash the lock ends with its lease.  After a lost answer the client
 * asks again with the same Idempotency-Key and gets what it bought.
 */
#ifndef BOUNCER_BOUNCER_H
#define BOUNCER_BOUNCER_H

#include "guard/request.h"

/* Answer REQUEST, whatever it is. */
void bouncer_handle(struct request *request);

/* Do what is left, write the log line, and free the request's input. */
void bouncer_finish(struct request *request);

#endif
