/*
 * control_client: the control address of a local cloud
 * (deploy/local/platform/control.h), whose URL each function takes.
 */
#ifndef BOUNCER_CONTROL_CLIENT_H
#define BOUNCER_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* POST BODY to PATH.  False with the reason in ERR. */
__attribute__((warn_unused_result)) bool control_client_post(const char *url,
                                                             const char *path,
                                                             const char *body,
                                                             struct error *err);

/* Set FAULT of DOOR to VALUE.  False with the reason in ERR. */
__attribute__((warn_unused_result)) bool
control_client_fault(const char *url, const char *door, const char *fault,
                     long long value, struct error *err);

/*
 * Read the COUNT counters NAMES at one moment.  False with the reason in ERR,
 * and VALUES are no measurement then.
 */
__attribute__((warn_unused_result)) bool
control_client_counters(const char *url, const char *const names[],
                        long long values[], size_t count, struct error *err);

/*
 * Write the process ids of the first COUNT instances in STATE, "busy" or
 * "idle", or in any (NULL), to PIDS; *FOUND is how many.  False with the reason
 * in ERR.
 */
__attribute__((warn_unused_result)) bool
control_client_pids(const char *url, const char *state, pid_t pids[],
                    size_t count, size_t *found, struct error *err);

/*
 * Have all COUNT instances started, and wait for them, at most five minutes.
 * PROGRESS is called every few seconds; or NULL.  False with the reason in ERR.
 */
__attribute__((warn_unused_result)) bool
control_client_warm(const char *url, int count,
                    void (*progress)(const char *what, int done, int count),
                    struct error *err);

/*
 * Wait until no instance works any more, at most a minute; *STILL_BUSY is how
 * many work then.  False with the reason in ERR.
 */
__attribute__((warn_unused_result)) bool
control_client_rest(const char *url, long long *still_busy, struct error *err);

#endif
