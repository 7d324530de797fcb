/*
 * runtime_world: the Runtime API's loop against a scripted API, with a handler
 * that records its calls.
 *
 *     runtime_world_open("127.0.0.1:9001");
 *     runtime_world_event(RUNTIME_WORLD_EVENT);
 *     fake_transport_answer(&rw.api, 202, "");
 *     runtime_world_play();
 *     rw.api.requests[1] ...
 *     runtime_world_close();
 *
 * There is one, rw: each test runs in a process of its own.
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

extern struct runtime_world rw;

/* ADDRESS is the value of AWS_LAMBDA_RUNTIME_API. */
void runtime_world_open(const char *address);

/* Run the loop to its end. */
void runtime_world_run(void);

/* Let the script end with the API's 500, which ends the loop, and run it. */
void runtime_world_play(void);

void runtime_world_close(void);

/* Script the next event; its step is returned to be refined. */
struct fake_step *runtime_world_event(const char *event);

#endif
