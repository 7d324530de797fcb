/*
 * program: where this program is, and what lies beside it: a package is one
 * folder.
 */
#ifndef BOUNCER_PROGRAM_H
#define BOUNCER_PROGRAM_H

#include <stdbool.h>

/* Longer paths are not found; PATH_MAX would take 4 KB of stack. */
#define PROGRAM_PATH_MAX 1024

/* Set PATH to this program's; without /proc, to the name CALLED. */
void program_find(char path[PROGRAM_PATH_MAX], const char *called);

/*
 * Set PATH to that of NAME in the folder of PROGRAM.  False if it is too long;
 * whether there is such a file is not checked.
 */
__attribute__((warn_unused_result)) bool
program_beside(char path[PROGRAM_PATH_MAX], const char *program,
               const char *name);

#endif
