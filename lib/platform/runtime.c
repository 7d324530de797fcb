/*
 * One step of the loop is one GET without a time limit and one POST with one.
 * The event's text, the answer and its JSON each have a buffer that lives as
 * long as the loop; the request borrows from the event's.
 */
#include "platform/runtime.h"

#include <stdio.h>
#include <string.h>

#include "base/url.h"

#define API_VERSION "/2018-06-01/runtime"
#define URL_MAX_BYTES 1024

/* 6 MB each way (AWS Lambda quotas); ours are a few hundred bytes. */
#define RESPONSE_MAX_BYTES (1024UL * 1024)
#define ANSWER_MAX_BYTES (2UL * 1024 * 1024)

/*
 * The header fields that come with an event: a large client context must not
 * crowd out the request id.  libcurl itself accepts 300 KB.
 */
#define EVENT_HEADERS_MAX_BYTES (320UL * 1024)

/* Posting crosses no network: an API silent for this long is dead. */
#define POST_TIMEOUT_MS 10000

/* How often in a row asking for an event may fail, and the wait in between. */
#define NEXT_FAILURES_MAX 3
#define NEXT_FAILURE_WAIT_MS 50

/* A smaller number is not milliseconds since 1970 (it would be before 2001). */
#define SMALLEST_EPOCH_MS 1000000000000LL

/* A deadline more than a year away is ignored. */
#define LONGEST_LIMIT_MS (366LL * 24 * 3600 * 1000)

static bool write_base(struct runtime *runtime, const char *api)
{
    const char *scheme = strstr(api, "://");
    size_t len;

    if (scheme)
        api = scheme + strlen("://");
    if (!url_is_authority((struct slice){api, strcspn(api, "/")}))
        return false;
    len = strlen(api);
    while (api[len - 1] == '/')
        len--;
    if (!buffer_append_text(&runtime->url, "http://") ||
        !buffer_append(&runtime->url, api, len) ||
        !buffer_append_text(&runtime->url, API_VERSION))
        return false;
    runtime->base_len = runtime->url.len;
    return true;
}

bool runtime_init(struct runtime *runtime,
                  const struct runtime_options *options, struct error *err)
{
    /* Not the large tables, which every event fills anew. */
    runtime->transport = options->transport;
    runtime->clock = options->clock;
    runtime->log = options->log;
    buffer_init(&runtime->url, URL_MAX_BYTES);
    buffer_init(&runtime->body, ANSWER_MAX_BYTES);
    event_init(&runtime->event);
    message_response_init(&runtime->response, RESPONSE_MAX_BYTES);
    transport_response_init(&runtime->received, EVENT_MAX_BYTES);
    runtime->received.headers.max_bytes = EVENT_HEADERS_MAX_BYTES;
    transport_response_init(&runtime->posted, ANSWER_MAX_BYTES);
    if (write_base(runtime, options->api))
        return true;
    error_set(err, "AWS_LAMBDA_RUNTIME_API is no address such as "
                   "127.0.0.1:9001; the platform sets it");
    runtime_release(runtime);
    return false;
}

void runtime_release(struct runtime *runtime)
{
    buffer_release(&runtime->url);
    buffer_release(&runtime->body);
    event_release(&runtime->event);
    message_response_release(&runtime->response);
    transport_response_release(&runtime->received);
    transport_response_release(&runtime->posted);
}

/* ---- posting ---- */

/* Set the URL to <base>PATH, or <base>/invocation/<id>PATH with an id. */
static bool write_url(struct runtime *runtime, const char *id, const char *path)
{
    runtime->url.len = runtime->base_len;
    if (id)
        return buffer_append_format(&runtime->url, "/invocation/%s%s", id,
                                    path);
    return buffer_append_text(&runtime->url, path);
}

