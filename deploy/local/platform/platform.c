/*
 * Every part hangs on one event loop, which SIGTERM ends.
 */
#include "platform/platform.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>

#include "platform/control.h"
#include "platform/front.h"
#include "platform/pool.h"
#include "platform/runtime_api.h"
#include "platform/settings.h"

struct platform {
    struct event_base *base;
    struct event *stop_signal;
    struct pool *pool;
    struct runtime_api *api;
    struct front *front;
    struct control *control;
};

static void on_stop(evutil_socket_t fd, short what, void *state)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(state);
}

static bool set_up(struct platform *p, const struct settings *settings,
                   struct error *err)
{
    p->base = event_base_new();
    if (p->base != NULL)
        p->stop_signal = evsignal_new(p->base, SIGTERM, on_stop, p->base);
    if (p->stop_signal == NULL || evsignal_add(p->stop_signal, NULL) != 0) {
        error_set(err, "out of memory");
        return false;
    }
    p->pool = pool_new(p->base, settings, runtime_api_deliver,
                       runtime_api_hang_up, err);
    if (p->pool == NULL)
        return false;
    p->api = runtime_api_new(p->base, p->pool, settings->runtime_fd, err);
    if (p->api == NULL)
        return false;
    p->front = front_new(p->base, p->pool, settings, err);
    if (p->front == NULL)
        return false;
    if (settings->control_fd < 0)
        return true;
    p->control = control_new(p->base, p->pool, settings, err);
    return p->control != NULL;
}

/* The pool goes first: it ends what the others wait for. */
static void tear_down(struct platform *p)
{
    pool_free(p->pool);
    control_free(p->control);
    front_free(p->front);
    runtime_api_free(p->api);
    if (p->stop_signal != NULL)
        event_free(p->stop_signal);
    if (p->base != NULL)
        event_base_free(p->base);
}

int platform_run(const struct settings *settings)
{
    struct platform platform = {.base = NULL};
    struct error err;
    bool up = set_up(&platform, settings, &err);

    if (up)
        event_base_dispatch(platform.base);
    else
        (void)fprintf(stderr, "local-cloud: platform: %s\n", err.text);
    tear_down(&platform);
    return up ? 0 : 1;
}
