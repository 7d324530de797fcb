/*
 * file_limit: whether each process of the cloud may open as many files as its
 * share of instances and clients takes.  A process that reaches its limit
 * leaves connections unaccepted, and nobody would know why.
 */
#ifndef BOUNCER_LOCAL_FILE_LIMIT_H
#define BOUNCER_LOCAL_FILE_LIMIT_H

#include <stdbool.h>

#include "base/error.h"

struct options;

/*
 * Raise the limit of this process, and of those it will start, to all that it
 * may be raised to (getrlimit(2)).  False with the reason in ERR where that is
 * too little for one process's share by OPTIONS.
 */
__attribute__((warn_unused_result)) bool
file_limit_raise(const struct options *options, struct error *err);

#endif
