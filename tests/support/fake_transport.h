/*
 * fake_transport: a transport that answers from a script.
 *
 *     struct fake_transport fake;
 *
 *     fake_transport_init(&fake, &clock);
 *     fake_transport_answer(&fake, 200, "{\"result\":\"OK\"}");
 *     fake_transport_fail(&fake, TRANSPORT_UNKNOWN);
 *     ... &fake.transport ...
 *     fake.requests[0].body
 *
 * Answers come in the order of the script; a request past its end fails the
 * test.  $TOKEN in an answer stands for the value of the last SET of a lock
 * that was sent, so a scripted store can say whose lock it is.
 */
#ifndef BOUNCER_FAKE_TRANSPORT_H
#define BOUNCER_FAKE_TRANSPORT_H

#include "fake_clock.h"
#include "wire/transport.h"

#define FAKE_TRANSPORT_STEPS_MAX 32

/* One request as it was sent. */
struct fake_request {
    char method[16];
    char url[512];
    char headers[2048]; /* lines, each ended by '\n' */
    char *body;
    int64_t timeout_ms;
};

struct fake_step {
    enum transport_result result;
    int status;
    int sends;
    bool too_large; /* with TRANSPORT_UNKNOWN; as in transport.h */
    char *headers;
    char *body;
    int64_t takes_ms; /* how far the clock moves on */
};

struct fake_transport {
    struct transport transport; /* hand out a pointer to this */
    struct fake_clock *clock;
    struct fake_step steps[FAKE_TRANSPORT_STEPS_MAX];
    size_t step_count;
    struct fake_request requests[FAKE_TRANSPORT_STEPS_MAX];
    size_t request_count;
    char token[128];
};

void fake_transport_init(struct fake_transport *fake, struct fake_clock *clock);
void fake_transport_release(struct fake_transport *fake);

/* Script the next answer.  The caller may refine the returned step. */
struct fake_step *fake_transport_answer(struct fake_transport *fake, int status,
                                        const char *body);

/* Script a request that gets no answer. */
struct fake_step *fake_transport_fail(struct fake_transport *fake,
                                      enum transport_result result);

/* Script an answer of STATUS, or the failure RESULT. */
struct fake_step *fake_transport_script(struct fake_transport *fake,
                                        enum transport_result result,
                                        int status, const char *body);

/* Whether every step of the script was used. */
bool fake_transport_is_done(const struct fake_transport *fake);

#endif
