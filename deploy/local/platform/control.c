#include "control.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "cloud.h"
#include "gather.h"
#include "json.h"
#include "pool.h"
#include "shared.h"

#define REQUEST_MAX 4096
#define STATS_MAX (64UL * 1024)

/* A line for each of the most instances that there can be. */
#define ANSWER_MAX (8UL * 1024 * 1024)

static const struct json_limits limits = {
    .max_bytes = STATS_MAX,
    .max_depth = 8,
    .max_values = 1000,
};

struct control {
    struct evhttp *http;
    struct event_base *base;
    struct pool *pool;
    const struct cloud *cloud;
    struct shared *shared;
    int index; /* of the platform's process that this is */
};

/* What a call does: fill ANSWER, or say in ERR why not. */
typedef bool (*control_call)(struct control *control, const struct json *body,
                             struct json_document *answer, struct error *err);

/* ---- the calls ---- */

static void add_counts(const struct pool_counts *c, struct json_document *doc,
                       struct json *object)
{
    json_add_integer(doc, object, "instances_started", c->started);
    json_add_integer(doc, object, "instances_starting", c->starting);
    json_add_integer(doc, object, "instances_idle", c->idle);
    json_add_integer(doc, object, "instances_busy", c->busy);
    json_add_integer(doc, object, "instances_ending", c->ending);
    json_add_integer(doc, object, "invocations", c->invocations);
    json_add_integer(doc, object, "queued", c->queued);
    json_add_integer(doc, object, "crashes", c->crashes);
    json_add_integer(doc, object, "timeouts", c->timeouts);
    json_add_integer(doc, object, "throttled", c->throttled);
}

/* The doors' counters, which all share, and ours, in one flat object. */
static bool stats(struct control *control, const struct json *body,
                  struct json_document *answer, struct error *err)
{
    struct pool_counts counts = pool_counts(control->pool);
    struct json_document doors = {.root = NULL};
    struct json *object = json_new_object(answer);
    const struct json *member;
    struct buffer text;
    bool good;

    (void)body;
    buffer_init(&text, STATS_MAX);
    good = control->index > 0 ||
           (shared_stats_json(control->shared, &text) &&
            json_parse(&doors, buffer_slice(&text), &limits, err));
    for (member = json_first(doors.root); member != NULL;
         member = json_next(member))
        json_add_copy(answer, object, json_key(member), member);
    add_counts(&counts, answer, object);
    json_release(&doors);
    buffer_release(&text);
    return good;
}

static const char *state_name(enum instance_state state)
{
    switch (state) {
    case INSTANCE_STARTING:
        return "starting";
    case INSTANCE_IDLE:
        return "idle";
    case INSTANCE_BUSY:
        return "busy";
    case INSTANCE_ENDING:
        return "ending";
    case INSTANCE_NONE:
        break;
    }
    return "none";
}

static void add_instance(const struct instance *instance, void *state)
{
    struct json_document *doc = state;
    struct json *object = json_add_object(doc, doc->root, NULL);

    json_add_integer(doc, object, "pid", instance->pid);
    json_add_string(doc, object, "state", state_name(instance->state));
    if (instance->state == INSTANCE_BUSY)
        json_add_string(doc, object, "request_id", instance->request_id);
    else
        json_add_null(doc, object, "request_id");
}

static bool instances(struct control *control, const struct json *body,
                      struct json_document *answer, struct error *err)
{
    (void)body;
    (void)err;
    json_new_array(answer);
    pool_each(control->pool, add_instance, answer);
    return true;
}

static bool kill_instance(struct control *control, const struct json *body,
                          struct json_document *answer, struct error *err)
{
    struct json *object = json_new_object(answer);
    int64_t pid;

    if (!json_integer(json_get(body, "pid"), &pid) ||
        !pool_kill(control->pool, pid)) {
        error_set(err, "pid is not one of an instance");
        return false;
    }
    json_add_integer(answer, object, "killed", 1);
    return true;
}

static bool warm(struct control *control, const struct json *body,
                 struct json_document *answer, struct error *err)
{
    struct json *object = json_new_object(answer);

    (void)body;
    (void)err;
    json_add_integer(answer, object, "missing", pool_warm(control->pool));
    return true;
}

static bool recycle(struct control *control, const struct json *body,
                    struct json_document *answer, struct error *err)
{
    struct json *object = json_new_object(answer);

    (void)body;
    (void)err;
    json_add_integer(answer, object, "killed", pool_recycle(control->pool));
    return true;
}

static bool set_fault(struct control *control, const struct json *body,
                      struct json_document *answer, struct error *err)
{
    const char *door = json_string(json_get(body, "door")).at;
    const char *fault = json_string(json_get(body, "fault")).at;
    int64_t value;

    json_new_object(answer);
    if (door == NULL || fault == NULL ||
        !json_integer(json_get(body, "value"), &value)) {
        error_set(err, "want {\"door\":text,\"fault\":text,\"value\":number}");
        return false;
    }
    return shared_set_fault(control->shared, door, fault, value, err);
}

static bool clear_faults(struct control *control, const struct json *body,
                         struct json_document *answer, struct error *err)
{
    (void)body;
    (void)err;
    json_new_object(answer);
    shared_clear_faults(control->shared);
    return true;
}

/* ---- HTTP ---- */

struct call {
    const char *path;
    control_call call;
    enum evhttp_cmd_type method;
    bool everywhere; /* in each of the platform's processes */
};

