/*
 * wrapper: AWS_LAMBDA_EXEC_WRAPPER, a program of the platform that prepares
 * the environment and then starts the function.
 *
 * Vercel passes environments larger than Lambda's 4 KB in this way if a
 * function says "supportsWrapper" (Build Output API v3): the function sets the
 * variable to "" and becomes the wrapper, with its own path and arguments as
 * arguments.  The wrapper starts it again, and then the variable is empty.
 */
#ifndef BOUNCER_WRAPPER_H
#define BOUNCER_WRAPPER_H

#include "base/error.h"

#define WRAPPER_VARIABLE "AWS_LAMBDA_EXEC_WRAPPER"

/*
 * Become the program at path WRAPPER.  Its arguments are PROGRAM, the path of
 * this program, and ARGV[1] and on.  Returns only on failure, with the reason
 * in ERR.
 */
void wrapper_exec(const char *wrapper, const char *program, char *const argv[],
                  struct error *err);

#endif
