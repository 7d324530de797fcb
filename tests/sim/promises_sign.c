/*
 * What is promised of signs, markers and replays.  How long a sign may outlive
 * what it says is counted from the last moment at which none were left: the
 * holder's way to the store, the sign's time, the way to an instance, and its
 * memory.
 */
#include "promises.h"

#include <string.h>

#include "network.h"
#include "world.h"

/* The sign's time where the row says none, an instance's memory, and slack. */
#define SIGN_US 10000000LL
#define MEMORY_US 1000000LL
#define SLACK_US 200000LL

/* What a request leaves of the platform's time for its answer. */
#define RESERVE_US 102000LL

/* How long a silent store is left alone, less what clocks differ. */
#define ALONE_US 997000LL

/* ---- the store ---- */

bool promise_silence_is_heeded(const struct facts *f)
{
    const struct machine *machine = f->exchange->machine;

    return !auditor_is_for_lock(f->exchange) || machine->silences < 3 ||
           f->world->timeline.now_us >= machine->silent_us + ALONE_US;
}

/* The word of a sign that a question puts up; "" if it puts up none. */
static const char *word_of(const struct facts *f, size_t *len)
{
    static const char begin[] = "[\"SET\",\"closed:";
    const char *at = strstr(f->exchange->question.data, begin);
    const char *word = at ? strstr(at, "\",\"") : NULL;
    const char *word2 = word ? strstr(word + 3, "\",\"") : NULL;

    *len = 0;
    if (!word2)
        return "";
    word2 += 3;
    *len = strcspn(word2, "\"");
    return word2;
}

bool promise_sign_is_from_a_row(const struct facts *f)
{
    size_t len;
    const char *word = word_of(f, &len);
    const char *told = f->attempt->told_closed;

    return len == 0 || f->attempt->disturbed ||
           (strlen(told) == len && strncmp(told, word, len) == 0);
}

bool promise_sign_is_in_time(const struct facts *f)
{
    size_t len;

    (void)word_of(f, &len);
    return len == 0 || f->attempt->disturbed || f->exchange->frozen_before ||
           f->attempt->locks[LOCK_OF_NAME].lease_us > f->world->timeline.now_us;
}

/* Whether the product is one of those that there are. */
static bool is_real(const struct facts *f)
{
    return stand_in_sql_product(&f->world->sql, f->attempt->buyer->product);
}

/* ---- before the call ---- */

bool promise_sign_is_heeded(const struct facts *f)
{
    return f->attempt->replays || f->attempt->disturbed ||
           !f->attempt->saw_sign;
}

bool promises_has_marker(struct world *world, const struct attempt *attempt)
{
    char name[sizeof(attempt->key) + 16];

    (void)snprintf(name, sizeof(name), "key:%s:%s", world_call(attempt),
                   attempt->key);
    return stand_in_kv_find(world->kv, 0, name);
}

/* An invented product's marker may be forgotten with it by another attempt. */
bool promise_marker_comes_first(const struct facts *f)
{
    const struct attempt *a = f->attempt;

    return a->buyer->wish != WISH_TICKET || !a->sent_key || a->replays ||
           !is_real(f) || a->disturbed || f->world->weather.forgot ||
           promises_has_marker(f->world, a);
}

/* ---- answers ---- */

/* Whether the one question that sets a marker after the call went wrong. */
static bool cannot_mark(const struct facts *f)
{
    const struct exchange *x = f->world->exchanges;
    const struct attempt *a = f->attempt;
    const int64_t limit_us = f->world->plan.climate.limit_ms * 1000;

    if (a->frozen ||
        (limit_us && a->answered_us - a->began_us > limit_us - RESERVE_US))
        return true;
    while (x && (x->attempt != a || x->number != a->exchanges - 1U))
        x = x->next;
    return x && x->server == SERVER_STORE &&
           (x->fate.words || x->result != TRANSPORT_ANSWERED);
}

bool promise_our_key_is_marked(const struct facts *f)
{
    const struct attempt *a = f->attempt;

    return a->status != 504 || a->buyer->wish != WISH_TICKET || a->sent_key ||
           !is_real(f) || a->disturbed || f->world->weather.forgot ||
           promises_has_marker(f->world, a) || cannot_mark(f);
}

