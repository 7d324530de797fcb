/*
 * log: one JSON object per line, for machines that collect logs.
 *
 * The caller chooses what goes into a line, and never puts a token, a secret or
 * a body there.  AWS Lambda's log filters read "level" and "timestamp" (Lambda
 * Developer Guide, "Log-level filtering").
 */
#ifndef BOUNCER_LOG_H
#define BOUNCER_LOG_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"

/* The levels of AWS Lambda's log filters, the most detailed first. */
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
    /* Write the LEN bytes of LINE, which ends with its newline. */
    void (*write)(void *state, const char *line, size_t len);
    void *state;
    const struct clock *clock;
    enum log_level least; /* lines below this level are not written */
    enum log_level level; /* of the line that was begun */
    struct buffer line;
};

/* A log that writes each line to file descriptor FD with one write(2). */
void log_init_fd(struct log *log, int fd, const struct clock *clock);

/*
 * Write only lines of level NAME and above: TRACE, DEBUG, INFO, WARN, ERROR or
 * FATAL, in either case, as in AWS_LAMBDA_LOG_LEVEL.  Any other name and NULL
 * mean INFO, which is Lambda's default and a new log's level.
 */
void log_set_level(struct log *log, const char *name);

void log_release(struct log *log);

/*
 * Begin a line; more members are the caller's.  LEVEL is compared with the
 * log's; a line with a word that is no level is always written.
 */
struct json_writer log_begin(struct log *log, const char *level,
                             const char *event);

/*
 * Write LINE, the one that was begun last, with "timestamp" (RFC 3339, UTC)
 * added.  It is lost if it is longer than 16 KB or memory runs out.
 */
void log_end(struct log *log, struct json_writer *line);

/*
 * Write one event: {"level", "event", "detail", "timestamp"}.  LEVEL is "info",
 * "warn" or "error"; DETAIL may be NULL.
 */
void log_event(struct log *log, const char *level, const char *event,
               const char *detail);

#endif
