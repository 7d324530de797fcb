/*
 * Whoever resumes a machine's fiber looks afterwards whether it is over: then
 * the machine is dead, and its parts are released.
 */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buyers.h"
#include "network.h"
#include "sim_random.h"
#include "world.h"

/* 2023-11-14, when time begins. */
#define EPOCH_MS 1700000000000LL

/* ---- pauses ---- */

static int64_t now_us(const struct machine *machine)
{
    return machine->world->timeline.now_us;
}

static void bury(struct machine *machine)
{
    struct attempt *attempt = machine->attempt;

    request_release(&machine->request);
    database_release(&machine->database);
    kv_release(&machine->kv);
    runtime_release(&machine->runtime);
    log_release(&machine->log);
    machine->attempt = NULL;
    machine->started = false;
    machine->dead = false;
    if (!attempt)
        return;
    attempt->over = true;
    if (attempt->status == 0)
        buyers_answer(attempt);
}

/* Back from its fiber: it paused, or it is over. */
static void settle(struct machine *machine)
{
    if (machine->started && machine->fiber.over)
        bury(machine);
}

static void resume(struct machine *machine)
{
    sim_random_from(&machine->dice);
    fiber_resume(&machine->fiber);
    settle(machine);
}

void machine_pause(struct machine *machine)
{
    if (machine->dead)
        return;
    fiber_pause(&machine->fiber);
    machine->waits++;
}

void machine_wake(struct machine *machine, uint64_t wait)
{
    if (machine->started && !machine->dead && machine->waits == wait)
        resume(machine);
}

static void alarm_rings(void *subject, uint64_t wait)
{
    machine_wake(subject, wait);
}

void machine_pause_until(struct machine *machine, int64_t until_us)
{
    timeline_at(&machine->world->timeline, until_us, alarm_rings, machine,
                machine->waits);
    machine_pause(machine);
}

void machine_kill(struct machine *machine)
{
    if (!machine->started)
        return;
    machine->dead = true;
    resume(machine);
}

/* ---- clock and log ---- */

static int64_t boottime_us(void *state)
{
    const struct machine *machine = state;
    const int64_t age_us = now_us(machine) - machine->born_us;

    return 1000000 + age_us + age_us * machine->ppm / 1000000;
}

static int64_t epoch_ms(void *state)
{
    return EPOCH_MS + now_us(state) / 1000;
}

static void sleep_ms(void *state, int64_t duration_ms)
{
    struct machine *machine = state;

    machine_pause_until(machine, now_us(machine) + duration_ms * 1000);
}

static void write_log(void *state, const char *line, size_t len)
{
    const struct machine *machine = state;
    const char *detail = strstr(line, "\"detail\":");
    const char *end = strstr(line, ",\"timestamp\":");

    (void)len;
    auditor_read_log(machine->world, line);
    if (!machine->dead && detail && !strstr(line, "\"level\":\"info\""))
        world_tell(machine->world, "    instance %d logs %.*s", machine->number,
                   (int)(end - detail - 9), detail + 9);
}

/* ---- its clients ---- */

static enum transport_result store_exchange(void *state,
                                            const struct transport_request *req,
                                            struct transport_response *response,
                                            struct error *err)
{
    return network_exchange(state, SERVER_STORE, req, response, err);
}

static enum transport_result
database_exchange(void *state, const struct transport_request *req,
                  struct transport_response *response, struct error *err)
{
    return network_exchange(state, SERVER_DATABASE, req, response, err);
}

/* ---- its life ---- */

static void handle(void *state, const struct runtime_invocation *invocation,
                   const struct message_request *message,
                   struct message_response *response)
{
    struct machine *machine = state;

    request_begin(&machine->request, invocation, message, response);
    bouncer_handle(&machine->request);
}

static void finish_request(void *state)
{
    struct machine *machine = state;

    bouncer_finish(&machine->request);
}

static void open_clients(struct machine *m, struct error *err)
{
    const struct runtime_options runtime = {.transport = &m->api,
                                            .api = "127.0.0.1:9001",
                                            .clock = &m->clock,
                                            .log = &m->log};
    const struct kv_options kv = {.transport = &m->store,
                                  .url = "https://store.example",
                                  .token = "kv-secret"};
    const struct database_options database = {
        .api = DATABASE_NEON,
        .transport = &m->database_api,
        .url = "https://database.example/sql",
        .secret = "postgresql://sim:db-secret@database.example/sim"};

    if (!runtime_init(&m->runtime, &runtime, err) ||
        !kv_init(&m->kv, &kv, err) ||
        !database_init(&m->database, &database, err))
        abort();
}

