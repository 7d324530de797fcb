#include "log.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES (16UL * 1024)

static void write_fd(void *state, const char *line, size_t len)
{
    ssize_t written = write((int)(intptr_t)state, line, len);

    /* There is nowhere to say that the log is full. */
    (void)written;
}

void log_init_fd(struct log *log, int fd, const struct clock *clock)
{
    *log = (struct log){
        .write = write_fd,
        .state = (void *)(intptr_t)fd, /* NOLINT(performance-no-int-to-ptr) */
        .clock = clock,
    };
    buffer_init(&log->line, LINE_MAX_BYTES);
}

void log_release(struct log *log)
{
    buffer_release(&log->line);
}

static void add_time(struct json_document *doc, int64_t epoch_ms)
{
    char seconds[32];
    char text[48];
    time_t now = (time_t)(epoch_ms / 1000);
    struct tm utc;

    if (!gmtime_r(&now, &utc) ||
        !strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc))
        return;
    (void)snprintf(text, sizeof(text), "%s.%03dZ", seconds,
                   (int)(epoch_ms % 1000));
    json_add_string(doc, doc->root, "time", text);
}

void log_write(struct log *log, struct json_document *doc)
{
    add_time(doc, clock_epoch_ms(log->clock));
    buffer_clear(&log->line);
    if (json_print(doc, &log->line) && buffer_append(&log->line, "\n", 1))
        log->write(log->state, log->line.data, log->line.len);
    json_release(doc);
}

void log_event(struct log *log, const char *level, const char *event,
               const char *detail)
{
    struct json_document doc;

    json_new_object(&doc);
    json_add_string(&doc, doc.root, "level", level);
    json_add_string(&doc, doc.root, "event", event);
    if (detail)
        json_add_string(&doc, doc.root, "detail", detail);
    log_write(log, &doc);
}
