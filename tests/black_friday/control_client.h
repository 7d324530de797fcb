/*
 * control_client: the control address of a local cloud
 * (deploy/local/platform/control.h), whose URL each function takes.
 */
#ifndef BOUNCER_BLACK_FRIDAY_CONTROL_CLIENT_H
#define BOUNCER_BLACK_FRIDAY_CONTROL_CLIENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* POST BODY to PATH.  False with the reason in ERR. */
__attribute__((warn_unused_result)) bool control_client_post(const char *url,
                                                             const char *path,
                                                             const char *body,
                                                             struct error *err);

/* A counter of /stats.  False with the reason in ERR. */
__attribute__((warn_unused_result)) bool
control_client_counter(const char *url, const char *name, long long *value,
                       struct error *err);

/*
 * Write the process ids of up to COUNT instances, chosen evenly among all, to
 * PIDS.  Returns how many: 0, with a line on standard error, where they cannot
 * be told.
 */
int control_client_pids(const char *url, pid_t pids[], int count);

#endif
