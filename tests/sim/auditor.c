/*
 * Each promise is a row: when it is looked at, what it says, and a function
 * that is true while it holds.  A new promise is a new row.  The first one that
 * is broken ends the history.
 */
#include "auditor.h"

#include <stdlib.h>
#include <string.h>

#include "network.h"
#include "promises.h"
#include "world.h"

static const struct {
    enum moment moments;
    const char *promise;
    bool (*holds)(const struct facts *f);
} promises[] = {
    {MOMENT_LOCK, "locks, signs and markers end by themselves",
     promise_lock_has_an_end},
    {MOMENT_ASK, "a store that is silent is left alone for a second",
     promise_silence_is_heeded},
    {MOMENT_ASK, "a sign is what the database has said",
     promise_sign_is_from_a_row},
    {MOMENT_ASK, "a sign is put up while the lease lasts",
     promise_sign_is_in_time},
    {MOMENT_RELEASE, "nobody releases a lock that is another's",
     promise_release_is_of_ones_own},
    {MOMENT_RELEASE, "no lock is released while its call may be running",
     promise_call_is_over_at_release},
    {MOMENT_CALL, "a call fits into what is left of its lease",
     promise_lease_covers_call},
    {MOMENT_CALL, "a call fits into what is left of the platform's time",
     promise_call_has_time},
    {MOMENT_CALL, "who sees a sign does not call the database",
     promise_sign_is_heeded},
    {MOMENT_CALL, "a key's marker is there before its call",
     promise_marker_comes_first},
    {MOMENT_WORK, "one call of a lock at once", promise_works_alone},
    {MOMENT_WORK, "no more calls of a name at once than permits",
     promise_permits_are_kept},
    {MOMENT_DONE, "fences only grow", promise_fences_grow},
    {MOMENT_DONE, "whoever holds an undisturbed lock is not stale",
     promise_holder_is_not_stale},
    {MOMENT_DONE, "a replay sells nothing", promise_replay_sells_nothing},
    {MOMENT_DONE, "stock and sold add up", promise_stock_adds_up},
    {MOMENT_DONE, "a key buys once", promise_key_buys_once},
    {MOMENT_DONE, "an order changes as it may, once, and is told of it",
     promise_order_changes_as_it_may},
    {MOMENT_DONE, "nobody is refused what is left",
     promise_what_is_left_is_sold},
    {MOMENT_ANSWER, "a sale is an order", promise_sale_is_an_order},
    {MOMENT_ANSWER, "an order is sold once", promise_order_is_sold_once},
    {MOMENT_ANSWER, "\"sold out\" is true", promise_sold_out_is_true},
    {MOMENT_ANSWER, "who has an order is never told \"sold out\"",
     promise_order_is_remembered},
    {MOMENT_ANSWER, "a key of ours that a 504 names is marked",
     promise_our_key_is_marked},
    {MOMENT_ANSWER, "a sign outlives what it says by its time at most",
     promise_sign_comes_down},
    {MOMENT_ANSWER, "busy means that somebody else has the lock",
     promise_busy_means_somebody_else},
    {MOMENT_ANSWER, "who is refused has not called the database",
     promise_refused_without_call},
    {MOMENT_ANSWER, "a request calls the database once",
     promise_one_call_for_each},
    {MOMENT_ANSWER, "an answer comes within its budget",
     promise_answer_is_in_time},
    {MOMENT_ANSWER, "who is to come back is told when",
     promise_says_when_to_return},
    {MOMENT_FINISH, "a lock is released when all went well",
     promise_leaves_no_lock},
    {MOMENT_FINISH, "new tickets take the sign down",
     promise_opened_takes_sign_down},
    {MOMENT_FINISH, "who is stale raises the counter",
     promise_counter_is_raised},
    {MOMENT_DEADLINE, "an instance is done before its deadline",
     promise_deadline_is_met},
    {MOMENT_END, "\"nothing was done\" is true", promise_nothing_done_is_true},
    {MOMENT_END, "who has paid has a ticket or the money, never both",
     promise_payment_is_told_true},
    {MOMENT_END, "a name that was given is kept", promise_name_is_kept},
    {MOMENT_END, "an invented product leaves nothing in the store",
     promise_nothing_is_left},
    {MOMENT_END, "in the end everybody is told", promise_everybody_is_told},
    {MOMENT_END, "what a buyer was told is true", promise_told_what_is_true},
};

int64_t auditor_empty_us(const struct world *world,
                         const struct stand_in_sql_product *product)
{
    const int64_t now_us = world->timeline.now_us;
    const int64_t empty_us = world->auditor.signs[product->id].empty_us;
    const int64_t until_us = world->auditor.signs[product->id].empty_until_us;
    const int64_t last_us = until_us < now_us ? until_us : now_us;

    return last_us > empty_us ? last_us : empty_us;
}