/* POST runtime->body.  Returns the status; 0 if there was no answer. */
static int post(struct runtime *runtime, const char *id, const char *path,
                const char *error_type_line, struct error *err)
{
    const char *headers[] = {"Content-Type: application/json", error_type_line};
    struct transport_request request = {
        .method = "POST",
        .headers = headers,
        .header_count = error_type_line ? 2 : 1,
        .body = buffer_slice(&runtime->body),
        .timeout_ms = POST_TIMEOUT_MS,
    };

    if (!write_url(runtime, id, path)) {
        error_set(err, "the URL is too long");
        return 0;
    }
    request.url = runtime->url.data;
    if (transport_exchange(runtime->transport, &request, &runtime->posted,
                           err) != TRANSPORT_ANSWERED)
        return 0;
    error_set(err, "status %d", runtime->posted.status);
    return runtime->posted.status;
}

static int post_error(struct runtime *runtime, const char *id, const char *path,
                      const char *type, const char *message, struct error *err)
{
    char line[160];
    struct json_writer body;

    (void)snprintf(line, sizeof(line), "Lambda-Runtime-Function-Error-Type: %s",
                   type);
    buffer_clear(&runtime->body);
    body = json_write_object_into(&runtime->body);
    json_write_string(&body, "errorMessage", message);
    json_write_string(&body, "errorType", type);
    json_write_array(&body, "stackTrace");
    if (!json_write_finish(&body))
        buffer_clear(&runtime->body);
    return post(runtime, id, path, line, err);
}

void runtime_init_error(struct runtime *runtime, const char *type,
                        const char *message)
{
    struct error err = {0};

    if (post_error(runtime, NULL, "/init/error", type, message, &err) / 100 !=
        2)
        log_event(runtime->log, "error", "init_error_not_reported", err.text);
}

/* ---- one invocation ---- */

static void copy_text(char *to, size_t size, struct slice from)
{
    size_t len = from.len < size - 1 ? from.len : size - 1;

    if (len)
        memcpy(to, from.at, len);
    to[len] = '\0';
}

/* Convert the platform's wall-clock deadline to our clock, if it is one. */
static int64_t read_deadline(const struct runtime *runtime, struct slice text)
{
    long long epoch_ms;
    int64_t left_ms;

    if (!slice_to_int(text, &epoch_ms) || epoch_ms < SMALLEST_EPOCH_MS)
        return RUNTIME_NO_DEADLINE;
    left_ms = epoch_ms - clock_epoch_ms(runtime->clock);
    if (left_ms > LONGEST_LIMIT_MS)
        return RUNTIME_NO_DEADLINE;
    return clock_boottime_ms(runtime->clock) + left_ms;
}

static void read_invocation(struct runtime *runtime)
{
    const struct transport_response *received = &runtime->received;
    struct runtime_invocation *invocation = &runtime->invocation;

    invocation->received_us = clock_boottime_us(runtime->clock);
    copy_text(
        invocation->request_id, sizeof(invocation->request_id),
        transport_response_header(received, "Lambda-Runtime-Aws-Request-Id"));
    copy_text(invocation->trace_id, sizeof(invocation->trace_id),
              transport_response_header(received, "Lambda-Runtime-Trace-Id"));
    invocation->deadline_ms = read_deadline(
        runtime,
        transport_response_header(received, "Lambda-Runtime-Deadline-Ms"));
}

/* Post the answer.  False if the API says that the instance must end. */
static bool post_response(struct runtime *runtime, struct error *err)
{
    const char *id = runtime->invocation.request_id;
    int status;

    bool written;

    buffer_clear(&runtime->body);
    written = event_write(&runtime->event, &runtime->response, &runtime->body);
    runtime->invocation.answered_us = clock_boottime_us(runtime->clock);
    if (written)
        status = post(runtime, id, "/response", NULL, err);
    else
        status = 413;
    if (status == 413)
        status =
            post_error(runtime, id, "/error", "Function.ResponseTooLarge",
                       "the answer is larger than the platform takes", err);
    if (status == 500)
        return false;
    if (status / 100 != 2)
        log_event(runtime->log, "error", "response_not_posted", err->text);
    return true;
}

