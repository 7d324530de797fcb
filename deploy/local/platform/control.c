#include "platform/control.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "data/shared.h"
#include "platform/control_answer.h"
#include "platform/pool.h"
#include "platform/settings.h"

#define REQUEST_MAX 4096
#define STATS_MAX (64UL * 1024)

static const struct json_limits limits = {
    .max_bytes = STATS_MAX,
    .max_depth = 8,
    .max_values = 1000,
};

struct control {
    struct evhttp *http;
    struct event_base *base;
    struct pool *pool;
    const struct settings *settings;
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
    good = control->settings->index > 0 ||
           (shared_stats_json(control->settings->shared, &text) &&
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
    return shared_set_fault(control->settings->shared, door, fault, value, err);
}

static bool clear_faults(struct control *control, const struct json *body,
                         struct json_document *answer, struct error *err)
{
    (void)body;
    (void)err;
    json_new_object(answer);
    shared_clear_faults(control->settings->shared);
    return true;
}

/* ---- HTTP ---- */

struct call {
    const char *path;
    control_call call;
    enum evhttp_cmd_type method;
    enum quorum quorum;
};

static const struct call calls[] = {
    {"/stats", stats, EVHTTP_REQ_GET, QUORUM_ALL},
    {"/instances", instances, EVHTTP_REQ_GET, QUORUM_ALL},
    {"/instances/kill", kill_instance, EVHTTP_REQ_POST, QUORUM_ONE},
    {"/warm", warm, EVHTTP_REQ_POST, QUORUM_ALL},
    {"/recycle", recycle, EVHTTP_REQ_POST, QUORUM_ALL},
    {"/faults", set_fault, EVHTTP_REQ_POST, QUORUM_SELF},
    {"/faults", clear_faults, EVHTTP_REQ_DELETE, QUORUM_SELF},
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

/*
 * Whether the other processes are to be asked.  What is wrong with a question
 * to all, by ERR, is wrong for all of them.
 */
static bool has_to_ask(const struct control *control, const struct call *call,
                       const struct error *err)
{
    return control->settings->index == 0 &&
           control->settings->options->platform_processes > 1 &&
           (call->quorum == QUORUM_ONE ||
            (call->quorum == QUORUM_ALL && err->text[0] == '\0'));
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
        control_answer_error(request, 404, "no such call");
        return;
    }
    if ((text.len == 0 || json_parse(&body, text, &limits, &err)) &&
        call->call(control, body.root, &answer, &err))
        err.text[0] = '\0';
    if (has_to_ask(control, call, &err))
        control_answer_all(request, control->settings, control->base,
                           call->quorum, &answer, &err);
    else if (err.text[0] != '\0')
        control_answer_error(request, 400, err.text);
    else
        control_answer(request, 200, &answer);
    json_release(&answer);
    json_release(&body);
}

struct control *control_new(struct event_base *base, struct pool *pool,
                            const struct settings *settings, struct error *err)
{
    struct control *control = calloc(1, sizeof(*control));

    if (control != NULL)
        control->http = evhttp_new(base);
    if (control == NULL || control->http == NULL ||
        evhttp_accept_socket(control->http, settings->control_fd) != 0) {
        error_set(err, "open the control address: out of memory");
        control_free(control);
        return NULL;
    }
    control->base = base;
    control->pool = pool;
    control->settings = settings;
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
