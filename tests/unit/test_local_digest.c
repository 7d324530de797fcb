/* What a person sees of the local cloud's log, line by line. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cloud/digest.h"
#include "count.h"
#include "fake_clock.h"

#define OUT_MAX (64UL * 1024)

static struct fake_clock fake;
static struct digest digest;
static struct buffer out;

/* The first second is 03:04:05. */
static void begin(void)
{
    setenv("TZ", "UTC0", 1);
    tzset();
    fake_clock_init(&fake);
    digest_init(&digest, &fake.clock);
    buffer_init(&out, OUT_MAX);
}

static void end(void)
{
    buffer_release(&out);
}

TestSuite(local_digest, .init = begin, .fini = end);

static void log_says(const char *line)
{
    cr_assert(digest_line(&digest, slice_of(line), &out));
}

static void expect_printed(const char *want)
{
    cr_expect_str_eq(out.data != NULL ? out.data : "", want);
    buffer_clear(&out);
}

static void next_second(void)
{
    fake_clock_advance(&fake, 1000);
    cr_assert(digest_tick(&digest, &out));
}

static void log_answer(int status, const char *outcome, const char *lock)
{
    char line[512];

    (void)snprintf(
        line, sizeof(line),
        "{\"level\":\"%s\",\"event\":\"request\","
        "\"method\":\"POST\",\"route\":\"/api/purchase\","
        "\"status\":%d,\"outcome\":\"%s\",\"duration_us\":2500%s%s%s}",
        status < 500 ? "info" : "error", status, outcome,
        lock != NULL ? ",\"lock_name\":\"" : "", lock != NULL ? lock : "",
        lock != NULL ? "\"" : "");
    log_says(line);
}

Test(local_digest, a_sale_is_a_line_with_what_it_was_about)
{
    log_says("{\"event\":\"request\",\"method\":\"POST\",\"route\":\"/api/a\","
             "\"status\":201,\"outcome\":\"sold\",\"duration_us\":3499,"
             "\"lock_name\":\"product:1#3\",\"fence\":12,\"about\":"
             "{\"product_id\":1,\"order_id\":7,\"seat\":\"A 1\",\"_id\":2,"
             "\"more\":{}}}");
    expect_printed("03:04:05 sold     product:1  order 7  seat A 1  _id 2"
                   "  fence 12  3 ms\n");
    /* A lock's name that does not say the product's number. */
    log_says("{\"event\":\"request\",\"method\":\"PUT\",\"route\":\"/api/a\","
             "\"status\":200,\"outcome\":\"replayed\","
             "\"lock_name\":\"product-1\",\"about\":{\"product_id\":1}}");
    expect_printed("03:04:05 replayed product-1  product 1\n");
    log_says("{\"event\":\"request\",\"method\":\"POST\",\"route\":\"/api/a\","
             "\"status\":200,\"outcome\":\"sold\","
             "\"lock_name\":\"product:12\",\"about\":{\"product_id\":1}}");
    expect_printed("03:04:05 sold     product:12  product 1\n");
    log_answer(204, "done", NULL);
    expect_printed("03:04:05 done     /api/purchase  3 ms\n");
}

Test(local_digest, what_changes_nothing_and_goes_well_is_not_shown)
{
    static const char *const methods[] = {"GET", "HEAD", "OPTIONS"};
    char line[256];

    for (size_t i = 0; i < COUNT(methods); i++) {
        (void)snprintf(line, sizeof(line),
                       "{\"event\":\"request\",\"method\":\"%s\","
                       "\"route\":\"/api/live\",\"status\":200,"
                       "\"outcome\":\"done\"}",
                       methods[i]);
        log_says(line);
    }
    log_says("{\"level\":\"info\",\"event\":\"ping\",\"detail\":\"a probe\"}");
    log_says("START RequestId: 1 Version: $LATEST");
    log_says("END RequestId: 1");
    log_says("REPORT RequestId: 1\tDuration: 1.00 ms\tMax Memory Used: 5 MB");
    log_says("");
    next_second();
    expect_printed("");
}

