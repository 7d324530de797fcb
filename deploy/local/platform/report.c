/*
 * A line is made whole in a buffer and goes out by one write(2).
 */
#include "platform/report.h"

#include <stdio.h>
#include <unistd.h>

#include "platform/instance_env.h"

#define LINES_MAX 1024

void report_write(struct slice text)
{
    (void)fflush(stdout);
    while (text.len > 0) {
        ssize_t written = write(STDOUT_FILENO, text.at, text.len);

        if (written <= 0)
            return;
        text.at += written;
        text.len -= (size_t)written;
    }
}

void report_start(const char *request_id)
{
    struct buffer text;

    buffer_init(&text, LINES_MAX);
    if (buffer_append_format(&text, "START RequestId: %s Version: $LATEST\n",
                             request_id))
        report_write(buffer_slice(&text));
    buffer_release(&text);
}

static bool add_report(const struct report *r, struct buffer *text)
{
    int64_t billed_us = r->duration_us + (r->init_us > 0 ? r->init_us : 0);

    return buffer_append_format(
               text,
               "END RequestId: %s\n"
               "REPORT RequestId: %s\tDuration: %.2f ms\t"
               "Billed Duration: %lld ms\tMemory Size: " INSTANCE_MEMORY_MB
               " MB\t"
               "Max Memory Used: %ld MB",
               r->request_id, r->request_id, (double)r->duration_us / 1000,
               (long long)(billed_us + 999) / 1000, r->max_memory_mb) &&
           (r->init_us < 0 ||
            buffer_append_format(text, "\tInit Duration: %.2f ms",
                                 (double)r->init_us / 1000)) &&
           (r->status == NULL ||
            buffer_append_format(text, "\tStatus: %s", r->status)) &&
           buffer_append_text(text, "\n");
}

void report_end(const struct report *report)
{
    struct buffer text;

    buffer_init(&text, LINES_MAX);
    if (add_report(report, &text))
        report_write(buffer_slice(&text));
    buffer_release(&text);
}
