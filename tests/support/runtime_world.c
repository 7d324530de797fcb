/*
 * The handler and the finisher write down what they see; the API behind them is
 * a fake transport, whose script ends the loop.
 */
#include "runtime_world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct runtime_world rw;

static void handle(void *state, const struct runtime_invocation *invocation,
                   const struct message_request *request,
                   struct message_response *response)
{
    (void)state;
    rw.handled++;
    rw.seen = *invocation;
    (void)snprintf(rw.path, sizeof(rw.path), "%.*s", (int)request->path.len,
                   request->path.at);
    fake_clock_advance(&rw.clock, rw.handling_ms);
    response->status = 200;
    for (size_t i = 0; i < rw.answer_bytes; i++)
        cr_assert(buffer_append(&response->body, "x", 1));
}

static void finish(void *state)
{
    (void)state;
    rw.finished++;
    rw.answering_us =
        rw.runtime.invocation.answered_us - rw.runtime.invocation.received_us;
    rw.posted_before_finish = rw.api.request_count;
}

void runtime_world_open(const char *address)
{
    fake_clock_init(&rw.clock);
    captured_log_init(&rw.log, &rw.clock.clock);
    fake_transport_init(&rw.api, &rw.clock);
    cr_assert(runtime_init(&rw.runtime,
                           &(struct runtime_options){
                               .transport = &rw.api.transport,
                               .api = address,
                               .clock = &rw.clock.clock,
                               .log = &rw.log.log,
                           },
                           &rw.err));
}

void runtime_world_run(void)
{
    runtime_run(&rw.runtime,
                &(struct runtime_handler){.handle = handle, .finish = finish},
                &rw.err);
}

void runtime_world_play(void)
{
    fake_transport_answer(&rw.api, 500, "");
    runtime_world_run();
}

void runtime_world_close(void)
{
    cr_expect(fake_transport_is_done(&rw.api), "%zu of %zu steps",
              rw.api.request_count, rw.api.step_count);
    runtime_release(&rw.runtime);
    fake_transport_release(&rw.api);
    captured_log_release(&rw.log);
    memset(&rw, 0, sizeof(rw)); /* so that a leak shows */
}

struct fake_step *runtime_world_event(const char *event)
{
    struct fake_step *step = fake_transport_answer(&rw.api, 200, event);

    step->headers = strdup("lambda-runtime-aws-request-id: id-1\n"
                           "Lambda-Runtime-Trace-Id: Root=1-2\n"
                           "Lambda-Runtime-Deadline-Ms: 1767323055006\n");
    return step;
}
