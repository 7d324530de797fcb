/*
 * What is promised of orders.  An order's state changes by a table: whatever is
 * not in it, or is told without being done, is broken.
 */
#include "promises.h"

#include <string.h>

#include "world.h"

static const struct {
    enum stand_in_sql_state from, to;
    const char *outcome; /* that tells of it; NULL: it is said to nobody */
    bool lapsed;         /* its time must be over */
} changes[] = {
    {STAND_IN_SQL_NONE, STAND_IN_SQL_SOLD, "sold", false},
    {STAND_IN_SQL_NONE, STAND_IN_SQL_HELD, "held", false},
    {STAND_IN_SQL_HELD, STAND_IN_SQL_LAPSED, NULL, true},
    {STAND_IN_SQL_HELD, STAND_IN_SQL_SOLD, "confirmed", false},
    {STAND_IN_SQL_LAPSED, STAND_IN_SQL_SOLD, "confirmed", true},
    {STAND_IN_SQL_HELD, STAND_IN_SQL_REFUND, "lapsed", true},
    {STAND_IN_SQL_LAPSED, STAND_IN_SQL_REFUND, "lapsed", true},
    {STAND_IN_SQL_HELD, STAND_IN_SQL_CANCELLED, "cancelled", false},
    {STAND_IN_SQL_SOLD, STAND_IN_SQL_CANCELLED, "cancelled", false},
};

#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static bool came_to(const struct facts *f, const char *outcome)
{
    return strcmp(f->world->sql.outcome, outcome) == 0;
}

/* Whether ORDER may have come from BEFORE; TOLD: whether somebody is told. */
static bool may_change(const struct facts *f,
                       const struct stand_in_sql_order *order,
                       enum stand_in_sql_state before, bool *told)
{
    for (size_t i = 0; i < CHANGES; i++) {
        if (changes[i].from != before || changes[i].to != order->state)
            continue;
        *told |= changes[i].outcome != NULL;
        return (!changes[i].outcome || came_to(f, changes[i].outcome)) &&
               (!changes[i].lapsed ||
                order->held_until_us <= f->world->timeline.now_us);
    }
    return false;
}

/* Whether it is told that something was done; confirm's "cancelled" is not. */
static bool must_change(const struct facts *f)
{
    return came_to(f, "sold") || came_to(f, "held") ||
           came_to(f, "confirmed") ||
           (came_to(f, "cancelled") && f->attempt->buyer->wish == WISH_CANCEL);
}

bool promise_order_changes_as_it_may(const struct facts *f)
{
    const struct stand_in_sql *sql = &f->world->sql;
    enum stand_in_sql_state *states = f->world->auditor.states;
    bool told = false;

    for (size_t i = 0; i < sql->order_count; i++) {
        const enum stand_in_sql_state before = states[i];

        states[i] = sql->orders[i].state;
        if (states[i] != before &&
            !may_change(f, &sql->orders[i], before, &told))
            return false;
    }
    return told || !must_change(f);
}

/* With holds that are live, it is not sold out for good. */
bool promise_what_is_left_is_sold(const struct facts *f)
{
    const struct stand_in_sql *sql = &f->world->sql;
    const struct buyer *buyer = f->attempt->buyer;
    const struct stand_in_sql_product *product =
        stand_in_sql_product(sql, buyer->product);
    int64_t lapse_us;

    if (!came_to(f, "sold_out") && !came_to(f, "held_out"))
        return true;
    return product->stock + stand_in_sql_lapsed(sql, product->id) <
               buyer->quantity &&
           (came_to(f, "held_out") ||
            stand_in_sql_held(sql, product->id, &lapse_us) == 0);
}

/* Whether a sold ORDER has the name of the payment that sold it, or none. */
static bool is_paid_by_its_own(const struct stand_in_sql_order *order)
{
    const struct attempt *by = order->changed_by;

    return strcmp(by->buyer->payment, order->payment) == 0;
}

/* Whether what ATTEMPT, a payment's, was told is true of ORDER in the end. */
static bool is_told_true(const struct attempt *attempt,
                         const struct stand_in_sql_order *order)
{
    const char *payment = attempt->buyer->payment;
    const bool is_ours = !payment[0] || strcmp(payment, order->payment) == 0;

    if (attempt->status == 200)
        return is_ours && (order->state == STAND_IN_SQL_CANCELLED ||
                           (order->state == STAND_IN_SQL_SOLD &&
                            is_paid_by_its_own(order)));
    if (strcmp(attempt->type, "lapsed") == 0)
        return order->state == STAND_IN_SQL_REFUND;
    if (strcmp(attempt->type, "cancelled") == 0)
        return order->state == STAND_IN_SQL_CANCELLED;
    if (strcmp(attempt->type, "paid-twice") == 0)
        return !is_ours;
    return attempt->status != 404;
}

bool promise_payment_is_told_true(const struct facts *f)
{
    const struct world *world = f->world;

    for (int i = 0; i < world->attempt_count; i++) {
        const struct attempt *a = &world->attempts[i];

        if (a->buyer->wish == WISH_PAY &&
            !is_told_true(a,
                          stand_in_sql_order_of(&world->sql, a->buyer->target)))
            return false;
    }
    return true;
}
