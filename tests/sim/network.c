/*
 * A question becomes events: it arrives, it is carried out (at the database
 * after a while), and its answer is delivered; the time limit is one more.  The
 * machine pauses until the first event that settles it.  An exchange lives
 * until the end of its history, since late events point to it.
 */
#include "network.h"

#include <stdlib.h>
#include <string.h>

#include "world.h"

#define BODY_MAX_BYTES (64UL * 1024)
#define REFUSED_AFTER_US 1000

static int64_t now_us(const struct exchange *x)
{
    return x->world->timeline.now_us;
}

/* The store's clock need not run as ours. */
static int64_t store_us(const struct world *world)
{
    const int64_t now = world->timeline.now_us;

    return 1000000 + now + now * world->plan.climate.store_ppm / 1000000;
}

static struct stand_in_kv *store_of(const struct exchange *x)
{
    struct world *world = x->world;

    return &world->kv[world->weather.split ? x->machine->number % 2 : 0];
}

static const char *server_name(enum server server)
{
    return server == SERVER_STORE ? "the store" : "the database";
}

static void see(enum moment moment, struct exchange *x)
{
    const struct facts facts = {
        .world = x->world, .attempt = x->attempt, .exchange = x};

    auditor_see(moment, &facts);
}

/* ---- the way back ---- */

static void end_wait(struct exchange *x, enum transport_result result)
{
    if (x->settled)
        return;
    x->settled = true;
    x->result = result;
    machine_wake(x->machine, x->wait);
}

static void time_limit(void *subject, uint64_t detail)
{
    (void)detail;
    end_wait(subject, TRANSPORT_UNKNOWN);
}

static void deliver(void *subject, uint64_t detail)
{
    struct exchange *x = subject;

    (void)detail;
    if (!x->settled && x->server == SERVER_STORE)
        auditor_read_answer(x->attempt, x->answer.body.data);
    if (!x->settled)
        world_tell(x->world, "    %s tells instance %d: %d %.200s",
                   server_name(x->server), x->machine->number, x->answer.status,
                   x->answer.body.data ? x->answer.body.data : "");
    end_wait(x, TRANSPORT_ANSWERED);
}

static void put(struct served *answer, int status, const char *body)
{
    buffer_clear(&answer->body);
    answer->status = status;
    if (!buffer_append_text(&answer->body, body ? body : ""))
        abort();
}

/*
 * The latest answer of the same server to another question of the same kind.
 * Two others would be believed, and nobody could tell: an error, which says
 * nothing of whose it is, and a row of another function without a key and a
 * fence, which passes for one of an older schema (guard/upstream.h).
 */
static const struct exchange *find_foreign(const struct exchange *x)
{
    const struct exchange *other = x->world->exchanges;

    while (other &&
           (other == x || other->server != x->server ||
            other->answer.status != 200 ||
            other->transaction != x->transaction ||
            other->attempt->buyer->wants_name != x->attempt->buyer->wants_name))
        other = other->next;
    return other;
}

static void answer(struct exchange *x, const struct served *truth)
{
    const struct fate *fate = &x->fate;
    const struct exchange *foreign = fate->foreign ? find_foreign(x) : NULL;

    if (fate->status)
        put(&x->answer, fate->status, fate->body);
    else
        put(&x->answer, truth->status, truth->body.data);
    if (foreign) {
        x->attempt->disturbed = true;
        put(&x->answer, foreign->answer.status, foreign->answer.body.data);
    }
    if (!fate->answer_lost)
        timeline_at(&x->world->timeline, now_us(x) + fate->answer_us, deliver,
                    x, 0);
    else if (fate->cut)
        timeline_at(&x->world->timeline, now_us(x) + fate->answer_us,
                    time_limit, x, 0);
}

/* ---- the work ---- */

/* Whether the answer to this copy of the question is the one that counts. */
static bool counts(const struct exchange *x, uint64_t copy)
{
    return !x->fate.again_us || (copy == 1) == (x->fate.sends > 1);
}

static void serve(struct exchange *x, uint64_t copy)
{
    struct world *world = x->world;
    struct served truth = {0};

    buffer_init(&truth.body, BODY_MAX_BYTES);
    world->serving = x;
    if (x->server == SERVER_STORE) {
        stand_in_kv_serve(store_of(x), store_us(world), x->transaction,
                          buffer_slice(&x->question), &truth);
    } else {
        world->sql.caller = x->attempt;
        stand_in_sql_serve(&world->sql, buffer_slice(&x->question), &truth);
    }
    if (copy == 1)
        world_tell(world, "    %s carries out instance %d's question again",
                   server_name(x->server), x->machine->number);
    world->digest = dice_mix(world->digest, (uint64_t)now_us(x));
    world->digest = dice_mix(world->digest, truth.body.len);
    if (x->server == SERVER_DATABASE)
        see(MOMENT_DONE, x);
    world->serving = NULL;
    if (counts(x, copy))
        answer(x, &truth);
    buffer_release(&truth.body);
}

