#include "platform/gather.h"

#include <event2/buffer.h>
#include <stdlib.h>

#include "data/options.h"

/* A busy process answers late, but it answers. */
#define ANSWER_TIMEOUT_S 30

/* A line for each of the most instances that there can be. */
static const struct json_limits limits = {
    .max_bytes = 4UL * 1024 * 1024,
    .max_depth = 8,
    .max_values = 8UL * OPTIONS_INSTANCES_MAX,
};

struct gather {
    struct event_base *base;
    gather_done done;
    void *state;
    int open; /* questions, and one until all are asked */
    struct gather_counts counts;
    struct json_document answers[OPTIONS_PROCESSES_MAX]; /* counts.answered */
};

struct gather *gather_start(struct event_base *base, gather_done done,
                            void *state)
{
    struct gather *gather = calloc(1, sizeof(*gather));

    if (gather != NULL)
        *gather = (struct gather){
            .base = base, .done = done, .state = state, .open = 1};
    return gather;
}

static void add_text(struct gather *gather, struct slice text)
{
    struct error err;

    if (gather->counts.answered < OPTIONS_PROCESSES_MAX &&
        json_parse(&gather->answers[gather->counts.answered], text, &limits,
                   &err))
        gather->counts.answered++;
}

/* A document that is being built cannot be read: it goes through its text. */
void gather_add(struct gather *gather, const struct json_document *doc)
{
    struct buffer text;

    gather->counts.asked++;
    buffer_init(&text, limits.max_bytes);
    if (json_print(doc, &text))
        add_text(gather, buffer_slice(&text));
    buffer_release(&text);
}

/* ---- putting together ---- */

static void join_lists(const struct gather *gather, struct json_document *out)
{
    struct json *list = json_new_array(out);

    for (int i = 0; i < gather->counts.answered; i++) {
        const struct json *one = json_first(gather->answers[i].root);

        for (; one != NULL; one = json_next(one))
            json_add_copy(out, list, NULL, one);
    }
}

static int64_t sum(const struct gather *gather, const char *name)
{
    int64_t total = 0;

    for (int i = 0; i < gather->counts.answered; i++) {
        int64_t number;

        if (json_integer(json_get(gather->answers[i].root, name), &number))
            total += number;
    }
    return total;
}

static void add_up(const struct gather *gather, struct json_document *out)
{
    const struct json *member = json_first(gather->answers[0].root);
    struct json *object = json_new_object(out);

    for (; member != NULL; member = json_next(member))
        json_add_integer(out, object, json_key(member),
                         sum(gather, json_key(member)));
}

static void finish(struct gather *gather)
{
    struct json_document out = {.root = NULL};
    int answered = gather->counts.answered;

    if (answered > 0 && json_type(gather->answers[0].root) == JSON_ARRAY)
        join_lists(gather, &out);
    else if (answered > 0)
        add_up(gather, &out);
    gather->done(answered > 0 ? &out : NULL, &gather->counts, gather->state);
    json_release(&out);
    for (int i = 0; i < answered; i++)
        json_release(&gather->answers[i]);
    free(gather);
}

void gather_ready(struct gather *gather)
{
    if (--gather->open == 0)
        finish(gather);
}

/* ---- asking ---- */

/* REQUEST is NULL, or has no status, where no answer came. */
static void on_answer(struct evhttp_request *request, void *state)
{
    struct gather *gather = state;
    int status =
        request != NULL ? evhttp_request_get_response_code(request) : 0;

    gather->counts.silent += status == 0;
    if (status == 200) {
        struct evbuffer *input = evhttp_request_get_input_buffer(request);

        add_text(gather, (struct slice){(char *)evbuffer_pullup(input, -1),
                                        evbuffer_get_length(input)});
    }
    gather_ready(gather);
}

void gather_ask(struct gather *gather, int port, enum evhttp_cmd_type method,
                const char *path, struct slice body)
{
    struct evhttp_connection *connection = evhttp_connection_base_new(
        gather->base, NULL, "127.0.0.1", (ev_uint16_t)port);
    struct evhttp_request *request = evhttp_request_new(on_answer, gather);

    gather->counts.asked++;
    if (connection == NULL || request == NULL) {
        gather->counts.silent++;
        if (connection != NULL)
            evhttp_connection_free(connection);
        if (request != NULL)
            evhttp_request_free(request);
        return;
    }
    evhttp_connection_set_timeout(connection, ANSWER_TIMEOUT_S);
    /* It is freed only where it is closed: one kept alive would be lost. */
    evhttp_connection_free_on_completion(connection);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Connection",
                      "close");
    evhttp_add_header(evhttp_request_get_output_headers(request), "Host",
                      "127.0.0.1");
    evbuffer_add(evhttp_request_get_output_buffer(request), body.at, body.len);
    gather->open++;
    /* It frees the request where it fails, and calls nobody. */
    if (evhttp_make_request(connection, request, method, path) != 0) {
        evhttp_connection_free(connection);
        gather->counts.silent++;
        gather_ready(gather);
    }
}
