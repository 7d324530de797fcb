/*
 * The body is the event and goes on as it is; the outcome is put in the words
 * of Lambda's API.
 */
#include "platform/invoke.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "http/reply.h"
#include "platform/instance_env.h"
#include "platform/pool.h"
#include "platform/runtime_api.h"

#define PATH_HEAD "/2015-03-31/functions/"
#define PATH_TAIL "/invocations"
#define TRACE_HEADER "X-Amzn-Trace-Id"

/* Of an event that is waited for, and of one that is not. */
#define EVENT_MAX 6291456
#define ASYNC_EVENT_MAX 1048576

#define ERROR_MAX 1024

static const char json_type_name[] = "application/json";

/* A caller's event while the function works on it. */
struct call {
    struct invocation invocation;
    struct evhttp_request *request; /* NULL: nobody waits */
    int timeout_s;
};

static void set_header(struct evhttp_request *request, const char *name,
                       const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

/* ---- rejections ---- */

/* Answer by {"A_NAME": A, "B_NAME": B}. */
static void reply_pair(struct evhttp_request *request, int status,
                       const char *const names[2], const char *a, const char *b)
{
    struct json_document doc;
    struct json *object = json_new_object(&doc);
    struct buffer text;

    json_add_string(&doc, object, names[0], a);
    json_add_string(&doc, object, names[1], b);
    buffer_init(&text, ERROR_MAX);
    if (!json_print(&doc, &text))
        buffer_clear(&text);
    reply_body(request, status, json_type_name, buffer_slice(&text));
    buffer_release(&text);
    json_release(&doc);
}

static void reject(struct evhttp_request *request, int status, const char *type,
                   const char *message)
{
    static const char *const names[] = {"Type", "Message"};

    set_header(request, "X-Amzn-ErrorType", type);
    reply_pair(request, status, names, "User", message);
}

static void answer_error(struct evhttp_request *request, const char *type,
                         const char *message)
{
    static const char *const names[] = {"errorType", "errorMessage"};

    set_header(request, "X-Amz-Function-Error", "Unhandled");
    reply_pair(request, 200, names, type, message);
}

/* Whether TEXT, a part of a path, names the function. */
static bool is_function(struct slice text)
{
    static const char *const names[] = {
        INSTANCE_FUNCTION_NAME,
        INSTANCE_ACCOUNT ":function:" INSTANCE_FUNCTION_NAME,
        INSTANCE_ARN,
    };
    static const char latest[] = ":$LATEST";
    size_t tail = sizeof(latest) - 1;

    if (text.len > tail && memcmp(text.at + text.len - tail, latest, tail) == 0)
        text.len -= tail;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_is(text, names[i]))
            return true;
    }
    return false;
}

static bool is_latest(struct evhttp_request *request)
{
    const char *query =
        evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
    struct evkeyvalq parameters = {NULL, NULL};
    const char *qualifier;
    bool latest;

    if (query == NULL || evhttp_parse_query_str(query, &parameters) != 0)
        return true;
    qualifier = evhttp_find_header(&parameters, "Qualifier");
    latest = qualifier == NULL || strcmp(qualifier, "$LATEST") == 0;
    evhttp_clear_headers(&parameters);
    return latest;
}

/* The decoded name in PATH, to be freed; NULL: it is not of this API. */
static char *name_in(const char *path)
{
    size_t head = strlen(PATH_HEAD);
    size_t tail = strlen(PATH_TAIL);
    size_t len = path != NULL ? strlen(path) : 0;
    char *part;
    char *name;

    if (len <= head + tail || strncmp(path, PATH_HEAD, head) != 0 ||
        strcmp(path + len - tail, PATH_TAIL) != 0)
        return NULL;
    part = strndup(path + head, len - head - tail);
    name = part != NULL ? evhttp_uridecode(part, 0, NULL) : NULL;
    free(part);
    return name;
}

/* ---- answers ---- */

static void answer(const struct call *call, enum invocation_outcome outcome,
                   struct slice body)
{
    struct evhttp_request *request = call->request;
    char message[128];

    set_header(request, "X-Amz-Executed-Version", "$LATEST");
    switch (outcome) {
    case INVOCATION_ANSWERED:
        reply_body(request, 200, json_type_name, body);
        break;
    case INVOCATION_FAILED:
        set_header(request, "X-Amz-Function-Error", "Unhandled");
        reply_body(request, 200, json_type_name, body);
        break;
    case INVOCATION_TOO_LARGE:
        answer_error(request, "Function.ResponseSizeTooLarge",
                     RUNTIME_API_TOO_LARGE);
        break;
    case INVOCATION_TIMED_OUT:
        (void)snprintf(message, sizeof(message),
                       "RequestId: %s Error: Task timed out after %d.00 "
                       "seconds",
                       call->invocation.request_id, call->timeout_s);
        answer_error(request, "Sandbox.Timedout", message);
        break;
    case INVOCATION_THROTTLED:
        reject(request, 429, "TooManyRequestsException", "Rate Exceeded.");
        break;
    case INVOCATION_UNKNOWN:
    case INVOCATION_CRASHED:
        (void)snprintf(message, sizeof(message),
                       "RequestId: %s Error: Runtime exited without providing "
                       "a reason",
                       call->invocation.request_id);
        answer_error(request, "Runtime.ExitError", message);
        break;
    }
}