/* Report that there was nothing to answer.  False: the instance must end. */
static bool post_unreadable(struct runtime *runtime, const char *event,
                            const char *type, struct error *err)
{
    log_event(runtime->log, "error", event, err->text);
    return post_error(runtime, runtime->invocation.request_id, "/error", type,
                      err->text, err) != 500;
}

/* Between requests keep only the memory that a usual request needs. */
static void clear(struct runtime *runtime)
{
    event_clear(&runtime->event);
    message_response_clear(&runtime->response);
    buffer_clear(&runtime->body);
}

static bool answer_ping(struct runtime *runtime, struct error *err)
{
    log_event(runtime->log, "info", "ping",
              "the event is no request and asks for nothing");
    runtime->response.status = 200;
    return post_response(runtime, err);
}

static bool answer_request(struct runtime *runtime,
                           const struct runtime_handler *handler,
                           struct error *err)
{
    bool go_on;

    runtime->invocation.dialect = event_dialect_name(&runtime->event);
    handler->handle(handler->state, &runtime->invocation, &runtime->request,
                    &runtime->response);
    go_on = post_response(runtime, err);
    handler->finish(handler->state);
    return go_on;
}

static bool serve(struct runtime *runtime,
                  const struct runtime_handler *handler, struct error *err)
{
    bool go_on = false;

    read_invocation(runtime);
    switch (event_read(&runtime->event, &runtime->received.body,
                       &runtime->request, err)) {
    case EVENT_UNREADABLE:
        go_on = post_unreadable(runtime, "unreadable_event",
                                "Runtime.UnreadableEvent", err);
        break;
    case EVENT_REQUEST:
        go_on = answer_request(runtime, handler, err);
        break;
    case EVENT_PING:
        go_on = answer_ping(runtime, err);
        break;
    }
    clear(runtime);
    return go_on;
}

/* The event was cut off, but its id is known: it came in the headers. */
static bool refuse_large(struct runtime *runtime, struct error *err)
{
    bool go_on;

    read_invocation(runtime);
    error_set(err, "the event is larger than any platform's: %lu bytes",
              EVENT_MAX_BYTES);
    go_on = post_unreadable(runtime, "event_too_large", "Runtime.EventTooLarge",
                            err);
    clear(runtime);
    return go_on;
}

/* ---- the loop ---- */

enum next {
    NEXT_FAILED = 0,
    NEXT_EVENT,
    NEXT_TOO_LARGE,
    NEXT_NOTHING_YET,
    NEXT_END,
};

/* Ask for an event, without a time limit: the instance is frozen meanwhile. */
static enum next ask_next(struct runtime *runtime, struct error *err)
{
    struct transport_request request = {.method = "GET"};

    if (!write_url(runtime, NULL, "/invocation/next"))
        return NEXT_END;
    request.url = runtime->url.data;
    if (transport_exchange(runtime->transport, &request, &runtime->received,
                           err) != TRANSPORT_ANSWERED)
        return runtime->received.too_large ? NEXT_TOO_LARGE : NEXT_FAILED;
    if (runtime->received.status == 200)
        return NEXT_EVENT;
    if (runtime->received.status == 204)
        return NEXT_NOTHING_YET;
    error_set(err, "the next event: status %d", runtime->received.status);
    return NEXT_END;
}

void runtime_run(struct runtime *runtime, const struct runtime_handler *handler,
                 struct error *err)
{
    int failures = 0;
    bool go_on = true;

    while (go_on) {
        enum next next = ask_next(runtime, err);

        switch (next) {
        case NEXT_EVENT:
            failures = 0;
            go_on = serve(runtime, handler, err);
            break;
        case NEXT_TOO_LARGE:
            failures = 0;
            go_on = refuse_large(runtime, err);
            break;
        case NEXT_NOTHING_YET:
            failures = 0;
            break;
        case NEXT_FAILED:
            go_on = ++failures < NEXT_FAILURES_MAX;
            if (go_on)
                clock_sleep_ms(runtime->clock, NEXT_FAILURE_WAIT_MS);
            break;
        case NEXT_END:
            go_on = false;
            break;
        }
    }
}
