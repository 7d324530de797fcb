/*
 * A call reads or writes the shared memory.  An order is a number there that
 * grows; a signal makes the platform's other processes look at it.
 */
#include "platform/control.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "data/shared.h"
#include "http/reply.h"
#include "platform/instance.h"
#include "platform/pool.h"
#include "platform/settings.h"

#define REQUEST_MAX 4096

/* A line for each of the most instances that there can be. */
#define ANSWER_MAX (8UL * 1024 * 1024)

static const struct json_limits limits = {
    .max_bytes = REQUEST_MAX,
    .max_depth = 8,
    .max_values = 1000,
};

struct control {
    struct evhttp *http;
    struct pool *pool;
    struct shared *shared;
};

/* What a call does: make ANSWER unless it is {}, or say in ERR why not. */
typedef bool (*control_call)(struct control *control, const struct json *body,
                             struct json_document *answer, struct error *err);

/* ---- the calls ---- */

static bool stats(struct control *control, const struct json *body,
                  struct json_document *answer, struct error *err)
{
    (void)body;
    (void)err;
    shared_add_stats(control->shared, answer, json_new_object(answer));
    return true;
}

static const char *state_name(int state)
{
    switch ((enum instance_state)state) {
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

static bool instances(struct control *control, const struct json *body,
                      struct json_document *answer, struct error *err)
{
    const struct shared *shared = control->shared;

    (void)body;
    (void)err;
    json_new_array(answer);
    for (int i = 0; i < shared->instance_count; i++) {
        const struct shared_instance *instance = &shared->instances[i];
        int state = atomic_load(&instance->state);
        struct json *object;

        if (state == INSTANCE_NONE)
            continue;
        object = json_add_object(answer, answer->root, NULL);
        json_add_integer(answer, object, "pid", atomic_load(&instance->pid));
        json_add_string(answer, object, "state", state_name(state));
    }
    return true;
}

/* Give an order: our own process obeys at once, the others are woken. */
static void give(const struct control *control, atomic_llong *order)
{
    atomic_fetch_add(order, 1);
    pool_obey(control->pool);
    for (int i = 0; i < OPTIONS_PROCESSES_MAX; i++) {
        pid_t pid = atomic_load(&control->shared->platforms[i]);

        if (pid > 0 && pid != getpid())
            kill(pid, SIGUSR1);
    }
}

static struct shared_instance *find_instance(struct shared *shared, int64_t pid)
{
    for (int i = 0; i < shared->instance_count; i++) {
        struct shared_instance *instance = &shared->instances[i];

        if (atomic_load(&instance->state) != INSTANCE_NONE &&
            atomic_load(&instance->pid) == pid)
            return instance;
    }
    return NULL;
}

static bool kill_instance(struct control *control, const struct json *body,
                          struct json_document *answer, struct error *err)
{
    struct shared_instance *instance = NULL;
    int64_t pid;

    (void)answer;
    if (json_integer(json_get(body, "pid"), &pid))
        instance = find_instance(control->shared, pid);
    if (instance == NULL) {
        error_set(err, "pid is not one of an instance");
        return false;
    }
    atomic_store(&instance->doomed, (int)pid);
    give(control, &control->shared->orders.kill);
    return true;
}

static bool warm(struct control *control, const struct json *body,
                 struct json_document *answer, struct error *err)
{
    (void)body;
    (void)answer;
    (void)err;
    give(control, &control->shared->orders.warm);
    return true;
}

static bool recycle(struct control *control, const struct json *body,
                    struct json_document *answer, struct error *err)
{
    (void)body;
    (void)answer;
    (void)err;
    give(control, &control->shared->orders.recycle);
    return true;
}

static bool set_fault(struct control *control, const struct json *body,
                      struct json_document *answer, struct error *err)
{
    const char *door = json_string(json_get(body, "door")).at;
    const char *fault = json_string(json_get(body, "fault")).at;
    int64_t value;

    (void)answer;
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
    (void)answer;
    (void)err;
    shared_clear_faults(control->shared);
    return true;
}

/* ---- HTTP ---- */

struct call {
    const char *path;
    control_call call;
    enum evhttp_cmd_type method;
};

static const struct call calls[] = {
    {"/stats", stats, EVHTTP_REQ_GET},
    {"/instances", instances, EVHTTP_REQ_GET},
    {"/instances/kill", kill_instance, EVHTTP_REQ_POST},
    {"/warm", warm, EVHTTP_REQ_POST},
    {"/recycle", recycle, EVHTTP_REQ_POST},
    {"/faults", set_fault, EVHTTP_REQ_POST},
    {"/faults", clear_faults, EVHTTP_REQ_DELETE},
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

static void answer_by(struct evhttp_request *request, int status,
                      const struct json_document *answer)
{
    struct buffer text;

    buffer_init(&text, ANSWER_MAX);
    if (!json_print(answer, &text)) {
        buffer_clear(&text);
        status = 500;
    }
    reply_body(request, status, "application/json", buffer_slice(&text));
    buffer_release(&text);
}

static void answer_error(struct evhttp_request *request, int status,
                         const char *message)
{
    struct json_document answer;
    struct json *object = json_new_object(&answer);

    json_add_string(&answer, object, "message", message);
    answer_by(request, status, &answer);
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
    const struct call *call = find_call(request);

    if (call == NULL) {
        answer_error(request, 404, "no such call");
    } else if ((text.len > 0 && !json_parse(&body, text, &limits, &err)) ||
               !call->call(state, body.root, &answer, &err)) {
        answer_error(request, 400, err.text);
    } else {
        if (answer.root == NULL)
            json_new_object(&answer);
        answer_by(request, 200, &answer);
    }
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
    control->pool = pool;
    control->shared = settings->shared;
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
