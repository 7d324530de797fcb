/*
 * One process is the Runtime API of all instances: an epoll loop over their
 * connections, each of which is resting, owes an answer, or will ask again.
 * When the time is over no more events are given out, and the run ends when
 * every instance has asked again.
 */
#include "fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "environment.h"
#include "invoke.h"
#include "launch.h"
#include "memory.h"
#include "processor.h"
#include "settings.h"

#define READY_MAX 64
#define WAIT_MS 60000

enum member_state {
    MEMBER_RESTING = 0,
    MEMBER_ASKED,    /* has an event, owes an answer */
    MEMBER_ANSWERED, /* will ask for the next */
};

struct member {
    struct launched launched;
    enum member_state state;
};

struct fleet {
    const struct fleet_plan *plan;
    struct fleet_result *result;
    struct launcher launcher;
    struct event_text *events; /* one for each product */
    struct member *members;
    int started;
    int working;
    int poll;
};

/* ---- starting and ending ---- */

static bool start_all(struct fleet *fleet, struct error *err)
{
    const struct fleet_plan *plan = fleet->plan;
    struct environment env;
    char path[ENVIRONMENT_VARIABLE_MAX];
    char api[32];
    char *argv[] = {path, NULL};

    (void)snprintf(path, sizeof(path), "%s", plan->program);
    (void)snprintf(api, sizeof(api), "127.0.0.1:%d", fleet->launcher.port);
    environment_fill(&env, api, setting("BENCH_KV_URL"),
                     setting("BENCH_SQL_URL"));
    for (int i = 0; i < plan->instances; i++) {
        struct member *member = &fleet->members[i];
        struct epoll_event watched = {.events = EPOLLIN, .data.ptr = member};

        if (!launch(&fleet->launcher, argv, env.list, &member->launched, err))
            return false;
        fleet->started++;
        if (epoll_ctl(fleet->poll, EPOLL_CTL_ADD, member->launched.connection,
                      &watched) < 0) {
            error_set(err, "epoll");
            return false;
        }
    }
    return true;
}

static bool make_events(struct fleet *fleet)
{
    for (int i = 0; i < fleet->plan->products; i++) {
        if (!event_make(&fleet->events[i], WISH_PURCHASE,
                        fleet->plan->product + i, 0))
            return false;
    }
    return true;
}

static bool open_fleet(struct fleet *fleet, struct error *err)
{
    const struct fleet_plan *plan = fleet->plan;

    fleet->poll = epoll_create1(EPOLL_CLOEXEC);
    fleet->members = calloc((size_t)plan->instances, sizeof(struct member));
    fleet->events = calloc((size_t)plan->products, sizeof(struct event_text));
    if (fleet->poll < 0 || !fleet->members || !fleet->events ||
        !make_events(fleet)) {
        error_set(err, "out of memory");
        return false;
    }
    return launcher_open(&fleet->launcher, err);
}

static void close_fleet(struct fleet *fleet)
{
    for (int i = 0; i < fleet->started; i++)
        launch_end(&fleet->members[i].launched);
    for (int i = 0; fleet->events && i < fleet->plan->products; i++)
        event_free(&fleet->events[i]);
    if (fleet->launcher.port)
        launcher_close(&fleet->launcher);
    if (fleet->poll >= 0)
        (void)close(fleet->poll);
    free(fleet->members);
    free(fleet->events);
}

/* ---- working ---- */

static bool ask(struct fleet *fleet, struct member *member, struct error *err)
{
    long number = member - fleet->members;

    member->state = MEMBER_ASKED;
    if (invoke_send(member->launched.connection,
                    &fleet->events[number % fleet->plan->products]))
        return true;
    error_set(err, "an instance is gone");
    return false;
}

static bool take_answer(struct fleet *fleet, struct member *member,
                        struct error *err)
{
    int status = invoke_answer(member->launched.connection, err);

    member->state = MEMBER_ANSWERED;
    fleet->result->sold += status == 201;
    fleet->result->refused += status == 409;
    fleet->result->other += status != 201 && status != 409;
    return status > 0;
}

/* Read what MEMBER sends; with GO_ON it gets the next event. */
static bool listen_to(struct fleet *fleet, struct member *member, bool go_on,
                      struct error *err)
{
    if (member->state == MEMBER_ASKED)
        return take_answer(fleet, member, err);
    if (!invoke_next(member->launched.connection, err))
        return false;
    member->state = MEMBER_RESTING;
    fleet->working--;
    if (!go_on)
        return true;
    fleet->working++;
    return ask(fleet, member, err);
}

/* Give each member an event, and for DURATION_MS another as soon as it asks. */
static bool work(struct fleet *fleet, int64_t duration_ms, struct error *err)
{
    const int64_t begin_ns = launch_now_ns();
    const int64_t end_ns = begin_ns + duration_ms * 1000000;
    struct epoll_event ready[READY_MAX];

    for (int i = 0; i < fleet->started; i++) {
        fleet->working++;
        if (!ask(fleet, &fleet->members[i], err))
            return false;
    }
    while (fleet->working) {
        bool go_on = launch_now_ns() < end_ns;
        int count = epoll_wait(fleet->poll, ready, READY_MAX, WAIT_MS);

        if (count <= 0) {
            error_set(err, "the instances have stopped working");
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (!listen_to(fleet, ready[i].data.ptr, go_on, err))
                return false;
        }
    }
    fleet->result->seconds = (double)(launch_now_ns() - begin_ns) / 1e9;
    return true;
}

static int64_t cpu_ns(const struct fleet *fleet)
{
    int64_t sum = 0;

    for (int i = 0; i < fleet->started; i++)
        sum += processor_ns(fleet->members[i].launched.pid);
    return sum;
}

static void add_memory(struct fleet *fleet)
{
    for (int i = 0; i < fleet->started; i++) {
        struct memory memory;

        if (memory_of(fleet->members[i].launched.pid, &memory))
            fleet->result->private_bytes += memory.private_bytes;
    }
}

/* Node connects with its first event, and compiles what it runs often. */
static bool warm_up(struct fleet *fleet, struct error *err)
{
    for (int i = 0; i < FLEET_WARM_UP_EVENTS; i++) {
        if (!work(fleet, 0, err))
            return false;
    }
    *fleet->result = (struct fleet_result){.seconds = 0};
    return true;
}

bool fleet_run(const struct fleet_plan *plan, struct fleet_result *result,
               struct error *err)
{
    struct fleet fleet = {.plan = plan, .result = result, .poll = -1};
    bool done = false;

    *result = (struct fleet_result){.seconds = 0};
    if (open_fleet(&fleet, err) && start_all(&fleet, err) &&
        warm_up(&fleet, err)) {
        const int64_t before_ns = cpu_ns(&fleet);

        done = work(&fleet, plan->duration_ms, err);
        result->cpu_ns = cpu_ns(&fleet) - before_ns;
        add_memory(&fleet);
    }
    close_fleet(&fleet);
    return done;
}
