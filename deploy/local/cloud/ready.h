/*
 * ready: ask every part of a cloud once, from outside, as a client would.
 */
#ifndef BOUNCER_LOCAL_READY_H
#define BOUNCER_LOCAL_READY_H

/*
 * The role of a child process; STATE is a struct cloud.  Asks Redis, the doors,
 * the control address and, through the front, the function for an answer.
 * Returns 0 when all gave one; 1 with the reason as the last line on standard
 * error.  One instance of the function is warm after it.
 */
int ready_run(const void *state);

#endif
