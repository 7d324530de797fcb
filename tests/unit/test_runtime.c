#include "platform/runtime.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "captured_log.h"
#include "fake_clock.h"
#include "fake_transport.h"

#define EVENT                                                                  \
    "{\"version\":\"2.0\",\"rawPath\":\"/hello\",\"requestContext\":{"         \
    "\"http\":{\"method\":\"GET\"}}}"
#define BASE "http://127.0.0.1:9001/2018-06-01/runtime"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct world {
    struct fake_clock clock;
    struct captured_log log;
    struct fake_transport api;
    struct runtime runtime;
    struct runtime_invocation seen;
    char path[64];
    int handled;
    int finished;
    int64_t handling_ms;  /* the handler takes this */
    int64_t answering_us; /* from the event to its answer, known to finish() */
    size_t posted_before_finish;
    size_t answer_bytes;
    struct error err;
};

static void handle(void *state, const struct runtime_invocation *invocation,
                   const struct message_request *request,
                   struct message_response *response)
{
    struct world *w = state;

    w->handled++;
    w->seen = *invocation;
    (void)snprintf(w->path, sizeof(w->path), "%.*s", (int)request->path.len,
                   request->path.at);
    fake_clock_advance(&w->clock, w->handling_ms);
    response->status = 200;
    for (size_t i = 0; i < w->answer_bytes; i++)
        cr_assert(buffer_append(&response->body, "x", 1));
}

static void finish(void *state)
{
    struct world *w = state;

    w->finished++;
    w->answering_us =
        w->runtime.invocation.answered_us - w->runtime.invocation.received_us;
    w->posted_before_finish = w->api.request_count;
}

static void open_at(struct world *w, const char *address)
{
    memset(w, 0, sizeof(*w));
    fake_clock_init(&w->clock);
    captured_log_init(&w->log, &w->clock.clock);
    fake_transport_init(&w->api, &w->clock);
    cr_assert(runtime_init(&w->runtime,
                           &(struct runtime_options){
                               .transport = &w->api.transport,
                               .api = address,
                               .clock = &w->clock.clock,
                               .log = &w->log.log,
                           },
                           &w->err));
}

static void run(struct world *w)
{
    runtime_run(&w->runtime,
                &(struct runtime_handler){
                    .handle = handle, .finish = finish, .state = w},
                &w->err);
}

static void close_world(struct world *w)
{
    cr_expect(fake_transport_is_done(&w->api), "%zu of %zu steps",
              w->api.request_count, w->api.step_count);
    runtime_release(&w->runtime);
    fake_transport_release(&w->api);
    captured_log_release(&w->log);
}

static struct fake_step *script_event(struct world *w, const char *event)
{
    struct fake_step *step = fake_transport_answer(&w->api, 200, event);

    step->headers = strdup("lambda-runtime-aws-request-id: id-1\n"
                           "Lambda-Runtime-Trace-Id: Root=1-2\n"
                           "Lambda-Runtime-Deadline-Ms: 1767323055006\n");
    return step;
}

/* The API says that the instance is done for. */
static void script_end(struct world *w)
{
    fake_transport_answer(&w->api, 500, "");
}

Test(runtime, an_event_is_answered_under_its_id_and_then_finished)
{
    struct world w;

    open_at(&w, "127.0.0.1:9001");
    script_event(&w, EVENT);
    fake_transport_answer(&w.api, 202, "");
    script_end(&w);
    run(&w);
    cr_expect_eq(w.handled, 1);
    cr_expect_str_eq(w.path, "/hello");
    cr_expect_str_eq(w.seen.request_id, "id-1");
    cr_expect_str_eq(w.seen.trace_id, "Root=1-2");
    cr_expect_str_eq(w.seen.dialect, "api-gateway-v2");
    cr_expect_str_eq(w.api.requests[0].url, BASE "/invocation/next");
    cr_expect_eq(w.api.requests[0].timeout_ms, 0);
    cr_expect_str_eq(w.api.requests[1].url, BASE "/invocation/id-1/response");
    cr_expect(strstr(w.api.requests[1].body, "\"statusCode\":200"));
    cr_expect_eq(w.finished, 1);
    cr_expect_eq(w.posted_before_finish, 2U);
    close_world(&w);
}

