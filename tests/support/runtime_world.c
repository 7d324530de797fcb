/*
 * The handler and the finisher write down what they see; the API behind them is
 * a fake transport, whose script ends the loop.
 */
#include "runtime_world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void handle(void *state, const struct runtime_invocation *invocation,
                   const struct message_request *request,
                   struct message_response *response)
{
    struct runtime_world *w = state;

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
    struct runtime_world *w = state;

    w->finished++;
    w->answering_us =
        w->runtime.invocation.answered_us - w->runtime.invocation.received_us;
    w->posted_before_finish = w->api.request_count;
}

void runtime_world_open(struct runtime_world *w, const char *address)
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

void runtime_world_run(struct runtime_world *w)
{
    runtime_run(&w->runtime,
                &(struct runtime_handler){
                    .handle = handle, .finish = finish, .state = w},
                &w->err);
}

void runtime_world_close(struct runtime_world *w)
{
    cr_expect(fake_transport_is_done(&w->api), "%zu of %zu steps",
              w->api.request_count, w->api.step_count);
    runtime_release(&w->runtime);
    fake_transport_release(&w->api);
    captured_log_release(&w->log);
}

struct fake_step *runtime_world_event(struct runtime_world *w,
                                      const char *event)
{
    struct fake_step *step = fake_transport_answer(&w->api, 200, event);

    step->headers = strdup("lambda-runtime-aws-request-id: id-1\n"
                           "Lambda-Runtime-Trace-Id: Root=1-2\n"
                           "Lambda-Runtime-Deadline-Ms: 1767323055006\n");
    return step;
}

void runtime_world_end(struct runtime_world *w)
{
    fake_transport_answer(&w->api, 500, "");
}
