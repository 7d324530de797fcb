/*
 * evhttp reads from the bufferevent's input buffer; a callback on that buffer
 * takes out what has just come in and puts back what framing makes of it.  (A
 * filter bufferevent would lose answers: evhttp takes them for sent, and may
 * close the connection, once they are in the filter.)
 *
 * evhttp does not tell when it frees a connection, so the descriptor finds its
 * framing, and the next connection with that number takes it over.
 */
#include "http/guard.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "http/reply.h"

struct watched {
    struct framing *framing; /* NULL: memory was short */
    struct evbuffer_cb_entry *callback;
    size_t handled; /* requests, of those that were passed on */
};

static struct {
    struct framing_limits limits;
    struct watched *list; /* by descriptor */
    size_t count;
} guards;

void guard_set_limits(const struct framing_limits *limits)
{
    guards.limits = *limits;
}

/* Make sure that there is a place for descriptor FD. */
static bool reserve(size_t fd)
{
    struct watched *list;

    if (fd < guards.count)
        return true;
    list = reallocarray(guards.list, 2 * (fd + 1), sizeof(*list));
    if (list == NULL)
        return false;
    memset(list + guards.count, 0,
           (2 * (fd + 1) - guards.count) * sizeof(*list));
    guards.list = list;
    guards.count = 2 * (fd + 1);
    return true;
}

static void on_input(struct evbuffer *input,
                     const struct evbuffer_cb_info *change, void *state)
{
    struct watched *watched = &guards.list[bufferevent_getfd(state)];
    struct evbuffer *read;

    if (change->n_added == 0 || watched->framing == NULL)
        return;
    read = evbuffer_new();
    if (read == NULL)
        return;
    /* Not to be called for what we do here. */
    evbuffer_cb_clear_flags(input, watched->callback, EVBUFFER_CB_ENABLED);
    evbuffer_remove_buffer(input, read, change->orig_size);
    evbuffer_add_buffer(watched->framing->in, input);
    framing_pass(watched->framing, read);
    evbuffer_add_buffer(input, read);
    evbuffer_cb_set_flags(input, watched->callback, EVBUFFER_CB_ENABLED);
    evbuffer_free(read);
}

/* The connection has its descriptor now. */
static void on_first_input(struct evbuffer *input,
                           const struct evbuffer_cb_info *change, void *state)
{
    evutil_socket_t fd = bufferevent_getfd(state);
    struct watched *watched;

    evbuffer_remove_cb(input, on_first_input, state);
    if (fd < 0 || !reserve((size_t)fd))
        return;
    watched = &guards.list[fd];
    framing_free(watched->framing);
    *watched = (struct watched){
        .framing = framing_new(&guards.limits),
        .callback = evbuffer_add_cb(input, on_input, state),
    };
    if (watched->callback != NULL)
        on_input(input, change, state);
}

void guard_watch(struct bufferevent *connection)
{
    if (connection != NULL)
        evbuffer_add_cb(bufferevent_get_input(connection), on_first_input,
                        connection);
}

bool guard_reject(struct evhttp_request *request)
{
    evutil_socket_t fd = bufferevent_getfd(evhttp_connection_get_bufferevent(
        evhttp_request_get_connection(request)));
    struct watched *watched;

    if (fd < 0 || (size_t)fd >= guards.count || guards.list[fd].framing == NULL)
        return false;
    watched = &guards.list[fd];
    watched->handled++;
    if (watched->framing->phase != FRAMING_REJECTED ||
        watched->handled < watched->framing->passed)
        return false;
    evhttp_add_header(evhttp_request_get_output_headers(request), "Connection",
                      "close");
    reply_problem(request, watched->framing->rejection);
    return true;
}

void guard_release(void)
{
    for (size_t i = 0; i < guards.count; i++)
        framing_free(guards.list[i].framing);
    free(guards.list);
    guards.list = NULL;
    guards.count = 0;
}
