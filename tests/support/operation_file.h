/*
 * operation_file: operations files that are written into a test.
 */
#ifndef BOUNCER_OPERATION_FILE_H
#define BOUNCER_OPERATION_FILE_H

#include "guard/operation.h"

/* In these files ' stands for the " of JSON. */
#define FILE_OF(operation) "{'operations':[{" operation "}]}"
#define CALL "'call':'f','outcomes':{'ok':{'status':200}}"
#define POST "'method':'POST','path':'/x'," CALL

/* Read FILE into OPERATIONS, with timeouts that a lease of 6 s has room for. */
bool operation_file_read(const char *file, struct operations *operations,
                         struct buffer *mistakes);

/*
 * A file and all mistakes that it gives, exactly.  A line that begins with a
 * dot or a colon begins with operations[0] before that.
 */
struct wrong_file {
    const char *file;
    const char *mistakes;
};

/* Expect each of COUNT FILES to give its mistakes. */
void operation_file_expect(const struct wrong_file files[], size_t count);

#endif
