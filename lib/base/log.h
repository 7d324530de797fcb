/*
 * log: one JSON object per line, for machines that collect logs.
 *
 * What goes into a line is the caller's choice, and never a token, a secret or
 * a body.  "level" and "timestamp" are what AWS Lambda's log filters read
 * (Lambda Developer Guide, "Log-level filtering").
 */
#ifndef BOUNCER_LOG_H
#define BOUNCER_LOG_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"

/* What AWS Lambda's log filters know, from the most detailed on. */
enum log_level {
    LOG_LEVEL_UNKNOWN = 0,
    LOG_LEVEL_TRACE,
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_FATAL,
};

struct log {
    /* Write LEN bytes of LINE, whose newline is its last. */
    void (*write)(void *state, const char *line, size_t len);
    void *state;
    const struct clock *clock;
    enum log_level least; /* lines below it are not written */
    struct buffer line;
};

/* A log that writes each line to file descriptor FD with one write(2). */
void log_init_fd(struct log *log, int fd, const struct clock *clock);

/*
 * Write lines of level NAME and above only: TRACE, DEBUG, INFO, WARN, ERROR or
 * FATAL, as AWS_LAMBDA_LOG_LEVEL has them, in either case.  Any other name and
 * NULL: INFO, which is Lambda's default and a new log's level.
 */
void log_set_level(struct log *log, const char *name);

void log_release(struct log *log);

/*
 * Write DOC, a JSON object, with "timestamp" (RFC 3339, UTC) added, and release
 * it.  Its member "level" is held against the log's; a line without one, or
 * with a word that is no level, is always written.  A line that does not fit
 * into memory is lost.
 */
void log_write(struct log *log, struct json_document *doc);

/*
 * Write one event: {"level", "event", "detail", "timestamp"}.  LEVEL is "info",
 * "warn" or "error"; DETAIL may be NULL.
 */
void log_event(struct log *log, const char *level, const char *event,
               const char *detail);

#endif
