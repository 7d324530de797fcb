/*
 * Every line is built in the same buffer and leaves in one write, so that a
 * warm request allocates nothing for it.  A failed write is not reported.
 */
#include "base/log.h"

#include <stdint.h>
#include <unistd.h>

#define LINE_MAX_BYTES (16UL * 1024)

static void write_fd(void *state, const char *line, size_t len)
{
    ssize_t written = write((int)(intptr_t)state, line, len);

    /* A log that cannot be written leaves nowhere to say so. */
    (void)written;
}

void log_init_fd(struct log *log, int fd, const struct clock *clock)
{
    *log = (struct log){
        .write = write_fd,
        .state = (void *)(intptr_t)fd, /* NOLINT(performance-no-int-to-ptr) */
        .clock = clock,
        .least = LOG_LEVEL_INFO,
    };
    buffer_init(&log->line, LINE_MAX_BYTES);
}

static enum log_level level_called(struct slice name)
{
    static const char *const names[] = {
        [LOG_LEVEL_TRACE] = "trace", [LOG_LEVEL_DEBUG] = "debug",
        [LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_WARN] = "warn",
        [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_FATAL] = "fatal",
    };

    for (enum log_level i = LOG_LEVEL_TRACE; i <= LOG_LEVEL_FATAL; i++) {
        if (slice_is_ignoring_case(name, names[i]))
            return i;
    }
    return LOG_LEVEL_UNKNOWN;
}

void log_set_level(struct log *log, const char *name)
{
    const enum log_level level = level_called(slice_of(name));

    log->least = level ? level : LOG_LEVEL_INFO;
}

void log_release(struct log *log)
{
    buffer_release(&log->line);
}

/* Write the last COUNT digits of NUMBER up to END. */
static void write_digits(char *end, int count, int64_t number)
{
    for (; count > 0; count--, number /= 10)
        *--end = (char)('0' + number % 10);
}

/* Write the date DAYS after 1970-01-01 over YEAR-MONTH-DAY in TEXT. */
static void write_date(char *text, int64_t days)
{
    /* Years begin in March: the leap day comes last, and months repeat. */
    const int64_t since = days + 719468;
    const int64_t era = since / 146097;
    const int day_of_era = (int)(since % 146097);
    const int year_of_era = (day_of_era - day_of_era / 1460 +
                             day_of_era / 36524 - day_of_era / 146096) /
                            365;
    const int day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int month_from_march = (5 * day_of_year + 2) / 153;
    const int month = (month_from_march + 2) % 12 + 1;

    write_digits(text + 4, 4, era * 400 + year_of_era + (month <= 2));
    write_digits(text + 7, 2, month);
    write_digits(text + 10, 2,
                 day_of_year - (153 * month_from_march + 2) / 5 + 1);
}

/*
 * Without gmtime_r() and strftime(): they read /etc/localtime at the first
 * line, a file and a page of memory for a zone that UTC does not need.
 */
static void add_timestamp(struct json_writer *line, int64_t epoch_ms)
{
    char text[] = "YYYY-MM-DDThh:mm:ss.mmmZ";
    const int64_t ms_of_day = epoch_ms % 86400000;

    if (epoch_ms < 0)
        return;
    write_date(text, epoch_ms / 86400000);
    write_digits(text + 13, 2, ms_of_day / 3600000);
    write_digits(text + 16, 2, ms_of_day / 60000 % 60);
    write_digits(text + 19, 2, ms_of_day / 1000 % 60);
    write_digits(text + 23, 3, ms_of_day % 1000);
    json_write_string(line, "timestamp", text);
}

struct json_writer log_begin(struct log *log, const char *level,
                             const char *event)
{
    struct json_writer line;

    log->level = level_called(slice_of(level));
    buffer_clear(&log->line);
    line = json_write_object_into(&log->line);
    json_write_string(&line, "level", level);
    json_write_string(&line, "event", event);
    return line;
}

void log_end(struct log *log, struct json_writer *line)
{
    if (log->level && log->level < log->least)
        return;
    add_timestamp(line, clock_epoch_ms(log->clock));
    if (json_write_finish(line) && buffer_append(&log->line, "\n", 1))
        log->write(log->state, log->line.data, log->line.len);
}

void log_event(struct log *log, const char *level, const char *event,
               const char *detail)
{
    struct json_writer line = log_begin(log, level, event);

    if (detail)
        json_write_string(&line, "detail", detail);
    log_end(log, &line);
}
