/*
 * trace: the trace context of a request, for the calls that it causes (W3C
 * Recommendation "Trace Context", headers traceparent and tracestate).
 *
 * A valid traceparent is passed on unchanged.  Without one a new trace begins,
 * so that our log line and the database's can be matched.
 */
#ifndef BOUNCER_TRACE_H
#define BOUNCER_TRACE_H

#include "platform/message.h"

/* "00-" 32 digits "-" 16 digits "-" 2 digits */
#define TRACE_PARENT_LEN 55
#define TRACE_ID_LEN 32

/* W3C Trace Context section 3.3.1.5: pass on at least this much. */
#define TRACE_STATE_MAX 512

struct trace {
    /* Header lines, ready to send; "" if there is none. */
    char parent[sizeof("traceparent: ") + TRACE_PARENT_LEN];
    char state[sizeof("tracestate: ") + TRACE_STATE_MAX];
    char id[TRACE_ID_LEN + 1];
};

/*
 * Take the context from REQUEST, or begin one.  A new one is empty if the
 * kernel gives no random bytes: tracing never costs a request.
 */
void trace_read(struct trace *trace, const struct message_request *request);

#endif
