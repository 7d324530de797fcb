/*
 * A question becomes events: it arrives, it is carried out (at the database
 * after a while), and its answer is delivered.  Two copies may arrive; the
 * answer to one of them counts.
 */
#include "server.h"

#include <stdlib.h>
#include <string.h>

#include "network.h"
#include "world.h"

#define BODY_MAX_BYTES (64UL * 1024)

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

const char *server_name(enum server server)
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

void server_end_wait(void *subject, uint64_t detail)
{
    (void)detail;
    end_wait(subject, TRANSPORT_UNKNOWN);
}

static void deliver(void *subject, uint64_t detail)
{
    struct exchange *x = subject;

    (void)detail;
    if (!x->settled && x->misleads)
        x->machine->misled_us = now_us(x);
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
 * Whether the answer to OTHER may be taken for X's.  Three kinds that would be
 * believed are left out: an error, which says nothing of whose it is; a row of
 * another function without a key and a fence, which passes for one of an older
 * schema (guard/upstream.h); and one that names no more than the key and the
 * fence, for another buyer who has the same key by mistake.
 */
static bool may_be_swapped(const struct exchange *x,
                           const struct exchange *other)
{
    const struct attempt *a = x->attempt;
    const struct attempt *b = other->attempt;

    return other != x && other->server == x->server && !other->fate.foreign &&
           other->answer.status == 200 && other->list == x->list &&
           a->buyer->wish == b->buyer->wish &&
           (a->buyer == b->buyer || !a->key[0] || strcmp(a->key, b->key) != 0);
}

/* The latest answer that may be swapped for X's; NULL: none. */
static const struct exchange *find_foreign(const struct exchange *x)
{
    const struct exchange *other = x->world->exchanges;

    while (other && !may_be_swapped(x, other))
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
        x->misleads = x->server == SERVER_STORE;
        put(&x->answer, foreign->answer.status, foreign->answer.body.data);
    }
    if (!fate->answer_lost)
        timeline_at(&x->world->timeline, now_us(x) + fate->answer_us, deliver,
                    x, 0);
    else if (fate->cut)
        timeline_at(&x->world->timeline, now_us(x) + fate->answer_us,
                    server_end_wait, x, 0);
}

/* ---- the work ---- */

/* Whether the answer to this copy of the question is the one that counts. */
static bool counts(const struct exchange *x, uint64_t copy)
{
    return !x->fate.again_us || (copy == 1) == (x->fate.sends > 1);
}

/* COPY is carried out. */
static void finish(struct exchange *x, uint64_t copy,
                   const struct served *truth)
{
    struct world *world = x->world;

    if (copy == 1)
        world_tell(world, "    %s carries out instance %d's question again",
                   server_name(x->server), x->machine->number);
    world->digest = dice_mix(world->digest, (uint64_t)now_us(x));
    world->digest = dice_mix(world->digest, truth->body.len);
    if (x->server == SERVER_DATABASE)
        see(MOMENT_DONE, x);
    if (counts(x, copy))
        answer(x, truth);
}

static void serve(struct exchange *x, uint64_t copy)
{
    struct world *world = x->world;
    struct served truth = {0};

    buffer_init(&truth.body, BODY_MAX_BYTES);
    world->serving = x;
    if (x->server == SERVER_STORE) {
        stand_in_kv_serve(store_of(x), store_us(world), x->list,
                          buffer_slice(&x->question), &truth);
    } else {
        world->sql.caller = x->attempt;
        world->sql.now_us = world->timeline.now_us;
        stand_in_sql_serve(&world->sql, buffer_slice(&x->question), &truth);
    }
    world->serving = NULL;
    finish(x, copy, &truth);
    buffer_release(&truth.body);
}

/* A command of a pipeline; DETAIL is twice its number, plus the copy. */
static void serve_step(void *subject, uint64_t detail)
{
    struct exchange *x = subject;
    const uint64_t copy = detail % 2;
    bool last;

    x->world->serving = x;
    last = stand_in_kv_step(store_of(x), store_us(x->world),
                            buffer_slice(&x->question), detail / 2,
                            &x->piped[copy]);
    x->world->serving = NULL;
    if (last)
        finish(x, copy, &x->piped[copy]);
    else
        timeline_at(&x->world->timeline, now_us(x) + x->fate.between_us,
                    serve_step, x, detail + 2);
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
        server_end_wait(x, 0);
    }
}

/* Whether this copy of the question is answered before any work. */
bool server_rejects(const struct exchange *x, uint64_t copy)
{
    return x->fate.before_work && (copy == 1 || !x->fate.again_us);
}

void server_arrive(void *subject, uint64_t copy)
{
    struct exchange *x = subject;
    struct weather *weather = &x->world->weather;
    const struct served nothing = {0};

    if (weather->down[x->server] || weather->silent[x->server]) {
        x->attempt->troubled = true;
        x->pending = false;
    } else if (server_rejects(x, copy)) {
        answer(x, &nothing);
    } else if (x->server == SERVER_DATABASE) {
        x->working = true;
        x->restarts = weather->restarts;
        see(MOMENT_WORK, x);
        timeline_at(&x->world->timeline, now_us(x) + x->fate.work_us,
                    work_is_done, x, copy);
    } else if (x->pipeline) {
        serve_step(x, copy);
    } else {
        serve(x, copy);
    }
}
