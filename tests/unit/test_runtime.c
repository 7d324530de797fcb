/*
 * The loop runs against a scripted Runtime API (runtime_world.h); each test
 * scripts the answers, runs the loop to its end and reads the requests it sent.
 */
#include "platform/runtime.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "runtime_world.h"

Test(runtime, an_event_is_answered_under_its_id_and_then_finished)
{
    runtime_world_open("127.0.0.1:9001");
    runtime_world_event(RUNTIME_WORLD_EVENT);
    fake_transport_answer(&rw.api, 202, "");
    runtime_world_play();
    cr_expect_eq(rw.handled, 1);
    cr_expect_str_eq(rw.path, "/hello");
    cr_expect_str_eq(rw.seen.request_id, "id-1");
    cr_expect_str_eq(rw.seen.trace_id, "Root=1-2");
    cr_expect_str_eq(rw.seen.dialect, "api-gateway-v2");
    cr_expect_str_eq(rw.api.requests[0].url,
                     RUNTIME_WORLD_BASE "/invocation/next");
    cr_expect_eq(rw.api.requests[0].timeout_ms, 0);
    cr_expect_str_eq(rw.api.requests[1].url,
                     RUNTIME_WORLD_BASE "/invocation/id-1/response");
    cr_expect(strstr(rw.api.requests[1].body, "\"statusCode\":200"));
    cr_expect_eq(rw.finished, 1);
    cr_expect_eq(rw.posted_before_finish, 2U);
    runtime_world_close();
}

Test(runtime,
     the_time_of_an_answer_begins_with_its_event_and_ends_before_posting)
{
    runtime_world_open("127.0.0.1:9001");
    rw.handling_ms = 7;
    runtime_world_event(RUNTIME_WORLD_EVENT)->takes_ms = 1000;
    fake_transport_answer(&rw.api, 202, "")->takes_ms = 50;
    runtime_world_play();
    cr_expect_eq(rw.answering_us, 7000);
    runtime_world_close();
}

static const struct {
    const char *address;
    const char *url;
} addresses[] = {
    {"127.0.0.1:9001", RUNTIME_WORLD_BASE "/invocation/next"},
    {"http://[::]:9000/.rt",
     "http://[::]:9000/.rt/2018-06-01/runtime/invocation/next"},
    {"localhost:1/", "http://localhost:1/2018-06-01/runtime/invocation/next"},
};

Test(runtime, addresses_may_have_a_scheme_and_a_path)
{
    for (size_t i = 0; i < COUNT(addresses); i++) {
        runtime_world_open(addresses[i].address);
        runtime_world_play();
        cr_expect_str_eq(rw.api.requests[0].url, addresses[i].url);
        runtime_world_close();
    }
}

Test(runtime, what_is_no_address_is_refused_by_the_name_of_its_setting)
{
    static const char *const texts[] = {"http://",
                                        "...",
                                        "127.0.0.1:port",
                                        "\"127.0.0.1:9001\"",
                                        "127.0.0.1:9001\n",
                                        "not a host",
                                        "/path",
                                        "127.0.0.1:90010"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct runtime runtime;
        struct error err = {0};

        cr_expect(!runtime_init(&runtime,
                                &(struct runtime_options){.api = texts[i]},
                                &err),
                  "%s", texts[i]);
        cr_expect(strstr(err.text, "AWS_LAMBDA_RUNTIME_API is no address"));
    }
}

static const struct {
    const char *header;
    int64_t left_ms; /* -1: no deadline */
} deadlines[] = {
    {"Lambda-Runtime-Deadline-Ms: 1767323055006\n", 10000},
    {"Lambda-Runtime-Deadline-Ms: 5000\n", -1},
    {"Lambda-Runtime-Deadline-Ms: 600000\n", -1},
    {"Lambda-Runtime-Deadline-Ms: soon\n", -1},
    {"Lambda-Runtime-Deadline-Ms: 9223372036854775807\n", -1},
    {"Lambda-Runtime-Deadline-Ms: 9223372036854775808\n", -1},
    {"", -1},
};

Test(runtime, a_deadline_that_is_no_time_of_day_is_none)
{
    for (size_t i = 0; i < COUNT(deadlines); i++) {
        struct fake_step *step;

        runtime_world_open("127.0.0.1:9001");
        step = fake_transport_answer(&rw.api, 200, RUNTIME_WORLD_EVENT);
        step->headers = strdup(deadlines[i].header);
        fake_transport_answer(&rw.api, 202, "");
        runtime_world_play();
        if (deadlines[i].left_ms < 0)
            cr_expect_eq(rw.seen.deadline_ms, RUNTIME_NO_DEADLINE);
        else
            cr_expect_eq(rw.seen.deadline_ms,
                         clock_boottime_ms(&rw.clock.clock) +
                             deadlines[i].left_ms);
        runtime_world_close();
    }
}

Test(runtime, nothing_yet_is_asked_again)
{
    runtime_world_open("127.0.0.1:9001");
    fake_transport_answer(&rw.api, 204, "");
    fake_transport_answer(&rw.api, 204, "");
    runtime_world_event(RUNTIME_WORLD_EVENT);
    fake_transport_answer(&rw.api, 202, "");
    runtime_world_play();
    cr_expect_eq(rw.handled, 1);
    runtime_world_close();
}

static const char *const unreadable[] = {"", "{", "[]", "{\"Records\":[]}"};

