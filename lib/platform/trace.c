/*
 * Checks the client's traceparent against a form, character by character, since
 * it is copied into header lines and into the log.
 */
#include "platform/trace.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"

/* Hexadecimal digits of a parent-id. */
#define SPAN_ID_LEN 16

/* Version 00, or a later one of the same form; no id is all zeros. */
static bool is_valid(struct slice parent)
{
    static const char form[] =
        "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";

    if (parent.len != TRACE_PARENT_LEN || memcmp(parent.at, "ff", 2) == 0)
        return false;
    for (size_t i = 0; i < parent.len; i++) {
        char c = parent.at[i];
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');

        if (form[i] == 'h' ? !hex : c != '-')
            return false;
    }
    return strspn(parent.at + 3, "0") < 32 && strspn(parent.at + 36, "0") < 16;
}

static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < 0x20 || text.at[i] > 0x7e)
            return false;
    }
    return true;
}

static void begin(struct trace *trace)
{
    char ids[TRACE_ID_LEN + SPAN_ID_LEN + 1];

    trace->parent[0] = '\0';
    trace->id[0] = '\0';
    if (!random_hex(ids, (sizeof(ids) - 1) / 2))
        return;
    memcpy(trace->id, ids, TRACE_ID_LEN);
    trace->id[TRACE_ID_LEN] = '\0';
    (void)snprintf(trace->parent, sizeof(trace->parent),
                   "traceparent: 00-%s-%s-00", trace->id, ids + TRACE_ID_LEN);
}

void trace_read(struct trace *trace, const struct message_request *request)
{
    struct slice parent = message_header(request, "traceparent");
    struct slice state = message_header(request, "tracestate");

    trace->state[0] = '\0';
    if (!is_valid(parent)) {
        begin(trace);
        return;
    }
    (void)snprintf(trace->parent, sizeof(trace->parent), "traceparent: %.*s",
                   TRACE_PARENT_LEN, parent.at);
    memcpy(trace->id, parent.at + 3, TRACE_ID_LEN);
    trace->id[TRACE_ID_LEN] = '\0';
    if (state.len && state.len <= TRACE_STATE_MAX && is_printable(state))
        (void)snprintf(trace->state, sizeof(trace->state), "tracestate: %.*s",
                       (int)state.len, state.at);
}