static void copy(char *to, size_t size, const char *from, size_t len)
{
    if (len >= size)
        len = size - 1;
    memcpy(to, from, len);
    to[len] = '\0';
}

/* Whether, and until when, none of PRODUCT is left; see `empty_until_us`. */
static void note_stock(struct world *world,
                       const struct stand_in_sql_product *product)
{
    struct auditor *auditor = &world->auditor;
    const int64_t now_us = world->timeline.now_us;
    const int64_t empty_us = auditor_empty_us(world, product);
    int64_t lapse_us;

    (void)stand_in_sql_held(&world->sql, product->id, &lapse_us);
    auditor->signs[product->id].empty_us = empty_us;
    auditor->signs[product->id].empty_until_us = 0;
    if (product->stock > 0 || lapse_us <= now_us)
        return;
    auditor->signs[product->id].empty_us = now_us;
    auditor->signs[product->id].empty_until_us = lapse_us;
}

/* What the database has told an attempt, and what it did to a product. */
static void note_row(struct world *world, struct attempt *attempt)
{
    const struct stand_in_sql *sql = &world->sql;
    const struct stand_in_sql_product *product =
        stand_in_sql_product(sql, attempt->buyer->product);
    const int64_t now_us = world->timeline.now_us;

    if (strcmp(sql->outcome, "stale") == 0)
        attempt->told_fence = stand_in_sql_fence(sql, sql->lock);
    if (sql->closed[0]) {
        copy(attempt->told_closed, sizeof(attempt->told_closed), sql->closed,
             strlen(sql->closed));
        attempt->told_us = now_us;
    }
    attempt->was_sold_out |= strcmp(sql->outcome, "sold_out") == 0;
    if (!product)
        return;
    if (strcmp(sql->outcome, "restocked") == 0 ||
        (attempt->buyer->wish == WISH_CANCEL &&
         strcmp(sql->outcome, "cancelled") == 0))
        attempt->opened_us = now_us;
    if (attempt->opened_us == now_us)
        world->auditor.signs[product->id].restocked_us = now_us;
    note_stock(world, product);
}

void auditor_see(enum moment moment, const struct facts *facts)
{
    struct auditor *auditor = &facts->world->auditor;

    if (moment == MOMENT_CALL)
        facts->attempt->database_calls++;
    if (moment == MOMENT_DONE)
        note_row(facts->world, facts->attempt);
    if (moment == MOMENT_ANSWER)
        facts->attempt->marked =
            promises_has_marker(facts->world, facts->attempt);
    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        if (auditor->broken || promises[i].moments != moment ||
            promises[i].holds(facts))
            continue;
        auditor->broken = promises[i].promise;
        world_tell(facts->world, "BROKEN: %s (buyer %d)", auditor->broken,
                   facts->attempt ? facts->attempt->buyer->number : -1);
    }
}

/* ---- reading along ---- */

static bool begins_with(const char *text, const char *begin)
{
    return strncmp(text, begin, strlen(begin)) == 0;
}

void auditor_read_question(struct attempt *attempt, const char *body)
{
    static const char begin[] = "[\"SET\",\"lock:";
    const char *name = strstr(body, begin);
    struct asked_lock *lock;
    const char *token;
    size_t i = 0;

    if (!name)
        return;
    name += strlen(begin);
    token = strchr(name, ',') + 2;
    attempt->replays = begins_with(name, "key:");
    lock = world_lock(attempt);
    copy(lock->name, sizeof(lock->name), name, strcspn(name, "\""));
    copy(lock->token, sizeof(lock->token), token, 32);
    while (i < 3 && attempt->tokens[i][0] &&
           strncmp(attempt->tokens[i], token, 32) != 0)
        i++;
    copy(attempt->tokens[i], sizeof(attempt->tokens[i]), token, 32);
}

bool auditor_is_for_lock(const struct exchange *x)
{
    return x->server == SERVER_STORE &&
           (strstr(x->question.data, "[\"SET\",\"lock:") ||
            begins_with(x->question.data, "[\"MGET\","));
}

void auditor_note_silence(const struct exchange *x, bool answered)
{
    struct machine *machine = x->machine;

    if (!auditor_is_for_lock(x))
        return;
    machine->silences = answered ? 0 : machine->silences + 1;
    machine->silent_us = x->world->timeline.now_us;
}

/* The token at AT, with its quotes; false if there is none. */
static bool read_token(const char *at, char token[33])
{
    static const char digits[] = "0123456789abcdef";

    if (at[0] != '"' || strspn(at + 1, digits) != 32 || at[33] != '"')
        return false;
    copy(token, 33, at + 1, 32);
    return true;
}