Test(runtime,
     the_time_of_an_answer_begins_with_its_event_and_ends_before_posting)
{
    struct world w;

    open_at(&w, "127.0.0.1:9001");
    w.handling_ms = 7;
    script_event(&w, EVENT)->takes_ms = 1000;
    fake_transport_answer(&w.api, 202, "")->takes_ms = 50;
    script_end(&w);
    run(&w);
    cr_expect_eq(w.answering_us, 7000);
    close_world(&w);
}

static const struct {
    const char *address;
    const char *url;
} addresses[] = {
    {"127.0.0.1:9001", BASE "/invocation/next"},
    {"http://[::]:9000/.rt",
     "http://[::]:9000/.rt/2018-06-01/runtime/invocation/next"},
    {"localhost:1/", "http://localhost:1/2018-06-01/runtime/invocation/next"},
};

Test(runtime, addresses_may_have_a_scheme_and_a_path)
{
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct world w;

        open_at(&w, addresses[i].address);
        script_end(&w);
        run(&w);
        cr_expect_str_eq(w.api.requests[0].url, addresses[i].url);
        close_world(&w);
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

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
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
    {"", -1},
};

Test(runtime, a_deadline_that_is_no_time_of_day_is_none)
{
    for (size_t i = 0; i < COUNT(deadlines); i++) {
        struct world w;
        struct fake_step *step;

        open_at(&w, "127.0.0.1:9001");
        step = fake_transport_answer(&w.api, 200, EVENT);
        step->headers = strdup(deadlines[i].header);
        fake_transport_answer(&w.api, 202, "");
        script_end(&w);
        run(&w);
        if (deadlines[i].left_ms < 0)
            cr_expect_eq(w.seen.deadline_ms, RUNTIME_NO_DEADLINE);
        else
            cr_expect_eq(w.seen.deadline_ms, clock_boottime_ms(&w.clock.clock) +
                                                 deadlines[i].left_ms);
        close_world(&w);
    }
}

Test(runtime, nothing_yet_is_asked_again)
{
    struct world w;

    open_at(&w, "127.0.0.1:9001");
    fake_transport_answer(&w.api, 204, "");
    fake_transport_answer(&w.api, 204, "");
    script_event(&w, EVENT);
    fake_transport_answer(&w.api, 202, "");
    script_end(&w);
    run(&w);
    cr_expect_eq(w.handled, 1);
    close_world(&w);
}

static const char *const unreadable[] = {"", "{", "[]", "{\"Records\":[]}"};

Test(runtime, an_unreadable_event_is_reported_and_does_not_end_the_process)
{
    for (size_t i = 0; i < COUNT(unreadable); i++) {
        struct world w;

        open_at(&w, "127.0.0.1:9001");
        script_event(&w, unreadable[i]);
        fake_transport_answer(&w.api, 202, "");
        script_event(&w, EVENT);
        fake_transport_answer(&w.api, 202, "");
        script_end(&w);
        run(&w);
        cr_expect_eq(w.handled, 1);
        cr_expect_str_eq(w.api.requests[1].url, BASE "/invocation/id-1/error");
        cr_expect(strstr(w.api.requests[1].headers,
                         "Lambda-Runtime-Function-Error-Type: "
                         "Runtime.UnreadableEvent\n"));
        cr_expect(strstr(w.api.requests[1].body, "\"stackTrace\":[]"));
        cr_expect(captured_log_has(&w.log, "\"unreadable_event\""));
        close_world(&w);
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
        struct world w;

        open_at(&w, "127.0.0.1:9001");
        script_event(&w, EVENT);
        if (posts[i].result == TRANSPORT_ANSWERED)
            fake_transport_answer(&w.api, posts[i].status, "");
        else
            fake_transport_fail(&w.api, posts[i].result);
        script_end(&w);
        run(&w);
        cr_expect_eq(w.finished, 1);
        cr_expect(captured_log_has(&w.log, "\"response_not_posted\""));
        close_world(&w);
    }
}

