/*
 * invoke: the Lambda Runtime API of one function that launch.h has started:
 * hand it an event, take its answer, and wait until it asks for the next.
 *
 *     struct invoked invoked;
 *
 *     if (invoke(&launched, &event, &invoked, &err))
 *         invoked.status, invoked.answer_ns, ...
 *
 * With many functions at once, use the parts: invoke_send(), invoke_answer(),
 * invoke_next().
 */
#ifndef BOUNCER_BENCH_INVOKE_H
#define BOUNCER_BENCH_INVOKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "launch.h"

/* An API Gateway event (payload 2.0), behind the head of its HTTP answer. */
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
 * Write the event of POST /api/purchase or /api/username, its body padded with
 * blanks to BODY_BYTES.  False if memory runs out.  Free it by event_free().
 */
bool event_make(struct event_text *event, enum wish wish, long number,
                size_t body_bytes);
void event_free(struct event_text *event);

struct invoked {
    int status;        /* of the function's answer */
    int64_t answer_ns; /* from sending the event to having read the answer */
    int64_t next_ns;   /* from sending the event to GET /next */
};

/* Send EVENT.  False if the function is gone. */
bool invoke_send(int connection, const struct event_text *event);

/* Read the function's answer and confirm it (202); its status, -1: none. */
int invoke_answer(int connection, struct error *err);

/* Wait until the function asks again. */
bool invoke_next(int connection, struct error *err);

bool invoke(const struct launched *launched, const struct event_text *event,
            struct invoked *invoked, struct error *err);

#endif