static void open_instance(struct machine *m)
{
    const struct climate *climate = &m->world->plan.climate;
    const struct lock_client_options locks = {.store = &m->lock_store.store,
                                              .clock = &m->clock,
                                              .tries = climate->kv_tries};

    lock_store_kv_init(&m->lock_store, &m->kv, &m->clock,
                       climate->kv_timeout_ms);
    lock_client_init(&m->locks, &locks);
    m->instance = (struct instance){
        .options = {
            .operations = world_operations(m->world),
            .locks = &m->locks,
            .database = &m->database,
            .clock = &m->clock,
            .log = &m->log,
            .secrets = {MACHINE_CALLERS_SECRET},
            .lease_s = climate->lease_s,
            .denied_status = 409,
            .lock_budget_ms = climate->kv_tries * climate->kv_timeout_ms,
            .kv_timeout_ms = climate->kv_timeout_ms,
            .database_timeout_ms = climate->database_timeout_ms,
        }};
    request_init(&m->request, &m->instance);
}

static void live(void *state)
{
    struct machine *machine = state;
    const struct runtime_handler handler = {
        .handle = handle, .finish = finish_request, .state = machine};
    struct error err;

    runtime_run(&machine->runtime, &handler, &err);
}

static void start(struct machine *machine)
{
    struct world *world = machine->world;
    struct dice dice =
        plan_dice(&world->plan, DICE_KEY(CHANCE_MACHINE, machine->number,
                                         machine->lives++, 0));
    struct error err;

    machine->started = true;
    machine->waits++; /* alarms of an earlier life wake nobody */
    machine->born_us = world->timeline.now_us - dice_between(&dice, 0, 1000000);
    machine->ppm = (int)dice_between(&dice, -1000, 1000);
    machine->silences = 0;
    machine->misled_us = INT64_MIN / 2;
    open_clients(machine, &err);
    open_instance(machine);
    fiber_start(&machine->fiber, live, machine);
    settle(machine);
}

bool machine_is_free(const struct machine *machine)
{
    return !machine->attempt && (!machine->started || machine->asks);
}

static void time_is_up(void *subject, uint64_t detail)
{
    struct attempt *attempt = subject;
    const struct facts facts = {.world = attempt->world, .attempt = attempt};

    (void)detail;
    if (attempt->over)
        return;
    world_tell(attempt->world, "the platform ends instance %d: its time is up",
               attempt->machine->number);
    auditor_see(MOMENT_DEADLINE, &facts);
    machine_kill(attempt->machine);
}

void machine_serve(struct machine *machine, struct attempt *attempt)
{
    struct world *world = machine->world;
    const struct climate *climate = &world->plan.climate;

    attempt->machine = machine;
    machine->attempt = attempt;
    machine->dice =
        plan_dice(&world->plan, DICE_KEY(CHANCE_STREAM, attempt->buyer->number,
                                         attempt->number, 0));
    sim_random_from(&machine->dice);
    if (climate->limit_ms)
        timeline_at(&world->timeline,
                    world->timeline.now_us + climate->limit_ms * 1000,
                    time_is_up, attempt, 0);
    if (machine->started)
        resume(machine);
    else
        start(machine);
}

void machine_init(struct machine *machine, struct world *world, int number)
{
    const struct clock clock = {boottime_us, epoch_ms, sleep_ms, machine};

    *machine = (struct machine){.world = world, .number = number};
    fiber_init(&machine->fiber);
    machine->clock = clock;
    log_init_fd(&machine->log, -1, &machine->clock);
    machine->log.write = write_log;
    machine->log.state = machine;
    machine->api = (struct transport){api_exchange, machine};
    machine->store = (struct transport){store_exchange, machine};
    machine->database_api = (struct transport){database_exchange, machine};
}

void machine_release(struct machine *machine)
{
    machine_kill(machine);
    fiber_release(&machine->fiber);
}