Test(runtime, an_answer_too_large_for_the_platform_becomes_an_error)
{
    struct world w;

    open_at(&w, "127.0.0.1:9001");
    script_event(&w, EVENT);
    fake_transport_answer(&w.api, 413, "");
    fake_transport_answer(&w.api, 202, "");
    script_end(&w);
    run(&w);
    cr_expect_str_eq(w.api.requests[2].url, BASE "/invocation/id-1/error");
    cr_expect(strstr(w.api.requests[2].body, "Function.ResponseTooLarge"));
    cr_expect_eq(w.finished, 1);
    close_world(&w);
}

Test(runtime, a_500_from_the_api_is_final_but_the_lock_is_still_released)
{
    struct world w;

    open_at(&w, "127.0.0.1:9001");
    script_event(&w, EVENT);
    fake_transport_answer(&w.api, 500, "");
    run(&w);
    cr_expect_eq(w.finished, 1);
    cr_expect(strstr(w.err.text, "500"));
    close_world(&w);
}

Test(runtime, an_api_that_is_gone_ends_the_loop_after_three_tries)
{
    struct world w;

    open_at(&w, "127.0.0.1:9001");
    for (int i = 0; i < 3; i++)
        fake_transport_fail(&w.api, TRANSPORT_NOT_SENT);
    run(&w);
    cr_expect_eq(w.handled, 0);
    cr_expect_str_eq(w.err.text, "scripted failure");
    close_world(&w);
}

Test(runtime, failures_that_pass_are_forgotten)
{
    struct world w;

    open_at(&w, "127.0.0.1:9001");
    for (int i = 0; i < 3; i++) {
        fake_transport_fail(&w.api, TRANSPORT_UNKNOWN);
        fake_transport_fail(&w.api, TRANSPORT_UNKNOWN);
        script_event(&w, EVENT);
        fake_transport_answer(&w.api, 202, "");
    }
    script_end(&w);
    run(&w);
    cr_expect_eq(w.handled, 3);
    close_world(&w);
}

Test(runtime, an_id_longer_than_any_platforms_is_cut)
{
    struct world w;
    char header[256] = "Lambda-Runtime-Aws-Request-Id: ";
    struct fake_step *step;

    memset(header + strlen(header), 'i', 200);
    open_at(&w, "127.0.0.1:9001");
    step = fake_transport_answer(&w.api, 200, EVENT);
    step->headers = strdup(header);
    fake_transport_answer(&w.api, 202, "");
    script_end(&w);
    run(&w);
    cr_expect_eq(strlen(w.seen.request_id), (size_t)RUNTIME_ID_MAX - 1);
    close_world(&w);
}

Test(runtime, an_init_error_names_every_mistake)
{
    struct world w;

    open_at(&w, "127.0.0.1:9001");
    fake_transport_answer(&w.api, 202, "");
    runtime_init_error(&w.runtime, "Runtime.InvalidConfiguration",
                       "A is not set; B is not set");
    cr_expect_str_eq(w.api.requests[0].url, BASE "/init/error");
    cr_expect_str_eq(w.api.requests[0].body,
                     "{\"errorMessage\":\"A is not set; B is not set\","
                     "\"errorType\":\"Runtime.InvalidConfiguration\","
                     "\"stackTrace\":[]}");
    close_world(&w);
}

Test(runtime, an_init_error_that_nobody_takes_is_logged)
{
    struct world w;

    open_at(&w, "127.0.0.1:9001");
    fake_transport_fail(&w.api, TRANSPORT_NOT_SENT);
    runtime_init_error(&w.runtime, "Runtime.InitFailed", "why");
    cr_expect(captured_log_has(&w.log, "\"init_error_not_reported\""));
    close_world(&w);
}
