/*
 * runtime_world: the Runtime API's loop against a scripted API, with a handler
 * that records its calls.
 *
 *     struct runtime_world w;
 *
 *     runtime_world_open(&w, "127.0.0.1:9001");
 *     runtime_world_event(&w, RUNTIME_WORLD_EVENT);
 *     fake_transport_answer(&w.api, 202, "");
 *     runtime_world_end(&w);
 *     runtime_world_run(&w);
 *     w.api.requests[1] ...
 *     runtime_world_close(&w);
 */
#ifndef BOUNCER_RUNTIME_WORLD_H
#define BOUNCER_RUNTIME_WORLD_H

#include "captured_log.h"
#include "fake_clock.h"
#include "fake_transport.h"
#include "platform/runtime.h"

#define RUNTIME_WORLD_EVENT                                                    \
    "{\"version\":\"2.0\",\"rawPath\":\"/hello\",\"requestContext\":{"         \
    "\"http\":{\"method\":\"GET\"}}}"
#define RUNTIME_WORLD_BASE "http://127.0.0.1:9001/2018-06-01/runtime"

struct runtime_world {
    struct fake_clock clock;
    struct captured_log log;
    struct fake_transport api;
    struct runtime runtime;
    struct runtime_invocation seen;
    char path[64];
    int handled;
    int finished;
    int64_t handling_ms;  /* how long the handler takes */
    int64_t answering_us; /* from the event to its answer, seen in finish() */
    size_t posted_before_finish;
    size_t answer_bytes;
    struct error err;
};

/* ADDRESS is the value of AWS_LAMBDA_RUNTIME_API. */
void runtime_world_open(struct runtime_world *w, const char *address);

/* Run the loop to its end. */
void runtime_world_run(struct runtime_world *w);

void runtime_world_close(struct runtime_world *w);

/* Script the next event; its step is returned to be refined. */
struct fake_step *runtime_world_event(struct runtime_world *w,
                                      const char *event);

/* Script the API's 500, which ends the loop. */
void runtime_world_end(struct runtime_world *w);

#endif