static bool is_held_out(const struct attempt *attempt)
{
    return strcmp(attempt->type, "held-out") == 0;
}

/* Whether it was told that none is left. */
static bool is_out(const struct attempt *attempt)
{
    return strcmp(attempt->type, "sold-out") == 0 || is_held_out(attempt);
}

/* ... by a sign. */
static bool is_closed(const struct attempt *attempt)
{
    return is_out(attempt) &&
           (attempt->database_calls == 0 || attempt->replays);
}

/* Whether some of PRODUCT were ever held. */
static bool has_holds(const struct world *world, int64_t product)
{
    for (size_t i = 0; i < world->sql.order_count; i++) {
        if (world->sql.orders[i].product == product &&
            world->sql.orders[i].held_until_us)
            return true;
    }
    return false;
}

/*
 * Whether ATTEMPT, which was told "sold out", has to know of ORDER.  One that
 * was there before the request was made is always found.  One that came during
 * the request can be missed, if there were new tickets or lapses: two requests
 * of one buyer at the same moment may be told different truths.
 */
bool promises_must_know(const struct world *world,
                        const struct attempt *attempt,
                        const struct stand_in_sql_order *order)
{
    const struct attempt *by = order->by;

    return (by->sent_key || by->marked) && !attempt->disturbed &&
           !world->weather.forgot &&
           (order->at_us < attempt->began_us ||
            (!world->auditor.signs[order->product].restocked_us &&
             !has_holds(world, order->product)));
}

bool promise_order_is_remembered(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    const struct stand_in_sql_order *order =
        a->key[0] ? stand_in_sql_order(&f->world->sql, a->key) : NULL;

    return !is_out(a) || !order || strcmp(order->buyer, a->buyer->name) != 0 ||
           !promises_must_know(f->world, a, order);
}

/*
 * How long the sign that answered ATTEMPT may hang with tickets left.  One for
 * what is held is taken down with the next lapse, in whole seconds.
 */
static int64_t hangs_us(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    const int closed_s = f->world->sql.closed_s;

    if (is_held_out(a))
        return f->world->auditor.signs[a->buyer->product].restocked_us
                   ? SIGN_US
                   : 1000000;
    return closed_s ? closed_s * 1000000LL : SIGN_US;
}

bool promise_sign_comes_down(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    const struct stand_in_sql_product *product =
        stand_in_sql_product(&f->world->sql, a->buyer->product);

    if (!is_closed(a) || a->disturbed ||
        a->machine->misled_us + MEMORY_US + SLACK_US > a->began_us)
        return true;
    return product &&
           auditor_empty_us(f->world, product) +
                   f->world->auditor.signs[product->id].longest_put_up_us +
                   hangs_us(f) + MEMORY_US + SLACK_US +
                   f->world->plan.climate.kv_timeout_ms * 1000 >
               a->began_us;
}

/* ---- afterwards ---- */

/* A sign that hangs then was put up by somebody who came later. */
bool promise_opened_takes_sign_down(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    char name[sizeof(a->key)];
    const struct stand_in_kv_key *sign;

    (void)snprintf(name, sizeof(name), "closed:product:%lld",
                   (long long)a->buyer->product);
    sign = stand_in_kv_find(f->world->kv, 0, name);
    return !a->opened_us || a->troubled || a->frozen || a->disturbed ||
           f->world->weather.forgot || !sign || !strstr(sign->value, "_out") ||
           f->world->auditor.signs[a->buyer->product].put_up_us > a->opened_us;
}

/* ---- in the end ---- */

/* Whether all went well with all who wanted an invented product. */
static bool went_well(const struct world *world)
{
    for (int i = 0; i < world->attempt_count; i++) {
        const struct attempt *a = &world->attempts[i];

        if (a->buyer->product >= WORLD_INVENTED &&
            (a->troubled || a->frozen || a->disturbed ||
             (a->status != 404 && a->status != 409)))
            return false;
    }
    return !world->weather.forgot;
}

bool promise_nothing_is_left(const struct facts *f)
{
    const struct stand_in_kv_keys *keys = &f->world->kv[0].keys;

    for (size_t i = 0; i < keys->used; i++) {
        const struct stand_in_kv_key *key = &keys->list[i];

        if (!key->expires_us && strstr(key->name, "product:9") &&
            went_well(f->world))
            return false;
    }
    return true;
}