static void on_done(struct invocation *invocation,
                    enum invocation_outcome outcome, struct slice body)
{
    struct call *call = invocation->state;

    if (call->request != NULL) {
        evhttp_connection_set_closecb(
            evhttp_request_get_connection(call->request), NULL, NULL);
        answer(call, outcome, body);
    }
    buffer_release(&invocation->event);
    free(call);
}

static void on_close(struct evhttp_connection *connection, void *state)
{
    struct call *call = state;

    (void)connection;
    call->request = NULL;
}

/* ---- requests ---- */

/* NULL where memory is short, or the kernel gives no random bytes. */
static struct call *new_call(struct evhttp_request *request, struct slice event)
{
    const char *trace = evhttp_find_header(
        evhttp_request_get_input_headers(request), TRACE_HEADER);
    struct call *call = calloc(1, sizeof(*call));

    if (call == NULL)
        return NULL;
    call->request = request;
    call->invocation.done = on_done;
    call->invocation.state = call;
    if (invocation_init(&call->invocation, EVENT_MAX, trace) &&
        buffer_append(&call->invocation.event, event.at, event.len))
        return call;
    buffer_release(&call->invocation.event);
    free(call);
    return NULL;
}

static void submit(struct evhttp_request *request, struct pool *pool,
                   int timeout_s, struct slice event, bool wait)
{
    struct call *call = new_call(request, event);

    if (call == NULL) {
        reject(request, 500, "ServiceException", "out of memory");
        return;
    }
    call->timeout_s = timeout_s;
    set_header(request, "X-Amzn-RequestId", call->invocation.request_id);
    if (wait) {
        evhttp_connection_set_closecb(evhttp_request_get_connection(request),
                                      on_close, call);
    } else {
        call->request = NULL;
        reply_body(request, 202, json_type_name, SLICE_EMPTY);
    }
    pool_submit(pool, &call->invocation);
}

static bool is_json(struct slice event)
{
    const struct json_limits limits = {
        .max_bytes = EVENT_MAX, .max_depth = 1000, .max_values = EVENT_MAX};
    struct json_document doc;
    struct error err;

    if (!json_parse(&doc, event, &limits, &err))
        return false;
    json_release(&doc);
    return true;
}

static void too_large(struct evhttp_request *request, long limit)
{
    char message[128];

    (void)snprintf(message, sizeof(message),
                   "Request must be smaller than %ld bytes for the "
                   "InvokeFunction operation",
                   limit);
    reject(request, 413, "RequestTooLargeException", message);
}

static void take(struct evhttp_request *request, struct pool *pool,
                 int timeout_s)
{
    const char *type = evhttp_find_header(
        evhttp_request_get_input_headers(request), "X-Amz-Invocation-Type");
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    struct slice event = {(char *)evbuffer_pullup(input, -1),
                          evbuffer_get_length(input)};
    bool async = type != NULL && strcmp(type, "Event") == 0;
    bool dry = type != NULL && strcmp(type, "DryRun") == 0;

    if (event.len == 0)
        event = slice_of("{}");
    if (type != NULL && !async && !dry && strcmp(type, "RequestResponse") != 0)
        reject(request, 400, "InvalidParameterValueException",
               "X-Amz-Invocation-Type is RequestResponse, Event or DryRun");
    else if (event.len > EVENT_MAX)
        too_large(request, EVENT_MAX);
    else if (async && event.len > ASYNC_EVENT_MAX)
        too_large(request, ASYNC_EVENT_MAX);
    else if (!is_json(event))
        reject(request, 400, "InvalidRequestContentException",
               "Could not parse request body into json");
    else if (dry)
        reply_body(request, 204, json_type_name, SLICE_EMPTY);
    else
        submit(request, pool, timeout_s, event, !async);
}

bool invoke_take(struct evhttp_request *request, struct pool *pool,
                 int timeout_s)
{
    char *name =
        name_in(evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request)));
    char message[512];

    if (name == NULL)
        return false;
    (void)snprintf(message, sizeof(message), "Function not found: %.256s",
                   name);
    if (evhttp_request_get_command(request) != EVHTTP_REQ_POST) {
        set_header(request, "Allow", "POST");
        reply_problem(request, "405 Method Not Allowed: an invocation is a "
                               "POST");
    } else if (!is_function(slice_of(name)) || !is_latest(request)) {
        reject(request, 404, "ResourceNotFoundException", message);
    } else {
        take(request, pool, timeout_s);
    }
    free(name);
    return true;
}