Test(runtime, an_unreadable_event_is_reported_and_does_not_end_the_process)
{
    for (size_t i = 0; i < COUNT(unreadable); i++) {
        runtime_world_open("127.0.0.1:9001");
        runtime_world_event(unreadable[i]);
        fake_transport_answer(&rw.api, 202, "");
        runtime_world_event(RUNTIME_WORLD_EVENT);
        fake_transport_answer(&rw.api, 202, "");
        runtime_world_play();
        cr_expect_eq(rw.handled, 1);
        cr_expect_str_eq(rw.api.requests[1].url,
                         RUNTIME_WORLD_BASE "/invocation/id-1/error");
        cr_expect(strstr(rw.api.requests[1].headers,
                         "Lambda-Runtime-Function-Error-Type: "
                         "Runtime.UnreadableEvent\n"));
        cr_expect(strstr(rw.api.requests[1].body, "\"stackTrace\":[]"));
        cr_expect(captured_log_has(&rw.log, "\"unreadable_event\""));
        runtime_world_close();
    }
}

/* What may become of a posted answer; the loop goes on after each. */
static const struct {
    enum transport_result result;
    int status;
} posts[] = {
    {TRANSPORT_ANSWERED, 400},
    {TRANSPORT_ANSWERED, 403},
    {TRANSPORT_UNKNOWN, 0},
    {TRANSPORT_NOT_SENT, 0},
};

Test(runtime, an_answer_that_is_not_taken_is_logged_and_finished)
{
    for (size_t i = 0; i < COUNT(posts); i++) {
        runtime_world_open("127.0.0.1:9001");
        runtime_world_event(RUNTIME_WORLD_EVENT);
        fake_transport_script(&rw.api, posts[i].result, posts[i].status, "");
        runtime_world_play();
        cr_expect_eq(rw.finished, 1);
        cr_expect(captured_log_has(&rw.log, "\"response_not_posted\""));
        runtime_world_close();
    }
}

Test(runtime, an_answer_too_large_for_the_platform_becomes_an_error)
{
    runtime_world_open("127.0.0.1:9001");
    runtime_world_event(RUNTIME_WORLD_EVENT);
    fake_transport_answer(&rw.api, 413, "");
    fake_transport_answer(&rw.api, 202, "");
    runtime_world_play();
    cr_expect_str_eq(rw.api.requests[2].url,
                     RUNTIME_WORLD_BASE "/invocation/id-1/error");
    cr_expect(strstr(rw.api.requests[2].body, "Function.ResponseTooLarge"));
    cr_expect_eq(rw.finished, 1);
    runtime_world_close();
}

Test(runtime, a_500_from_the_api_is_final_but_the_lock_is_still_released)
{
    runtime_world_open("127.0.0.1:9001");
    runtime_world_event(RUNTIME_WORLD_EVENT);
    fake_transport_answer(&rw.api, 500, "");
    runtime_world_run();
    cr_expect_eq(rw.finished, 1);
    cr_expect(strstr(rw.err.text, "500"));
    runtime_world_close();
}

Test(runtime, an_api_that_is_gone_ends_the_loop_after_three_tries)
{
    runtime_world_open("127.0.0.1:9001");
    for (int i = 0; i < 3; i++)
        fake_transport_fail(&rw.api, TRANSPORT_NOT_SENT);
    runtime_world_run();
    cr_expect_eq(rw.handled, 0);
    cr_expect_str_eq(rw.err.text, "scripted failure");
    runtime_world_close();
}

Test(runtime, failures_that_pass_are_forgotten)
{
    runtime_world_open("127.0.0.1:9001");
    for (int i = 0; i < 3; i++) {
        fake_transport_fail(&rw.api, TRANSPORT_UNKNOWN);
        fake_transport_fail(&rw.api, TRANSPORT_UNKNOWN);
        runtime_world_event(RUNTIME_WORLD_EVENT);
        fake_transport_answer(&rw.api, 202, "");
    }
    runtime_world_play();
    cr_expect_eq(rw.handled, 3);
    runtime_world_close();
}

Test(runtime, an_id_longer_than_any_platforms_is_cut)
{
    char header[256] = "Lambda-Runtime-Aws-Request-Id: ";
    struct fake_step *step;

    memset(header + strlen(header), 'i', 200);
    runtime_world_open("127.0.0.1:9001");
    step = fake_transport_answer(&rw.api, 200, RUNTIME_WORLD_EVENT);
    step->headers = strdup(header);
    fake_transport_answer(&rw.api, 202, "");
    runtime_world_play();
    cr_expect_eq(strlen(rw.seen.request_id), (size_t)RUNTIME_ID_MAX - 1);
    runtime_world_close();
}

Test(runtime, an_init_error_names_every_mistake)
{
    runtime_world_open("127.0.0.1:9001");
    fake_transport_answer(&rw.api, 202, "");
    runtime_init_error(&rw.runtime, "Runtime.InvalidConfiguration",
                       "A is not set; B is not set");
    cr_expect_str_eq(rw.api.requests[0].url, RUNTIME_WORLD_BASE "/init/error");
    cr_expect_str_eq(rw.api.requests[0].body,
                     "{\"errorMessage\":\"A is not set; B is not set\","
                     "\"errorType\":\"Runtime.InvalidConfiguration\","
                     "\"stackTrace\":[]}");
    runtime_world_close();
}

Test(runtime, an_init_error_that_nobody_takes_is_logged)
{
    runtime_world_open("127.0.0.1:9001");
    fake_transport_fail(&rw.api, TRANSPORT_NOT_SENT);
    runtime_init_error(&rw.runtime, "Runtime.InitFailed", "why");
    cr_expect(captured_log_has(&rw.log, "\"init_error_not_reported\""));
    runtime_world_close();
}
