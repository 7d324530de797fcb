/*
 * operations_file: reads the function's operations from its file.
 *
 * The file is operations.json beside the program, or the one that
 * BOUNCER_OPERATIONS names.  What stands in it is in guard/operation.h.
 */
#ifndef BOUNCER_OPERATIONS_FILE_H
#define BOUNCER_OPERATIONS_FILE_H

#include <stdbool.h>

#include "guard/operation.h"

/*
 * Read the operations from the file NAMED, or where that is NULL from the one
 * beside PROGRAM, the path of this program.  False if there are mistakes, each
 * of which is added to MISTAKES as a line.  Release OPERATIONS in any case.
 */
__attribute__((warn_unused_result)) bool
operations_file_read(struct operations *operations, const char *named,
                     const char *program, const struct operation_limits *limits,
                     struct buffer *mistakes);

#endif
