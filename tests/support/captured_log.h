/*
 * captured_log: a log whose lines a test can read.
 */
#ifndef BOUNCER_CAPTURED_LOG_H
#define BOUNCER_CAPTURED_LOG_H

#include "base/log.h"

struct captured_log {
    struct log log;
    struct buffer text; /* all lines so far */
};

/* CLOCK outlives the log. */
void captured_log_init(struct captured_log *captured,
                       const struct clock *clock);
void captured_log_release(struct captured_log *captured);

/* Whether the log holds WORDS. */
bool captured_log_has(const struct captured_log *captured, const char *words);

#endif