/* A transaction in two: INCR by itself, the rest a while later. */
static void serve_later(void *subject, uint64_t copy)
{
    struct exchange *x = subject;
    struct stand_in_kv *kv = store_of(x);

    kv->counted_ahead = x->counted_ahead != 0;
    kv->ahead = x->counted_ahead;
    serve(x, copy);
    kv->counted_ahead = false;
}

static void count_apart(struct exchange *x, uint64_t copy)
{
    static const char begin[] = "[\"INCR\",";
    const char *incr = strstr(x->question.data, begin);
    struct served number = {0};
    const char *result;
    long long value = 0;

    buffer_init(&number.body, BODY_MAX_BYTES);
    stand_in_kv_serve(store_of(x), store_us(x->world), false,
                      (struct slice){incr, strcspn(incr, "]") + 1}, &number);
    result = strchr(number.body.data, ':') + 1;
    x->counted_ahead =
        slice_to_int((struct slice){result, strcspn(result, "}")}, &value)
            ? value
            : 0;
    buffer_release(&number.body);
    timeline_at(&x->world->timeline, now_us(x) + 4 * x->fate.question_us,
                serve_later, x, copy);
}

static void work_is_done(void *subject, uint64_t copy)
{
    struct exchange *x = subject;

    x->working = false;
    if (copy == 0)
        x->pending = false;
    if (x->restarts == x->world->weather.restarts) {
        serve(x, copy);
    } else {
        x->attempt->troubled = true;
        time_limit(x, 0);
    }
}

/* Whether this copy of the question is answered before any work. */
static bool is_rejected(const struct exchange *x, uint64_t copy)
{
    return x->fate.before_work && (copy == 1 || !x->fate.again_us);
}

static void arrive(void *subject, uint64_t copy)
{
    struct exchange *x = subject;
    struct weather *weather = &x->world->weather;
    const struct served nothing = {0};

    if (weather->down[x->server] || weather->silent[x->server]) {
        x->attempt->troubled = true;
        x->pending = false;
    } else if (is_rejected(x, copy)) {
        answer(x, &nothing);
    } else if (x->server == SERVER_DATABASE) {
        x->working = true;
        x->restarts = weather->restarts;
        see(MOMENT_WORK, x);
        timeline_at(&x->world->timeline, now_us(x) + x->fate.work_us,
                    work_is_done, x, copy);
    } else if (x->world->setting.mutant == MUTANT_COUNT_APART &&
               strstr(x->question.data, "[\"INCR\",")) {
        count_apart(x, copy);
    } else {
        serve(x, copy);
    }
}

/* ---- the way there ---- */

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
        .transaction = strstr(request->url, "/multi-exec"),
        .timeout_us = request->timeout_ms * 1000,
        .result = TRANSPORT_UNKNOWN,
    };
    world->exchanges = x;
    buffer_init(&x->question, BODY_MAX_BYTES);
    buffer_init(&x->answer.body, BODY_MAX_BYTES);
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
                 !is_rejected(x, 0);
    timeline_at(timeline, now_us(x) + x->timeout_us, time_limit, x, 0);
    if (!fate->question_lost)
        timeline_at(timeline, now_us(x) + fate->question_us, arrive, x, 0);
    else if (fate->cut)
        timeline_at(timeline, now_us(x) + fate->question_us, time_limit, x, 0);
    if (fate->again_us)
        timeline_at(timeline, now_us(x) + fate->question_us + fate->again_us,
                    arrive, x, 1);
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
        x->machine->dead = true;
    }
    return x->machine->dead;
}

/* In the words of the wire; of an SQL query the function and its arguments. */
static void tell_question(struct exchange *x)
{
    const char *query = strstr(x->question.data, "SELECT ");
    const char *function = query ? query + strlen("SELECT ") : "";
    const char *params = query ? strstr(query, "\"params\":") : NULL;

    world_tell(
        x->world, "    instance %d asks %s: %.*s %.300s%s%s",
        x->machine->number, server_name(x->server), (int)strcspn(function, "("),
        function, params ? params + strlen("\"params\":") : x->question.data,
        x->fate.words ? "  -- " : "", x->fate.words ? x->fate.words : "");
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
        x->attempt->asked_us = now_us(x);
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

    error_set(err, "the simulation lets it fail");
    response->sends = 1;
    if (machine->dead || !machine->attempt)
        return TRANSPORT_UNKNOWN;
    x = new_exchange(machine, server, request);
    result = run(x);
    x->settled = true;
    response->sends = x->fate.sends;
    if (result != TRANSPORT_ANSWERED)
        return result;
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
        free(x);
    }
}
