/*
 * child: a program that runs to its end, and what it wrote.
 */
#ifndef BOUNCER_E2E_CHILD_H
#define BOUNCER_E2E_CHILD_H

#include <stddef.h>
#include <sys/resource.h>

/* A program that should have refused to start is ended by then. */
#define CHILD_S 10

/*
 * Run ARGUMENTS with the environment ENV (NULL: ours) where it may open FILES
 * (0: as many as we may).  What it writes to both outputs is in LOG, cut to
 * SIZE. Its exit status; -1 where a signal ended it.
 */
int child_run(const char *arguments[], char *const env[], rlim_t files,
              char *log, size_t size);

#endif
