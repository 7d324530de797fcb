/*
 * Steps are taken in the order of requests, which are copied before they are
 * answered.  The token of the last SET of a lock is remembered, since an answer
 * of the store has to repeat it ($TOKEN).
 */
#include "fake_transport.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Remember the third word of ["SET","lock:x","<token>",...]. */
static void remember_token(struct fake_transport *fake, const char *body)
{
    const char *set = body ? strstr(body, "\"SET\",\"lock:") : NULL;
    const char *token = set ? strstr(set + 7, "\",\"") : NULL;
    size_t len;

    if (!token)
        return;
    token += 3;
    len = strcspn(token, "\"");
    (void)snprintf(fake->token, sizeof(fake->token), "%.*s", (int)len, token);
}

static void record(struct fake_transport *fake,
                   const struct transport_request *request)
{
    struct fake_request *copy = &fake->requests[fake->request_count++];
    size_t used = 0;

    (void)snprintf(copy->method, sizeof(copy->method), "%s", request->method);
    (void)snprintf(copy->url, sizeof(copy->url), "%s", request->url);
    for (size_t i = 0; i < request->header_count; i++)
        used +=
            (size_t)snprintf(copy->headers + used, sizeof(copy->headers) - used,
                             "%s\n", request->headers[i]);
    copy->body =
        request->body.at ? strndup(request->body.at, request->body.len) : NULL;
    copy->timeout_ms = request->timeout_ms;
    remember_token(fake, copy->body);
}

static void append_answer(const struct fake_transport *fake, const char *text,
                          struct buffer *out)
{
    const char *mark;

    while ((mark = strstr(text, "$TOKEN")) != NULL) {
        cr_assert(buffer_append(out, text, (size_t)(mark - text)));
        cr_assert(buffer_append_text(out, fake->token));
        text = mark + strlen("$TOKEN");
    }
    cr_assert(buffer_append_text(out, text));
}

static enum transport_result exchange(void *state,
                                      const struct transport_request *request,
                                      struct transport_response *response,
                                      struct error *err)
{
    struct fake_transport *fake = state;
    const struct fake_step *step = &fake->steps[fake->request_count];

    cr_assert(fake->request_count < fake->step_count,
              "request %zu is not in the script: %s %s", fake->request_count,
              request->method, request->url);
    record(fake, request);
    fake_clock_advance(fake->clock, step->takes_ms);
    response->sends = step->sends;
    if (step->result != TRANSPORT_ANSWERED && !step->too_large) {
        error_set(err, "scripted failure");
        return step->result;
    }
    response->status = step->status;
    response->too_large = step->too_large;
    if (step->headers)
        cr_assert(buffer_append_text(&response->headers, step->headers));
    if (step->too_large)
        return step->result;
    append_answer(fake, step->body, &response->body);
    return TRANSPORT_ANSWERED;
}

void fake_transport_init(struct fake_transport *fake, struct fake_clock *clock)
{
    *fake = (struct fake_transport){
        .transport = {.exchange = exchange, .state = fake},
        .clock = clock,
    };
}

void fake_transport_release(struct fake_transport *fake)
{
    for (size_t i = 0; i < fake->step_count; i++) {
        free(fake->steps[i].headers);
        free(fake->steps[i].body);
    }
    for (size_t i = 0; i < fake->request_count; i++)
        free(fake->requests[i].body);
}

static struct fake_step *add_step(struct fake_transport *fake)
{
    cr_assert(fake->step_count < FAKE_TRANSPORT_STEPS_MAX);
    return &fake->steps[fake->step_count++];
}

struct fake_step *fake_transport_answer(struct fake_transport *fake, int status,
                                        const char *body)
{
    struct fake_step *step = add_step(fake);

    *step = (struct fake_step){
        .result = TRANSPORT_ANSWERED,
        .status = status,
        .sends = 1,
        .body = strdup(body),
    };
    return step;
}

struct fake_step *fake_transport_fail(struct fake_transport *fake,
                                      enum transport_result result)
{
    struct fake_step *step = add_step(fake);

    *step = (struct fake_step){.result = result, .sends = 1};
    return step;
}

struct fake_step *fake_transport_script(struct fake_transport *fake,
                                        enum transport_result result,
                                        int status, const char *body)
{
    return result == TRANSPORT_ANSWERED
               ? fake_transport_answer(fake, status, body)
               : fake_transport_fail(fake, result);
}

bool fake_transport_is_done(const struct fake_transport *fake)
{
    return fake->request_count == fake->step_count;
}