Test(local_digest, the_refusals_of_a_second_are_one_line_when_it_is_over)
{
    for (int i = 0; i < 41; i++)
        log_answer(409, "busy", i % 2 ? "product:1" : "product:1#7");
    log_answer(410, "sold_out", "product:2");
    log_answer(410, "sold_out", "product:1");
    log_answer(400, "rejected", NULL);
    expect_printed("");
    next_second();
    expect_printed("03:04:05 refused  product:1  41 busy, 1 sold_out; "
                   "product:2  1 sold_out; /api/purchase  1 rejected\n");
    next_second();
    expect_printed("");
    log_answer(409, "busy", "product:1");
    fake_clock_advance(&fake, 1000);
    /* A line of the next second says that the one before is over. */
    log_answer(409, "busy", "product:1");
    expect_printed("03:04:07 refused  product:1  1 busy\n");
    cr_assert(digest_end(&digest, &out));
    expect_printed("03:04:08 refused  product:1  1 busy\n");
}

Test(local_digest, of_equal_failures_one_is_shown_at_once_and_then_their_number)
{
    for (int i = 0; i < 8; i++)
        log_answer(503, "unavailable", "product:1");
    log_answer(504, "unknown", "product:1");
    log_answer(504, "unknown", "product:1");
    expect_printed("03:04:05 error    product:1  503 unavailable\n"
                   "03:04:05 error    product:1  504 unknown\n");
    next_second();
    expect_printed(
        "03:04:05 error    product:1  503 unavailable, 7 more times\n"
        "03:04:05 error    product:1  504 unknown, 1 more time\n");
    log_answer(500, "failed", NULL);
    expect_printed("03:04:06 error    /api/purchase  500 failed\n");
    next_second();
    expect_printed("");
}

Test(local_digest, a_warning_and_a_dead_instance_are_lines)
{
    log_says(
        "{\"level\":\"warn\",\"event\":\"not_released\",\"detail\":\"a\"}");
    log_says("{\"level\":\"error\",\"event\":\"end\"}");
    log_says("{\"level\":\"fatal\",\"event\":\"x\",\"detail\":\"\\u00e9\"}");
    log_says("REPORT RequestId: 1\tDuration: 1.00 ms\tStatus: timeout");
    log_says("REPORT RequestId: 2\tDuration: 1.00 ms\tStatus: error");
    log_says("REPORT RequestId: 3\tDuration: 1.00 ms\tStatus: error");
    expect_printed(
        "03:04:05 warn     not_released: a\n"
        "03:04:05 error    end\n"
        "03:04:05 fatal    x: ??\n"
        "03:04:05 error    an instance was killed at its time limit\n"
        "03:04:05 error    an instance ended or failed before its answer was "
        "complete\n");
}

Test(local_digest, words_to_a_person_are_shown_as_they_are)
{
    log_says("ready: http://127.0.0.1:3000");
    log_says("  a line of its block");
    log_says("{ no JSON");
    log_says("{ no JSON");
    expect_printed("ready: http://127.0.0.1:3000\n"
                   "  a line of its block\n{ no JSON\n");
    next_second();
    expect_printed("03:04:05 { no JSON, 1 more time\n");
}

Test(local_digest, more_kinds_than_there_is_room_for_are_numbers)
{
    char name[32];
    char want[64];
    size_t lines = 0;

    for (int i = 0; i < DIGEST_KINDS_MAX + 5; i++) {
        (void)snprintf(name, sizeof(name), "words %d", i);
        log_says(name);
    }
    log_answer(409, "busy", "product:1");
    for (const char *at = out.data; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    cr_expect_eq(lines, (size_t)DIGEST_KINDS_MAX);
    buffer_clear(&out);
    next_second();
    expect_printed("03:04:05 refused  1 more\n"
                   "03:04:05 error    5 more lines: see the log\n");
    next_second();
    expect_printed("");
    for (int i = 0; i < DIGEST_KINDS_MAX + 2; i++) {
        (void)snprintf(name, sizeof(name), "product:%d", i);
        log_answer(404, "unknown", name);
    }
    next_second();
    (void)snprintf(want, sizeof(want), "; product:%d  1 unknown; 2 more\n",
                   DIGEST_KINDS_MAX - 1);
    cr_expect(strstr(out.data, want), "%s", out.data);
}
