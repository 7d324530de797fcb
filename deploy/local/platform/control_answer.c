#include "platform/control_answer.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>

#include "platform/gather.h"
#include "platform/settings.h"

/* A line for each of the most instances that there can be. */
#define ANSWER_MAX (8UL * 1024 * 1024)

void control_answer(struct evhttp_request *request, int status,
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

void control_answer_error(struct evhttp_request *request, int status,
                          const char *message)
{
    struct json_document answer;
    struct json *object = json_new_object(&answer);

    json_add_string(&answer, object, "message", message);
    control_answer(request, status, &answer);
    json_release(&answer);
}

/* ---- the answers of all ---- */

/* Who asked for what, and what is wrong if none of us has an answer. */
struct asked {
    struct evhttp_request *request; /* NULL: the client has hung up */
    enum quorum quorum;
    struct error err;
};

static void on_close(struct evhttp_connection *connection, void *state)
{
    struct asked *asked = state;

    (void)connection;
    asked->request = NULL;
}

static void answer_incomplete(struct evhttp_request *request, int missing)
{
    struct error err;

    error_set(&err, "%d of the platform's processes gave no answer", missing);
    control_answer_error(request, 503, err.text);
}

static void on_gathered(const struct json_document *answer,
                        const struct gather_counts *counts, void *state)
{
    struct asked *asked = state;
    int missing = counts->asked - counts->answered;

    /* The answer of one is enough; without it, a silent one may have had it. */
    if (asked->quorum == QUORUM_ONE)
        missing = answer != NULL ? 0 : counts->silent;

    if (asked->request != NULL) {
        evhttp_connection_set_closecb(
            evhttp_request_get_connection(asked->request), NULL, NULL);
        if (missing > 0)
            answer_incomplete(asked->request, missing);
        else if (answer != NULL)
            control_answer(asked->request, 200, answer);
        else
            control_answer_error(asked->request, 400, asked->err.text);
    }
    free(asked);
}

void control_answer_all(struct evhttp_request *request,
                        const struct settings *settings,
                        struct event_base *base, enum quorum quorum,
                        const struct json_document *own,
                        const struct error *err)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    struct slice body = {(char *)evbuffer_pullup(input, -1),
                         evbuffer_get_length(input)};
    struct asked *asked = calloc(1, sizeof(*asked));
    struct gather *gather =
        asked != NULL ? gather_start(base, on_gathered, asked) : NULL;

    if (gather == NULL) {
        free(asked);
        control_answer_error(request, 500, "out of memory");
        return;
    }
    *asked = (struct asked){request, quorum, *err};
    evhttp_connection_set_closecb(evhttp_request_get_connection(request),
                                  on_close, asked);
    if (err->text[0] == '\0')
        gather_add(gather, own);
    for (int i = 1; i < settings->options->platform_processes; i++)
        gather_ask(gather, settings->control_ports[i],
                   evhttp_request_get_command(request),
                   evhttp_request_get_uri(request), body);
    gather_ready(gather);
}