static const struct call calls[] = {
    {"/stats", stats, EVHTTP_REQ_GET, true},
    {"/instances", instances, EVHTTP_REQ_GET, true},
    {"/instances/kill", kill_instance, EVHTTP_REQ_POST, true},
    {"/warm", warm, EVHTTP_REQ_POST, true},
    {"/recycle", recycle, EVHTTP_REQ_POST, true},
    {"/faults", set_fault, EVHTTP_REQ_POST, false},
    {"/faults", clear_faults, EVHTTP_REQ_DELETE, false},
};

static const struct call *find_call(struct evhttp_request *request)
{
    const char *path = evhttp_request_get_uri(request);

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].path, path) == 0 &&
            calls[i].method == evhttp_request_get_command(request))
            return &calls[i];
    }
    return NULL;
}

static void reply(struct evhttp_request *request, int status,
                  const struct json_document *answer)
{
    struct evbuffer *content = evbuffer_new();
    struct buffer text;

    buffer_init(&text, ANSWER_MAX);
    if (content == NULL || !json_print(answer, &text) ||
        evbuffer_add(content, text.data, text.len) != 0)
        status = 500;
    evhttp_add_header(evhttp_request_get_output_headers(request),
                      "Content-Type", "application/json");
    evhttp_send_reply(request, status, NULL, content);
    if (content != NULL)
        evbuffer_free(content);
    buffer_release(&text);
}

static void reply_error(struct evhttp_request *request, int status,
                        const char *message)
{
    struct json_document answer;
    struct json *object = json_new_object(&answer);

    json_add_string(&answer, object, "message", message);
    reply(request, status, &answer);
    json_release(&answer);
}

/* ---- the answers of all ---- */

/* Who asked, and what is wrong if none of us has an answer. */
struct asked {
    struct evhttp_request *request; /* NULL: the client has hung up */
    struct error err;
};

static void on_close(struct evhttp_connection *connection, void *state)
{
    struct asked *asked = state;

    (void)connection;
    asked->request = NULL;
}

static void on_gathered(const struct json_document *answer, void *state)
{
    struct asked *asked = state;

    if (asked->request != NULL) {
        evhttp_connection_set_closecb(
            evhttp_request_get_connection(asked->request), NULL, NULL);
        if (answer != NULL)
            reply(asked->request, 200, answer);
        else
            reply_error(asked->request, 400, asked->err.text);
    }
    free(asked);
}

/* Our own answer is ANSWER, or ERR where that is empty. */
static void ask_all(const struct control *control,
                    struct evhttp_request *request,
                    const struct json_document *answer, const struct error *err)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    struct slice body = {(char *)evbuffer_pullup(input, -1),
                         evbuffer_get_length(input)};
    struct asked *asked = calloc(1, sizeof(*asked));
    struct gather *gather =
        asked != NULL ? gather_start(control->base, on_gathered, asked) : NULL;

    if (gather == NULL) {
        free(asked);
        reply_error(request, 500, "out of memory");
        return;
    }
    *asked = (struct asked){request, *err};
    evhttp_connection_set_closecb(evhttp_request_get_connection(request),
                                  on_close, asked);
    if (err->text[0] == '\0')
        gather_add(gather, answer);
    for (int i = 1; i < control->cloud->options->platform_processes; i++)
        gather_ask(gather, control->cloud->listeners[CLOUD_CONTROL][i].port,
                   evhttp_request_get_command(request),
                   evhttp_request_get_uri(request), body);
    gather_ready(gather);
}

static void on_request(struct evhttp_request *request, void *state)
{
    struct control *control = state;
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    struct slice text = {(char *)evbuffer_pullup(input, -1),
                         evbuffer_get_length(input)};
    struct json_document body = {.root = NULL};
    struct json_document answer = {.root = NULL};
    struct error err = {""};
    const struct call *call = find_call(request);

    if (call == NULL) {
        reply_error(request, 404, "no such call");
        return;
    }
    if ((text.len == 0 || json_parse(&body, text, &limits, &err)) &&
        call->call(control, body.root, &answer, &err))
        err.text[0] = '\0';
    if (call->everywhere && control->index == 0 &&
        control->cloud->options->platform_processes > 1)
        ask_all(control, request, &answer, &err);
    else if (err.text[0] != '\0')
        reply_error(request, 400, err.text);
    else
        reply(request, 200, &answer);
    json_release(&answer);
    json_release(&body);
}

struct control *control_new(struct event_base *base, struct pool *pool,
                            const struct cloud *cloud, int index,
                            struct error *err)
{
    struct control *control = calloc(1, sizeof(*control));

    if (control != NULL)
        control->http = evhttp_new(base);
    if (control == NULL || control->http == NULL ||
        evhttp_accept_socket(control->http,
                             cloud->listeners[CLOUD_CONTROL][index].fd) != 0) {
        error_set(err, "open the control address: out of memory");
        control_free(control);
        return NULL;
    }
    control->base = base;
    control->pool = pool;
    control->cloud = cloud;
    control->shared = cloud->shared;
    control->index = index;
    evhttp_set_max_body_size(control->http, REQUEST_MAX);
    evhttp_set_gencb(control->http, on_request, control);
    return control;
}

void control_free(struct control *control)
{
    if (control == NULL)
        return;
    if (control->http != NULL)
        evhttp_free(control->http);
    free(control);
}
