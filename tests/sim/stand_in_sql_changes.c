/*
 * confirm and cancel: they change the state of what purchase and hold have
 * made, each by the state that it is in.
 */
#include <stdlib.h>
#include <string.h>

#include "stand_in_sql_call.h"

/* ---- confirm ---- */

/* It has lapsed: take its tickets again, if they are left. */
static const char *take_again(struct stand_in_sql_call *call,
                              struct stand_in_sql_order *order,
                              struct stand_in_sql_product *product)
{
    if (product->stock < order->quantity) {
        order->state = STAND_IN_SQL_REFUND;
        return "lapsed";
    }
    if (!stand_in_sql_is_cut(call, MUTANT_LAPSED_TAKES_NONE))
        product->stock -= order->quantity;
    if (!stand_in_sql_is_cut(call, MUTANT_LAPSED_TAKEN_TWICE))
        order->state = STAND_IN_SQL_SOLD;
    return "confirmed";
}

/*
 * Whether PAYMENT is not what sold ORDER; NULL: it has no name.  What was sold
 * at once takes its first.
 */
static bool is_another(const struct stand_in_sql_call *call,
                       const struct stand_in_sql_order *order,
                       const char *payment)
{
    if (!payment || stand_in_sql_is_cut(call, MUTANT_PAID_TWICE) ||
        (!order->payment[0] &&
         (!order->held_until_us ||
          stand_in_sql_is_cut(call, MUTANT_NAMELESS_IS_UNPAID))))
        return false;
    return strcmp(payment, order->payment) != 0;
}

static const char *pay(struct stand_in_sql_call *call,
                       struct stand_in_sql_order *order,
                       struct stand_in_sql_product *product)
{
    const char *payment = stand_in_sql_text(call, "payment");

    switch (order->state) {
    case STAND_IN_SQL_HELD:
        order->state = STAND_IN_SQL_SOLD;
        return "confirmed";
    case STAND_IN_SQL_SOLD:
        return is_another(call, order, payment) ? "paid_twice" : "replayed";
    case STAND_IN_SQL_REFUND:
        if (!stand_in_sql_is_cut(call, MUTANT_REFUND_NOT_FINAL))
            return "lapsed";
        return take_again(call, order, product);
    case STAND_IN_SQL_LAPSED:
        return take_again(call, order, product);
    case STAND_IN_SQL_CANCELLED:
        return "cancelled";
    case STAND_IN_SQL_NONE:
    case STAND_IN_SQL_STATES:
        break;
    }
    abort();
}

/* The one that the call is about, which tells its row from another's. */
static void add_payment(struct stand_in_sql_call *call)
{
    const char *payment = stand_in_sql_text(call, "payment");

    if (payment)
        stand_in_sql_say(call, "payment", payment);
    else
        json_add_null(call->doc, call->row, "payment");
}

void stand_in_sql_confirm(struct stand_in_sql_call *call)
{
    struct stand_in_sql_order *order = stand_in_sql_find_order(call);
    struct stand_in_sql_product *product;
    enum stand_in_sql_state before;
    const char *outcome;

    add_payment(call);
    if (!order) {
        stand_in_sql_come_to(call, "unknown_order");
        stand_in_sql_count(call, "order_id",
                           stand_in_sql_number(call, "order_id"));
        return;
    }
    product = stand_in_sql_find_product(call, order->product);
    stand_in_sql_reclaim(call, product);
    before = order->state;
    outcome = pay(call, order, product);
    if (order->state != before)
        order->changed_by = call->sql->caller;
    if (!order->payment[0] && strcmp(outcome, "paid_twice") != 0)
        stand_in_sql_copy(order->payment, stand_in_sql_text(call, "payment"));
    stand_in_sql_come_to(call, outcome);
    stand_in_sql_add_order(call, order);
}

/* ---- cancel ---- */

/* Whether ORDER has tickets. */
static bool is_live(const struct stand_in_sql_call *call,
                    const struct stand_in_sql_order *order)
{
    return order->state == STAND_IN_SQL_SOLD ||
           (order->state == STAND_IN_SQL_HELD &&
            !stand_in_sql_has_lapsed(call->sql, order)) ||
           (order->state == STAND_IN_SQL_CANCELLED &&
            stand_in_sql_is_cut(call, MUTANT_CANCELS_TWICE));
}

static void give_back(struct stand_in_sql_call *call,
                      struct stand_in_sql_order *order,
                      struct stand_in_sql_product *product)
{
    order->state = STAND_IN_SQL_CANCELLED;
    order->changed_by = call->sql->caller;
    product->stock += order->quantity;
    stand_in_sql_come_to(call, "cancelled");
    json_add_bool(call->doc, call->row, "opened", true);
}

void stand_in_sql_cancel(struct stand_in_sql_call *call)
{
    const int64_t product_id = stand_in_sql_number(call, "product_id");
    struct stand_in_sql_product *product =
        stand_in_sql_find_product(call, product_id);
    struct stand_in_sql_order *order = stand_in_sql_find_order(call);
    bool told = false; /* the row holds the order */

    if (order && order->product != product_id)
        order = NULL;
    stand_in_sql_count(call, "fence", stand_in_sql_number(call, "fence"));
    if (order && !is_live(call, order)) {
        stand_in_sql_come_to(call, "replayed");
        told = true;
    } else if (!product) {
        stand_in_sql_come_to(call, "unknown_order");
        json_add_bool(call->doc, call->row, "forget", true);
    } else if (stand_in_sql_accept_fence(call) && !order) {
        stand_in_sql_come_to(call, "unknown_order");
    } else if (order && call->sql->accepted) {
        give_back(call, order, product);
        told = true;
    }
    if (told) {
        stand_in_sql_add_order(call, order);
    } else {
        stand_in_sql_count(call, "product_id", product_id);
        stand_in_sql_count(call, "order_id",
                           stand_in_sql_number(call, "order_id"));
    }
}
