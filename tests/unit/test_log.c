/*
 * Lines go to memory under a fake clock and are compared whole; the last tests
 * write to a real descriptor.
 */
#include "base/log.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "captured_log.h"
#include "count.h"
#include "fake_clock.h"

#define TIME "\"timestamp\":\"2026-01-02T03:04:05.006Z\""

static struct {
    struct fake_clock clock;
    struct captured_log captured;
} world;

static void open_world(void)
{
    fake_clock_init(&world.clock);
    captured_log_init(&world.captured, &world.clock.clock);
}

/* End the world, after comparing all that was logged. */
static void expect_lines(const char *lines)
{
    cr_expect_str_eq(world.captured.text.data ? world.captured.text.data : "",
                     lines);
    captured_log_release(&world.captured);
    memset(&world, 0, sizeof(world)); /* so that a leak shows */
}

Test(log, an_event_is_one_line_with_level_detail_and_time)
{
    open_world();
    log_event(&world.captured.log, "warn", "lock.release", "no answer");
    expect_lines("{\"level\":\"warn\",\"event\":\"lock.release\","
                 "\"detail\":\"no answer\"," TIME "}\n");
}

static const struct {
    const char *name; /* NULL: not set */
    const char *written;
} levels[] = {
    {"TRACE", "tdiwef?"}, {"DEBUG", "diwef?"}, {"INFO", "iwef?"},
    {"WARN", "wef?"},     {"ERROR", "ef?"},    {"FATAL", "f?"},
    {"error", "ef?"},     {"loud", "iwef?"},   {"", "iwef?"},
    {NULL, "iwef?"},
};

/* A level's lines and those above; what has no level is never lost. */
Test(log, lines_below_the_level_are_not_written)
{
    static const char *const words[] = {"trace", "debug", "info", "warn",
                                        "error", "fatal", "?"};

    for (size_t i = 0; i < COUNT(levels); i++) {
        char written[8] = "";

        open_world();
        log_set_level(&world.captured.log, levels[i].name);
        for (size_t j = 0; j < COUNT(words); j++) {
            buffer_clear(&world.captured.text);
            log_event(&world.captured.log, words[j], "a", NULL);
            if (world.captured.text.len)
                strncat(written, words[j], 1);
        }
        cr_expect_str_eq(written, levels[i].written, "%zu", i);
        captured_log_release(&world.captured);
    }
}

Test(log, a_new_log_leaves_debugging_out)
{
    open_world();
    log_event(&world.captured.log, "debug", "a", NULL);
    log_event(&world.captured.log, "info", "a", NULL);
    expect_lines("{\"level\":\"info\",\"event\":\"a\"," TIME "}\n");
}

Test(log, a_detail_may_be_missing)
{
    open_world();
    log_event(&world.captured.log, "info", "start", NULL);
    expect_lines("{\"level\":\"info\",\"event\":\"start\"," TIME "}\n");
}

Test(log, no_text_can_begin_a_line_of_its_own)
{
    open_world();
    log_event(&world.captured.log, "info", "x", "a\r\n{\"level\":\"error\"}");
    expect_lines("{\"level\":\"info\",\"event\":\"x\",\"detail\":\"a\\r\\n"
                 "{\\\"level\\\":\\\"error\\\"}\"," TIME "}\n");
}

Test(log, lines_follow_each_other_and_the_time_goes_on)
{
    struct json_writer line;

    open_world();
    log_event(&world.captured.log, "info", "a", NULL);
    fake_clock_advance(&world.clock, 86400 * 1000 - 6);
    line = log_begin(&world.captured.log, "info", "b");
    json_write_integer(&line, "n", 1);
    log_end(&world.captured.log, &line);
    expect_lines("{\"level\":\"info\",\"event\":\"a\"," TIME "}\n"
                 "{\"level\":\"info\",\"event\":\"b\",\"n\":1,"
                 "\"timestamp\":\"2026-01-03T03:04:05.000Z\"}\n");
}

Test(log, a_line_that_does_not_fit_is_lost_and_the_next_one_is_not)
{
    static char detail[20000];

    memset(detail, 'x', sizeof(detail) - 1);
    open_world();
    log_event(&world.captured.log, "info", "long", detail);
    log_event(&world.captured.log, "info", "a", NULL);
    expect_lines("{\"level\":\"info\",\"event\":\"a\"," TIME "}\n");
}

Test(log, a_line_that_failed_is_lost)
{
    struct json_writer line;

    open_world();
    line = log_begin(&world.captured.log, "info", "b");
    json_write_string(&line, "a", NULL);
    log_end(&world.captured.log, &line);
    expect_lines("");
}

/* Ten years each from 1970 on, and around 2200 and 2400, a leap year. */
Test(log, the_date_is_that_of_the_calendar)
{
    static const int64_t first_days[] = {0, 84000, 156000};

    for (size_t i = 0; i < 3; i++) {
        open_world();
        for (int64_t day = first_days[i]; day < first_days[i] + 3700; day++) {
            time_t seconds = (time_t)(day * 86400 + 86399);
            char text[64];
            struct tm utc;

            cr_assert(gmtime_r(&seconds, &utc));
            cr_assert(strftime(text, sizeof(text),
                               "\"timestamp\":\"%Y-%m-%dT%H:%M:%S.999Z\"",
                               &utc));
            world.clock.epoch_ms = (int64_t)seconds * 1000 + 999;
            buffer_clear(&world.captured.text);
            log_event(&world.captured.log, "info", "a", NULL);
            cr_assert(captured_log_has(&world.captured, text), "%s: %s", text,
                      world.captured.text.data);
        }
        captured_log_release(&world.captured);
    }
}

Test(log, a_time_before_1970_is_left_out)
{
    open_world();
    world.clock.epoch_ms = -1;
    log_event(&world.captured.log, "info", "a", NULL);
    expect_lines("{\"level\":\"info\",\"event\":\"a\"}\n");
}

Test(log, a_file_descriptor_gets_each_line_in_one_write)
{
    struct fake_clock clock;
    struct log log;
    char text[256];
    ssize_t len;
    int ends[2];

    fake_clock_init(&clock);
    /* A pipe in packet mode keeps the writes apart: pipe(2). */
    cr_assert_eq(pipe2(ends, O_DIRECT), 0);
    log_init_fd(&log, ends[1], &clock.clock);
    log_event(&log, "info", "a", NULL);
    log_event(&log, "info", "b", NULL);
    len = read(ends[0], text, sizeof(text) - 1);
    cr_assert_gt(len, 0);
    text[len] = '\0';
    cr_expect_str_eq(text, "{\"level\":\"info\",\"event\":\"a\"," TIME "}\n");
    log_release(&log);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

Test(log, a_full_or_closed_descriptor_harms_nobody)
{
    struct fake_clock clock;
    struct log log;

    fake_clock_init(&clock);
    log_init_fd(&log, -1, &clock.clock);
    log_event(&log, "info", "a", NULL);
    log_release(&log);
}
