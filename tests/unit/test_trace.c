/*
 * Request headers go in, the lines for the database API come out; our own ids
 * are random, so that their form is checked and that no two are the same.
 */
#include "platform/trace.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "count.h"

#define ID "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00-" ID "-00f067aa0ba902b7-01"

static struct trace read_trace(const char *parent, const char *state)
{
    struct message_request request = {0};
    struct trace trace;

    if (parent)
        message_add_header(&request, slice_of("Traceparent"), slice_of(parent));
    if (state)
        message_add_header(&request, slice_of("tracestate"), slice_of(state));
    trace_read(&trace, &request);
    return trace;
}

/* Whether TRACE is a valid one, and not of the request. */
static bool is_our_own(const struct trace *trace)
{
    static const char form[] = "traceparent: 00-";

    return strncmp(trace->parent, form, strlen(form)) == 0 &&
           strlen(trace->parent) == strlen("traceparent: " PARENT) &&
           strlen(trace->id) == TRACE_ID_LEN &&
           strspn(trace->id, "0123456789abcdef") == TRACE_ID_LEN &&
           strncmp(trace->parent + strlen(form), trace->id, TRACE_ID_LEN) ==
               0 &&
           strcmp(trace->id, ID) != 0;
}

Test(trace, a_valid_context_is_handed_on_as_it_came)
{
    struct trace trace = read_trace(PARENT, "congo=t61rcWkgMzE,rojo=00f0");

    cr_expect_str_eq(trace.parent, "traceparent: " PARENT);
    cr_expect_str_eq(trace.state, "tracestate: congo=t61rcWkgMzE,rojo=00f0");
    cr_expect_str_eq(trace.id, ID);
}

Test(trace, the_version_may_be_a_later_one)
{
    struct trace trace = read_trace("cc-" ID "-00f067aa0ba902b7-01", NULL);

    cr_expect_str_eq(trace.parent,
                     "traceparent: cc-" ID "-00f067aa0ba902b7-01");
    cr_expect_str_eq(trace.state, "");
}

Test(trace, without_a_context_a_new_one_begins_each_time)
{
    struct trace first = read_trace(NULL, NULL);
    struct trace second = read_trace(NULL, NULL);

    cr_expect(is_our_own(&first), "%s", first.parent);
    cr_expect(is_our_own(&second), "%s", second.parent);
    cr_expect_str_neq(first.id, second.id);
    cr_expect_str_eq(first.state, "");
}

static const char *const invalid[] = {
    "",
    "00",
    "00-" ID "-00f067aa0ba902b7",
    "00-" ID "-00f067aa0ba902b7-1",
    PARENT "-extra",
    PARENT "0",
    "ff-" ID "-00f067aa0ba902b7-01",
    "0g-" ID "-00f067aa0ba902b7-01",
    "00_" ID "_00f067aa0ba902b7_01",
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-" ID "-0000000000000000-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "00-" ID "-00f067aa0ba902b7-0\n",
    "00-" ID "-00f067aa0ba902b7-0G",
};

Test(trace, an_invalid_parent_is_replaced_and_its_state_dropped)
{
    for (size_t i = 0; i < COUNT(invalid); i++) {
        struct trace trace = read_trace(invalid[i], "congo=t61rcWkgMzE");

        cr_expect(is_our_own(&trace), "%s: %s", invalid[i], trace.parent);
        cr_expect_str_eq(trace.state, "", "%s", invalid[i]);
    }
}

Test(trace, a_state_that_could_end_its_line_is_dropped)
{
    static const char *const states[] = {"a=b\r\nx: y", "a=\x01", "a=\x7f",
                                         "a=\xc3\xbc",  "a=\tb",  ""};

    for (size_t i = 0; i < COUNT(states); i++) {
        struct trace trace = read_trace(PARENT, states[i]);

        cr_expect_str_eq(trace.state, "", "state %zu", i);
        cr_expect_str_eq(trace.parent, "traceparent: " PARENT);
    }
}

Test(trace, a_state_of_512_characters_is_handed_on_and_a_longer_one_is_not)
{
    char state[TRACE_STATE_MAX + 2];
    struct trace trace;

    memset(state, 'x', sizeof(state));
    state[TRACE_STATE_MAX] = '\0';
    trace = read_trace(PARENT, state);
    cr_expect_eq(strlen(trace.state), strlen("tracestate: ") + TRACE_STATE_MAX);
    state[TRACE_STATE_MAX] = 'x';
    state[TRACE_STATE_MAX + 1] = '\0';
    trace = read_trace(PARENT, state);
    cr_expect_str_eq(trace.state, "");
}
