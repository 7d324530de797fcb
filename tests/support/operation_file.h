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

/* How a mistake in the first operation begins. */
#define AT(place) "operations[0]" place ": "

/* Read FILE into OPERATIONS, with timeouts that a lease of 6 s has room for. */
bool operation_file_read(const char *file, struct operations *operations,
                         struct buffer *mistakes);

struct wrong_file {
    const char *file;
    const char *mistakes; /* all of them, exactly */
};

/* Expect each of COUNT FILES to give its mistakes. */
void operation_file_expect(const struct wrong_file files[], size_t count);

#endif
