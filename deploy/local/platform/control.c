#include "control.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "pool.h"
#include "shared.h"

#define REQUEST_MAX 4096
#define STATS_MAX (64UL * 1024)

/* A line for each of the most instances that there can be. */
#define ANSWER_MAX (4UL * 1024 * 1024)

static const struct json_limits limits = {
    .max_bytes = STATS_MAX,
    .max_depth = 8,
    .max_values = 1000,
};

struct control {
    struct evhttp *http;
    struct pool *pool;
    struct shared *shared;
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

/* The doors' counters and ours, in one flat object. */
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
    good = shared_stats_json(control->shared, &text) &&
           json_parse(&doors, buffer_slice(&text), &limits, err);
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

static const struct {
    const char *path;
    enum evhttp_cmd_type method;
    control_call call;
} calls[] = {
    {"/stats", EVHTTP_REQ_GET, stats},
    {"/instances", EVHTTP_REQ_GET, instances},
    {"/instances/kill", EVHTTP_REQ_POST, kill_instance},
    {"/recycle", EVHTTP_REQ_POST, recycle},
    {"/faults", EVHTTP_REQ_POST, set_fault},
    {"/faults", EVHTTP_REQ_DELETE, clear_faults},
};

static control_call find_call(struct evhttp_request *request)
{
    const char *path = evhttp_request_get_uri(request);

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].path, path) == 0 &&
            calls[i].method == evhttp_request_get_command(request))
            return calls[i].call;
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

static void on_request(struct evhttp_request *request, void *state)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    struct slice text = {(char *)evbuffer_pullup(input, -1),
                         evbuffer_get_length(input)};
    struct json_document body = {.root = NULL};
    struct json_document answer = {.root = NULL};
    struct error err = {""};
    control_call call = find_call(request);

    if (call == NULL)
        reply_error(request, 404, "no such call");
    else if ((text.len > 0 && !json_parse(&body, text, &limits, &err)) ||
             !call(state, body.root, &answer, &err))
        reply_error(request, 400, err.text);
    else
        reply(request, 200, &answer);
    json_release(&answer);
    json_release(&body);
}

struct control *control_new(struct event_base *base, struct pool *pool,
                            struct shared *shared, int fd, struct error *err)
{
    struct control *control = calloc(1, sizeof(*control));

    if (control != NULL)
        control->http = evhttp_new(base);
    if (control == NULL || control->http == NULL ||
        evhttp_accept_socket(control->http, fd) != 0) {
        error_set(err, "open the control address: out of memory");
        control_free(control);
        return NULL;
    }
    control->pool = pool;
    control->shared = shared;
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
