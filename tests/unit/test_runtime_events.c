/* Events that are no usual request: pings, and what is too large. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "runtime_world.h"

Test(runtime_events,
     a_ping_is_a_success_without_the_handler_and_without_an_error)
{
    runtime_world_open("127.0.0.1:9001");
    runtime_world_event("{\"source\":\"serverless-plugin-warmup\"}");
    fake_transport_answer(&rw.api, 202, "");
    runtime_world_event(RUNTIME_WORLD_EVENT);
    fake_transport_answer(&rw.api, 202, "");
    runtime_world_play();
    cr_expect_str_eq(rw.api.requests[1].url,
                     RUNTIME_WORLD_BASE "/invocation/id-1/response");
    cr_expect_str_eq(rw.api.requests[1].body,
                     "{\"statusCode\":200,\"body\":\"\"}");
    cr_expect(
        captured_log_has(&rw.log, "\"level\":\"info\",\"event\":\"ping\""));
    cr_expect(!captured_log_has(&rw.log, "\"level\":\"error\""));
    cr_expect_eq(rw.handled, 1);
    cr_expect_eq(rw.finished, 1);
    runtime_world_close();
}

/* More often in a row than the API may fail. */
Test(runtime_events, events_that_are_too_large_are_reported_under_their_ids)
{
    runtime_world_open("127.0.0.1:9001");
    for (int i = 0; i < 4; i++) {
        struct fake_step *step = runtime_world_event("");

        step->result = TRANSPORT_UNKNOWN;
        step->too_large = true;
        fake_transport_answer(&rw.api, 202, "");
    }
    runtime_world_event(RUNTIME_WORLD_EVENT);
    fake_transport_answer(&rw.api, 202, "");
    runtime_world_play();
    cr_expect_eq(rw.handled, 1);
    cr_expect_str_eq(rw.api.requests[1].url,
                     RUNTIME_WORLD_BASE "/invocation/id-1/error");
    cr_expect(strstr(rw.api.requests[1].headers,
                     "Lambda-Runtime-Function-Error-Type: "
                     "Runtime.EventTooLarge\n"));
    cr_expect(strstr(rw.api.requests[1].body, "larger than any platform's"));
    cr_expect(captured_log_has(&rw.log, "\"event_too_large\""));
    runtime_world_close();
}

/* A client's context is in the headers too, before or behind the id. */
Test(runtime_events, an_event_with_large_headers_is_served)
{
    static char headers[64 * 1024];

    while (strlen(headers) < 50UL * 1024)
        strcat(headers, "X-Filler: 0123456789012345678901234567890123456789\n");
    strcat(headers, "Lambda-Runtime-Aws-Request-Id: id-1\n");
    runtime_world_open("127.0.0.1:9001");
    fake_transport_answer(&rw.api, 200, RUNTIME_WORLD_EVENT)->headers =
        strdup(headers);
    fake_transport_answer(&rw.api, 202, "");
    runtime_world_play();
    cr_expect_eq(rw.handled, 1);
    cr_expect_str_eq(rw.seen.request_id, "id-1");
    runtime_world_close();
}

/* The largest buffer that the runtime has. */
static size_t largest(const struct runtime *runtime)
{
    const struct buffer *const buffers[] = {
        &runtime->body,
        &runtime->event.body,
        &runtime->event.query,
        &runtime->event.cookie,
        &runtime->event.inner_text,
        &runtime->response.body,
        &runtime->received.body,
        &runtime->received.headers,
        &runtime->posted.body,
        &runtime->posted.headers,
    };
    size_t most = 0;

    for (size_t i = 0; i < COUNT(buffers); i++)
        most = buffers[i]->capacity > most ? buffers[i]->capacity : most;
    return most;
}

/* Events around a text of LARGE bytes, for each of the buffers. */
static const struct {
    const char *before, *behind;
} large_events[] = {
    {"{\"httpMethod\":\"POST\",\"path\":\"/\",\"isBase64Encoded\":true,"
     "\"body\":\"",
     "\"}"},
    {"{\"httpMethod\":\"POST\",\"path\":\"/"
     "\",\"queryStringParameters\":{\"a\":\"",
     "\"}}"},
    {"{\"rawPath\":\"/\",\"requestContext\":{\"http\":{\"method\":\"GET\"}},"
     "\"cookies\":[\"",
     "\"]}"},
    {"{\"Action\":\"Invoke\",\"body\":\"{\\\"method\\\":\\\"POST\\\","
     "\\\"path\\\":\\\"/\\\",\\\"body\\\":\\\"",
     "\\\"}\"}"},
    {"{\"Records\":\"", "\"}"},
    {"{\"ping\":\"", "\"}"},
};

#define LARGE (1UL << 20)

Test(runtime_events, a_large_event_leaves_no_memory_behind)
{
    char *filler = calloc(1, LARGE + 1);
    struct buffer event;

    cr_assert(filler);
    memset(filler, 'e', LARGE);
    buffer_init(&event, LARGE + 1024);
    for (size_t i = 0; i < COUNT(large_events); i++) {
        buffer_clear(&event);
        cr_assert(buffer_append_format(&event, "%s%s%s", large_events[i].before,
                                       filler, large_events[i].behind));
        runtime_world_open("127.0.0.1:9001");
        rw.answer_bytes = 256UL * 1024;
        runtime_world_event(event.data);
        fake_transport_answer(&rw.api, 202, "");
        runtime_world_play();
        cr_expect_leq(largest(&rw.runtime), (size_t)BUFFER_KEPT_MAX_BYTES,
                      "%zu", i);
        cr_expect_null(rw.runtime.event.document.root);
        runtime_world_close();
    }
    free(filler);
    buffer_release(&event);
}
