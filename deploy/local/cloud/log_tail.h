/*
 * log_tail: the last line of a log file, to explain why its writer ended.
 */
#ifndef BOUNCER_LOCAL_LOG_TAIL_H
#define BOUNCER_LOCAL_LOG_TAIL_H

#include <stdbool.h>
#include <stddef.h>

/* Room for a line; longer ones are cut. */
#define LOG_TAIL_MAX 400

/*
 * Write the last line of the file PATH that is not blank to LINE, which has
 * SIZE bytes.  False if there is none.
 */
bool log_tail(const char *path, char *line, size_t size);

#endif
