/*
 * The machine pauses until the answer comes or the time limit is over.  An
 * exchange lives until the end of its history, since events that come later
 * point to it.
 */
#include "network.h"

#include <stdlib.h>
#include <string.h>

#include "server.h"
#include "world.h"

#define BODY_MAX_BYTES (64UL * 1024)
#define REFUSED_AFTER_US 1000

static int64_t now_us(const struct exchange *x)
{
    return x->world->timeline.now_us;
}

static void see(enum moment moment, struct exchange *x)
{
    const struct facts facts = {
        .world = x->world, .attempt = x->attempt, .exchange = x};

    auditor_see(moment, &facts);
}

static uint64_t key_of(const struct exchange *x, enum chance chance)
{
    return DICE_KEY(chance, x->attempt->buyer->number, x->attempt->number,
                    x->number);
}

static struct exchange *new_exchange(struct machine *machine,
                                     enum server server,
                                     const struct transport_request *request)
{
    struct world *world = machine->world;
    const bool pipeline = strstr(request->url, "/pipeline");
    struct exchange *x = calloc(1, sizeof(*x));

    if (!x)
        abort();
    *x = (struct exchange){
        .next = world->exchanges,
        .world = world,
        .machine = machine,
        .attempt = machine->attempt,
        .server = server,
        .number = machine->attempt->exchanges++,
        .list = strstr(request->url, "/multi-exec") || pipeline,
        .pipeline = pipeline,
        .timeout_us = request->timeout_ms * 1000,
        .result = TRANSPORT_UNKNOWN,
    };
    world->exchanges = x;
    buffer_init(&x->question, BODY_MAX_BYTES);
    buffer_init(&x->answer.body, BODY_MAX_BYTES);
    buffer_init(&x->piped[0].body, BODY_MAX_BYTES);
    buffer_init(&x->piped[1].body, BODY_MAX_BYTES);
    if (!buffer_append(&x->question, request->body.at, request->body.len))
        abort();
    fate_draw(&x->fate, &world->plan, server, key_of(x, CHANCE_TRAVEL),
              world_is_calm(world));
    if (world->weather.slow[server]) {
        x->attempt->troubled = true;
        x->fate.answer_us += world->weather.slowness_us[server];
        x->fate.work_us += world->weather.slowness_us[server];
    }
    return x;
}

static void send(struct exchange *x)
{
    struct timeline *timeline = &x->world->timeline;
    const struct fate *fate = &x->fate;

    x->wait = x->machine->waits;
    x->pending = x->server == SERVER_DATABASE && !fate->question_lost &&
                 !server_rejects(x, 0);
    timeline_at(timeline, now_us(x) + x->timeout_us, server_end_wait, x, 0);
    if (!fate->question_lost)
        timeline_at(timeline, now_us(x) + fate->question_us, server_arrive, x,
                    0);
    else if (fate->cut)
        timeline_at(timeline, now_us(x) + fate->question_us, server_end_wait, x,
                    0);
    if (fate->again_us)
        timeline_at(timeline, now_us(x) + fate->question_us + fate->again_us,
                    server_arrive, x, 1);
}

/* Stand still around an exchange, if the plan says so. */
static bool freeze(struct exchange *x, bool before)
{
    struct plan *plan = &x->world->plan;
    const uint64_t key = key_of(x, CHANCE_FREEZE);
    struct dice dice = plan_dice(plan, key);
    const bool is_before = dice_chance(&dice, 500);
    const int64_t longest_us = (int64_t)10000 << dice_between(&dice, 0, 10);
    const int64_t pause_us = dice_between(&dice, 1000, longest_us);

    if (world_is_calm(x->world) || is_before != before ||
        !plan_lets(plan, key, plan->climate.freeze))
        return false;
    world_tell(x->world, "    instance %d stands still for %.3f s",
               x->machine->number, (double)pause_us / 1e6);
    x->attempt->frozen = true;
    machine_pause_until(x->machine, now_us(x) + pause_us);
    x->machine->misled_us = now_us(x);
    return true;
}

