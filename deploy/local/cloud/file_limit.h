/*
 * file_limit: checks that each process may open the files that its share of
 * instances and clients takes.  A process at its limit accepts no connections,
 * and nobody would know why.
 */
#ifndef BOUNCER_LOCAL_FILE_LIMIT_H
#define BOUNCER_LOCAL_FILE_LIMIT_H

#include <stdbool.h>

#include "base/error.h"

struct options;

/*
 * Raise the limit of this process, and of those it will start, as far as it
 * goes (getrlimit(2)).  False with the reason in ERR where that is too little
 * for a process's share by OPTIONS.
 */
__attribute__((warn_unused_result)) bool
file_limit_raise(const struct options *options, struct error *err);

#endif
