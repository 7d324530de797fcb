/*
 * log: one JSON object per line, for machines that collect logs.
 *
 * What goes into a line is the caller's choice, and never a token, a secret or
 * a body.
 */
#ifndef BOUNCER_LOG_H
#define BOUNCER_LOG_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"

struct log {
    /* Write LEN bytes of LINE, whose newline is its last. */
    void (*write)(void *state, const char *line, size_t len);
    void *state;
    const struct clock *clock;
    struct buffer line;
};

/* A log that writes each line to file descriptor FD with one write(2). */
void log_init_fd(struct log *log, int fd, const struct clock *clock);

void log_release(struct log *log);

/*
 * Write DOC, a JSON object, with "time" (RFC 3339, UTC) added, and release it.
 * A line that does not fit into memory is lost.
 */
void log_write(struct log *log, struct json_document *doc);

/*
 * Write one event: {"level", "event", "detail", "time"}.  LEVEL is "info",
 * "warning" or "error"; DETAIL may be NULL.
 */
void log_event(struct log *log, const char *level, const char *event,
               const char *detail);

#endif