/* Kill the machine around an exchange, if the plan says so. */
static bool kill_now(struct exchange *x, int when)
{
    struct plan *plan = &x->world->plan;
    const uint64_t key = key_of(x, CHANCE_KILL);
    struct dice dice = plan_dice(plan, key);

    if (!world_is_calm(x->world) && !x->machine->dead &&
        dice_between(&dice, 0, 2) == when &&
        plan_lets(plan, key, plan->climate.kill)) {
        world_tell(x->world, "    instance %d is killed", x->machine->number);
        x->attempt->troubled = true;
        x->machine->dead = true;
    }
    return x->machine->dead;
}

/* Of an SQL query the function and its arguments. */
static void tell_question(struct exchange *x)
{
    const char *query = strstr(x->question.data, "SELECT ");
    const char *function = query ? query + strlen("SELECT ") : "";
    const char *params = query ? strstr(query, "\"params\":") : NULL;

    world_tell(x->world, "    instance %d asks %s: %.*s%s%.300s%s%s",
               x->machine->number, server_name(x->server),
               (int)strcspn(function, "("), function, query ? " " : "",
               params ? params + strlen("\"params\":") : x->question.data,
               x->fate.words ? "   !! " : "",
               x->fate.words ? x->fate.words : "");
}

/* What is seen before a byte is sent. */
static bool is_refused(struct exchange *x)
{
    if (!x->fate.not_sent && !x->world->weather.down[x->server])
        return false;
    x->attempt->troubled = true;
    machine_pause_until(x->machine, now_us(x) + REFUSED_AFTER_US);
    return true;
}

static enum transport_result run(struct exchange *x)
{
    if (kill_now(x, 0))
        return TRANSPORT_UNKNOWN;
    x->frozen_before = freeze(x, true);
    if (x->machine->dead)
        return TRANSPORT_UNKNOWN;
    if (x->server == SERVER_STORE) {
        auditor_read_question(x->attempt, x->question.data);
        world_lock(x->attempt)->asked_us = now_us(x);
        see(MOMENT_ASK, x);
    }
    tell_question(x);
    if (x->fate.words)
        x->attempt->troubled = true;
    if (x->server == SERVER_DATABASE)
        see(MOMENT_CALL, x);
    if (is_refused(x))
        return TRANSPORT_NOT_SENT;
    send(x);
    if (kill_now(x, 1))
        return TRANSPORT_UNKNOWN;
    while (!x->settled && !x->machine->dead)
        machine_pause(x->machine);
    (void)freeze(x, false);
    return kill_now(x, 2) ? TRANSPORT_UNKNOWN : x->result;
}

enum transport_result network_exchange(struct machine *machine,
                                       enum server server,
                                       const struct transport_request *request,
                                       struct transport_response *response,
                                       struct error *err)
{
    struct exchange *x;
    enum transport_result result;

    response->sends = 1;
    error_set(err, "the simulation lets it fail");
    if (machine->dead || !machine->attempt)
        return TRANSPORT_UNKNOWN;
    x = new_exchange(machine, server, request);
    result = run(x);
    x->settled = true;
    auditor_note_silence(x, result == TRANSPORT_ANSWERED);
    response->sends = x->fate.sends;
    if (result != TRANSPORT_ANSWERED)
        return result;
    *err = (struct error){0};
    response->status = x->answer.status;
    if (!buffer_append_text(&response->body, x->answer.body.data))
        abort();
    return result;
}

void network_clear(struct world *world)
{
    while (world->exchanges) {
        struct exchange *x = world->exchanges;

        world->exchanges = x->next;
        buffer_release(&x->question);
        buffer_release(&x->answer.body);
        buffer_release(&x->piped[0].body);
        buffer_release(&x->piped[1].body);
        free(x);
    }
}
