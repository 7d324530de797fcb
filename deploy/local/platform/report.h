/*
 * report: the platform's own log lines, in the words of AWS Lambda.
 *
 *     START RequestId: <id> Version: $LATEST
 *     END RequestId: <id>
 *     REPORT RequestId: <id>	Duration: 1.52 ms	Billed Duration: 2 ms
 * ...
 *
 * Several processes write to the same standard output: each piece goes out by
 * one write(2), so that lines of one do not come into the middle of another's.
 */
#ifndef BOUNCER_LOCAL_REPORT_H
#define BOUNCER_LOCAL_REPORT_H

#include <stdint.h>

#include "base/buffer.h"

struct report {
    const char *request_id;
    int64_t duration_us;
    int64_t init_us; /* -1: was reported with an earlier event */
    long max_memory_mb;
    const char *status; /* "timeout", "error"; NULL: all well */
};

/* Write TEXT to standard output, in one piece. */
void report_write(struct slice text);

void report_start(const char *request_id);
void report_end(const struct report *report);

#endif
