/*
 * invoke: the Lambda Runtime API of one function that launch.h has started:
 * hand it an event, take its answer, and wait until it asks for the next.
 *
 *     struct invoked invoked;
 *
 *     if (invoke(&launched, &event, &invoked, &err))
 *         invoked.status, invoked.answer_ns, ...
 *
 * For many functions at once there are the two halves.
 */
#ifndef BOUNCER_BENCH_INVOKE_H
#define BOUNCER_BENCH_INVOKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "launch.h"

/* An API Gateway event (payload 2.0), with the head that brings it. */
struct event_text {
    char *bytes;
    size_t len;
};

/* What is asked of the function. */
enum wish {
    WISH_PURCHASE, /* of product NUMBER */
    WISH_USERNAME, /* for name NUMBER */
};

/*
 * Write the event of POST /api/purchase or /api/username, its body filled up
 * with blanks to BODY_BYTES.  False without memory; event_free() after it.
 */
bool event_make(struct event_text *event, enum wish wish, long number,
                size_t body_bytes);
void event_free(struct event_text *event);

struct invoked {
    int status;        /* that the function answers with */
    int64_t answer_ns; /* from sending the event to having read the answer */
    int64_t next_ns;   /* from sending the event to GET /next */
};

/* Send EVENT.  False where the function is gone. */
bool invoke_send(int connection, const struct event_text *event);

/* Read the function's answer and take it (202); its status, -1 on failure. */
int invoke_answer(int connection, struct error *err);

/* Wait until the function asks again. */
bool invoke_next(int connection, struct error *err);

bool invoke(const struct launched *launched, const struct event_text *event,
            struct invoked *invoked, struct error *err);

#endif
