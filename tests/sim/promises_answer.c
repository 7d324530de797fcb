/*
 * What is promised of answers: that they are true, come in time, and that
 * nobody is forgotten in the end.
 */
#include "promises.h"

#include <stdlib.h>
#include <string.h>

#include "network.h"
#include "world.h"

/* For rounding, and for clocks that run a little differently. */
#define SLACK_US 60000

/* The order of KEY, if it is this BUYER's. */
static const struct stand_in_sql_order *
order_of(const struct world *world, const char *key, const struct buyer *buyer)
{
    const struct stand_in_sql_order *order =
        stand_in_sql_order(&world->sql, key);

    return order && strcmp(order->buyer, buyer->name) == 0 ? order : NULL;
}

/* ---- answers ---- */

static bool is_sale(const struct attempt *attempt)
{
    return attempt->buyer->wish == WISH_TICKET &&
           (attempt->status == 200 || attempt->status == 201);
}

bool promise_sale_is_an_order(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    const struct stand_in_sql_order *order =
        order_of(f->world, a->key, a->buyer);

    return !is_sale(a) || (order && order->id == a->order &&
                           order->product == a->buyer->product &&
                           order->quantity == a->buyer->quantity &&
                           a->replayed == (a->status == 200));
}

/*
 * An answer to an earlier attempt with the same key and, after a split, the
 * same fence cannot be told from a new one, and is as true.
 */
bool promise_order_is_sold_once(const struct facts *f)
{
    const struct attempt *a = f->attempt;

    for (int i = 0; a->status == 201 && i < f->world->attempt_count; i++) {
        const struct attempt *b = &f->world->attempts[i];

        if (b != a && is_sale(a) && is_sale(b) && b->status == 201 &&
            b->order == a->order &&
            !(a->disturbed && strcmp(a->key, b->key) == 0))
            return false;
    }
    return true;
}

bool promise_sold_out_is_true(const struct facts *f)
{
    const struct attempt *a = f->attempt;

    return strcmp(a->type, "sold-out") != 0 || a->database_calls == 0 ||
           a->replays || a->was_sold_out;
}

bool promise_refused_without_call(const struct facts *f)
{
    const struct attempt *a = f->attempt;

    return (strcmp(a->type, "busy") != 0 &&
            strcmp(a->type, "lock-unavailable") != 0) ||
           a->database_calls == 0 || a->replays;
}

bool promise_one_call_for_each(const struct facts *f)
{
    return f->attempt->database_calls <= 1;
}

bool promise_answer_is_in_time(const struct facts *f)
{
    const struct climate *climate = &f->world->plan.climate;
    const struct attempt *a = f->attempt;
    const int64_t took_us = a->answered_us - a->began_us;
    const int64_t locks = a->replays ? 2 : 1;
    const int64_t budget_us =
        (locks * climate->kv_tries * climate->kv_timeout_ms +
         (a->database_calls ? climate->database_timeout_ms : 0)) *
        1000;

    return a->frozen || took_us <= budget_us + SLACK_US;
}

bool promise_deadline_is_met(const struct facts *f)
{
    return f->attempt->frozen;
}

bool promise_says_when_to_return(const struct facts *f)
{
    const struct attempt *a = f->attempt;
    const bool again = strcmp(a->type, "busy") == 0 || a->status == 503;

    return !again || (a->has_retry_after && a->retry_after_ms >= 200 &&
                      a->retry_after_ms <= 1200);
}

/* ---- in the end ---- */

/* A payment that comes too late changes its order: the refund is due. */
static bool is_sure_of_nothing(const struct attempt *attempt)
{
    return attempt && attempt->status >= 400 && attempt->status != 504 &&
           strcmp(attempt->type, "lapsed") != 0;
}

bool promise_nothing_done_is_true(const struct facts *f)
{
    const struct stand_in_sql *sql = &f->world->sql;

    for (size_t i = 0; i < sql->order_count; i++) {
        if (is_sure_of_nothing(sql->orders[i].by) ||
            is_sure_of_nothing(sql->orders[i].changed_by))
            return false;
    }
    return true;
}

/* Whether the name that a buyer wants is kept for it. */
static bool has_name(const struct world *world, const struct buyer *buyer)
{
    const struct stand_in_sql *sql = &world->sql;

    for (size_t i = 0; i < sql->name_count; i++) {
        if (strcmp(sql->names[i].user, buyer->name) == 0 &&
            strstr(buyer->body, sql->names[i].name))
            return true;
    }
    return false;
}

bool promise_name_is_kept(const struct facts *f)
{
    for (int i = 0; i < f->world->attempt_count; i++) {
        const struct attempt *a = &f->world->attempts[i];

        if (a->buyer->wish == WISH_NAME &&
            (a->status == 200 || a->status == 201) &&
            !has_name(f->world, a->buyer))
            return false;
    }
    return true;
}

bool promise_everybody_is_told(const struct facts *f)
{
    for (int i = 0; i < f->world->buyer_count; i++) {
        if (!f->world->buyers[i].told && !f->world->buyers[i].gave_up)
            return false;
    }
    return true;
}

/* Whether what BUYER was told last is true: it has this ORDER, or none. */
static bool is_true(const struct world *world, const struct buyer *buyer,
                    const struct stand_in_sql_order *order)
{
    const int status = buyer->told_by->status;

    if ((status == 410 || status == 404) && order)
        return !promises_must_know(world, buyer->told_by, order);
    return buyer->order == (order ? order->id : 0);
}

bool promise_told_what_is_true(const struct facts *f)
{
    for (int i = 0; i < f->world->buyer_count; i++) {
        const struct buyer *buyer = &f->world->buyers[i];

        if (buyer->told && buyer->wish == WISH_TICKET && buyer->key[0] &&
            !is_true(f->world, buyer, order_of(f->world, buyer->key, buyer)))
            return false;
    }
    return true;
}