/* The one token of GET's answer, or the first element of MGET's. */
void auditor_read_answer(struct attempt *attempt, const char *body)
{
    static const char list[] = "\"result\":[";
    const char *at = strstr(body, list);
    const char *sign = at ? strchr(at, ',') : NULL;

    if (at)
        attempt->saw_sign = attempt->buyer->wish == WISH_TICKET && sign &&
                            (begins_with(sign, ",\"sold_out\"") ||
                             begins_with(sign, ",\"held_out\"") ||
                             begins_with(sign, ",\"unknown_product\""));
    if (at)
        (void)read_token(at + strlen(list), attempt->locks[LOCK_OF_NAME].shown);
    for (at = at ? "" : strchr(body, '"'); at && *at; at = strchr(at + 1, '"'))
        (void)read_token(at, world_lock(attempt)->shown);
}

/* The product that a key such as closed:product:1 belongs to; -1: none. */
static int product_of(const struct world *world, const char *name)
{
    const char *number = strstr(name, "product:");
    const int64_t id = number ? strtoll(number + 8, NULL, 10) : -1;

    return stand_in_sql_product(&world->sql, id) ? (int)id : -1;
}

/* How long it took from the row to the sign. */
static void note_sign(struct world *world, const struct attempt *attempt,
                      const char *name)
{
    const int64_t took_us = world->timeline.now_us - attempt->told_us;
    const int product = product_of(world, name);

    if (product >= 0)
        world->auditor.signs[product].put_up_us = world->timeline.now_us;
    if (product >= 0 &&
        world->auditor.signs[product].longest_put_up_us < took_us)
        world->auditor.signs[product].longest_put_up_us = took_us;
}

static void lock_is_set(void *state, const struct stand_in_kv_key *key)
{
    struct world *world = state;
    struct attempt *attempt = world->serving->attempt;
    const struct facts facts = {
        .world = world, .attempt = attempt, .expires_us = key->expires_us};
    const int64_t left_ppm = 1000000 - world->plan.climate.store_ppm;
    struct asked_lock *lock;

    if (begins_with(key->name, "closed:"))
        note_sign(world, attempt, key->name);
    if (begins_with(key->name, "lock:")) {
        lock =
            &attempt->locks[begins_with(key->name, "lock:key:") ? LOCK_OF_KEY
                                                                : LOCK_OF_NAME];
        lock->set_us = world->timeline.now_us;
        /* The store's seconds are not quite ours. */
        lock->until_us = world->timeline.now_us + world->plan.climate.lease_s *
                                                      1000000LL * left_ppm /
                                                      1000000;
        lock->lease_us = lock->until_us;
        attempt->disturbed |= world->weather.split != 0;
    } else if (begins_with(key->name, "fence:")) {
        return;
    }
    auditor_see(MOMENT_LOCK, &facts);
}

/*
 * Who finds a sign and counts 1 takes the counter away again, and the lock
 * before that: others may have counted on it in between.
 */
static void note_lost_counter(struct world *world, const char *lock)
{
    struct auditor *auditor = &world->auditor;

    for (size_t i = 0; i < AUDITOR_LOCKS; i++) {
        if (strcmp(auditor->accepted[i].name, lock) == 0)
            auditor->accepted[i].lost_counter |=
                world->serving->attempt->saw_sign;
    }
}

static void lock_is_deleted(void *state, const char *name, const char *old)
{
    struct world *world = state;
    struct attempt *owner = world_owner(world, old);
    const struct facts facts = {
        .world = world, .attempt = world->serving->attempt, .text = old};

    if (begins_with(name, "fence:"))
        note_lost_counter(world, name + strlen("fence:"));
    if (!begins_with(name, "lock:"))
        return;
    auditor_see(MOMENT_RELEASE, &facts);
    for (int i = 0; owner && i < 2; i++) {
        if (strcmp(owner->locks[i].token, old) == 0)
            owner->locks[i].until_us = 0;
    }
}

struct stand_in_kv_watcher auditor_watcher(struct world *world)
{
    return (struct stand_in_kv_watcher){lock_is_set, lock_is_deleted, world};
}

/* Whether a token of somebody is in LINE. */
static bool shows_token(struct world *world, const char *line)
{
    static const char digits[] = "0123456789abcdef";
    char token[33];

    while (*line) {
        const size_t len = strspn(line, digits);

        copy(token, sizeof(token), line, len);
        if (len == 32 && world_owner(world, token))
            return true;
        line += len + (line[len] != '\0');
    }
    return false;
}

void auditor_read_log(struct world *world, const char *line)
{
    if (!world->auditor.broken &&
        (strstr(line, "secret") || shows_token(world, line)))
        world->auditor.broken = "the log holds no secret";
}
