/*
 * purchase and hold are one function, as in schema.sql.  A lapse happens when
 * somebody needs its tickets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stand_in_sql_call.h"

/* When time begins: see machine.c. */
#define EPOCH_S 1700000000

/* How long a sign hangs where some tickets are only held, at most. */
#define HELD_OUT_S 10

static const char *const words[STAND_IN_SQL_STATES] = {
    [STAND_IN_SQL_HELD] = "held",           [STAND_IN_SQL_LAPSED] = "lapsed",
    [STAND_IN_SQL_SOLD] = "sold",           [STAND_IN_SQL_REFUND] = "refund",
    [STAND_IN_SQL_CANCELLED] = "cancelled",
};

bool stand_in_sql_is_cut(const struct stand_in_sql_call *call,
                         enum mutant mutant)
{
    return call->sql->mutant == mutant;
}

/* ---- orders ---- */

const struct stand_in_sql_order *
stand_in_sql_order(const struct stand_in_sql *sql, const char *key)
{
    for (size_t i = 0; i < sql->order_count; i++) {
        if (strcmp(sql->orders[i].key, key) == 0)
            return &sql->orders[i];
    }
    return NULL;
}

const struct stand_in_sql_order *
stand_in_sql_order_of(const struct stand_in_sql *sql, int64_t id)
{
    return id >= 1 && id <= (int64_t)sql->order_count ? &sql->orders[id - 1]
                                                      : NULL;
}

bool stand_in_sql_has_lapsed(const struct stand_in_sql *sql,
                             const struct stand_in_sql_order *order)
{
    return order->state == STAND_IN_SQL_HELD &&
           order->held_until_us <= sql->now_us;
}

int64_t stand_in_sql_held(const struct stand_in_sql *sql, int64_t product,
                          int64_t *lapse_us)
{
    int64_t held = 0;

    *lapse_us = INT64_MAX;
    for (size_t i = 0; i < sql->order_count; i++) {
        const struct stand_in_sql_order *order = &sql->orders[i];

        if (order->product != product || order->state != STAND_IN_SQL_HELD)
            continue;
        held += order->quantity;
        if (order->held_until_us < *lapse_us)
            *lapse_us = order->held_until_us;
    }
    return held;
}

int64_t stand_in_sql_lapsed(const struct stand_in_sql *sql, int64_t product)
{
    int64_t lapsed = 0;

    for (size_t i = 0; i < sql->order_count; i++) {
        if (sql->orders[i].product == product &&
            stand_in_sql_has_lapsed(sql, &sql->orders[i]))
            lapsed += sql->orders[i].quantity;
    }
    return lapsed;
}

/* reclaim_lapsed */
void stand_in_sql_reclaim(struct stand_in_sql_call *call,
                          struct stand_in_sql_product *product)
{
    struct stand_in_sql *sql = call->sql;

    for (size_t i = 0; i < sql->order_count; i++) {
        struct stand_in_sql_order *order = &sql->orders[i];

        if (order->product != product->id ||
            !stand_in_sql_has_lapsed(sql, order))
            continue;
        product->stock += order->quantity;
        if (!stand_in_sql_is_cut(call, MUTANT_LAPSE_TWICE))
            order->state = STAND_IN_SQL_LAPSED;
    }
}

struct stand_in_sql_product *
stand_in_sql_find_product(struct stand_in_sql_call *call, int64_t id)
{
    const struct stand_in_sql_product *known =
        stand_in_sql_product(call->sql, id);

    return known ? &call->sql->products[known - call->sql->products] : NULL;
}

struct stand_in_sql_order *
stand_in_sql_find_order(struct stand_in_sql_call *call)
{
    const int64_t id = stand_in_sql_number(call, "order_id");

    return stand_in_sql_order_of(call->sql, id) ? &call->sql->orders[id - 1]
                                                : NULL;
}

/* ---- rows ---- */

/* utc_text */
static void add_time(struct stand_in_sql_call *call, const char *name,
                     int64_t at_us)
{
    const time_t seconds = EPOCH_S + (time_t)(at_us / 1000000);
    char text[40];
    struct tm parts;
    size_t len;

    if (!gmtime_r(&seconds, &parts))
        abort();
    len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text + len, sizeof(text) - len, ".%03dZ",
                   (int)(at_us / 1000 % 1000));
    stand_in_sql_say(call, name, text);
}

/* order_told */
void stand_in_sql_add_order(struct stand_in_sql_call *call,
                            const struct stand_in_sql_order *order)
{
    stand_in_sql_count(call, "order_id", order->id);
    stand_in_sql_count(call, "product_id", order->product);
    stand_in_sql_count(call, "quantity", order->quantity);
    stand_in_sql_say(call, "buyer", order->buyer);
    stand_in_sql_say(call, "state",
                     stand_in_sql_has_lapsed(call->sql, order)
                         ? "lapsed"
                         : words[order->state]);
    if (order->state == STAND_IN_SQL_HELD ||
        order->state == STAND_IN_SQL_LAPSED)
        add_time(call, "expires_at", order->held_until_us);
}

static void ask_for_sign(struct stand_in_sql_call *call, const char *word,
                         int64_t closed_s)
{
    stand_in_sql_copy(call->sql->closed, word);
    stand_in_sql_say(call, "closed", word);
    if (closed_s)
        stand_in_sql_count(call, "closed_s", closed_s);
}

/* ---- purchase and hold ---- */

/* Whether the key has bought before; answered then. */
static bool replay(struct stand_in_sql_call *call)
{
    const struct stand_in_sql_order *earlier = stand_in_sql_order(
        call->sql, stand_in_sql_text(call, "idempotency_key"));

    if (!earlier || stand_in_sql_is_cut(call, MUTANT_NO_REPLAY) ||
        (stand_in_sql_is_cut(call, MUTANT_CANCELLED_KEY_BUYS) &&
         earlier->state == STAND_IN_SQL_CANCELLED))
        return false;
    if (earlier->product != stand_in_sql_number(call, "product_id") ||
        earlier->quantity != stand_in_sql_number(call, "quantity") ||
        strcmp(earlier->buyer, stand_in_sql_text(call, "buyer")) != 0 ||
        (earlier->held_until_us != 0) != call->to_hold) {
        stand_in_sql_come_to(call, "key_reused");
        return true;
    }
    stand_in_sql_come_to(call, "replayed");
    stand_in_sql_add_order(call, earlier);
    return true;
}

static void make_order(struct stand_in_sql_call *call,
                       struct stand_in_sql_product *product)
{
    struct stand_in_sql *sql = call->sql;
    struct stand_in_sql_order *order = &sql->orders[sql->order_count];

    if (sql->order_count++ == STAND_IN_SQL_ORDERS)
        abort();
    *order = (struct stand_in_sql_order){
        .id = (int64_t)sql->order_count,
        .product = product->id,
        .quantity = stand_in_sql_number(call, "quantity"),
        .state = call->to_hold ? STAND_IN_SQL_HELD : STAND_IN_SQL_SOLD,
        .held_until_us =
            call->to_hold ? sql->now_us + sql->hold_s * 1000000LL : 0,
        .by = sql->caller,
        .at_us = sql->now_us,
    };
    stand_in_sql_copy(order->buyer, stand_in_sql_text(call, "buyer"));
    stand_in_sql_copy(order->key, stand_in_sql_text(call, "idempotency_key"));
    product->stock -= order->quantity;
    stand_in_sql_come_to(call, words[order->state]);
    stand_in_sql_add_order(call, order);
}

static void refuse(struct stand_in_sql_call *call, int64_t left, int64_t held,
                   int64_t lapse_us)
{
    char detail[96] = "None is left. Trying again does not help.";

    stand_in_sql_count(call, "left", left);
    if (held && !stand_in_sql_is_cut(call, MUTANT_SOLD_OUT_WHILE_HELD)) {
        stand_in_sql_come_to(call, "held_out");
        stand_in_sql_count(call, "held", held);
        add_time(call, "next_lapse_at", lapse_us);
        return;
    }
    if (left)
        (void)snprintf(detail, sizeof(detail),
                       "%lld left, fewer than you asked for.", (long long)left);
    stand_in_sql_come_to(call, "sold_out");
    stand_in_sql_say(call, "detail", detail);
}

/* Seconds to a lapse in so many microseconds: 1 to 10. */
static int64_t seconds_to(const struct stand_in_sql_call *call, int64_t left_us)
{
    const int64_t seconds = (left_us + 999999) / 1000000;

    if (seconds > HELD_OUT_S ||
        stand_in_sql_is_cut(call, MUTANT_HELD_OUT_HANGS_ON))
        return HELD_OUT_S;
    return seconds < 1 ? 1 : seconds;
}

/* Take tickets, or say why not, and close the door if none is left. */
static void take_or_refuse(struct stand_in_sql_call *call,
                           struct stand_in_sql_product *product)
{
    int64_t lapse_us;
    int64_t held;

    if (product->stock >= stand_in_sql_number(call, "quantity") ||
        stand_in_sql_is_cut(call, MUTANT_SELLS_ON)) {
        make_order(call, product);
        held = stand_in_sql_held(call->sql, product->id, &lapse_us);
    } else {
        held = stand_in_sql_held(call->sql, product->id, &lapse_us);
        refuse(call, product->stock, held, lapse_us);
    }
    if (product->stock > 0)
        return;
    if (held)
        ask_for_sign(call, "held_out",
                     seconds_to(call, lapse_us - call->sql->now_us));
    else
        ask_for_sign(call, "sold_out", call->sql->closed_s);
}

/* take_tickets */
static void take(struct stand_in_sql_call *call)
{
    struct stand_in_sql_product *product = stand_in_sql_find_product(
        call, stand_in_sql_number(call, "product_id"));
    const bool early =
        stand_in_sql_is_cut(call, MUTANT_FENCE_BEFORE_REPLAY) && product;

    stand_in_sql_say(call, "key", stand_in_sql_text(call, "idempotency_key"));
    stand_in_sql_count(call, "fence", stand_in_sql_number(call, "fence"));
    if ((early && !stand_in_sql_accept_fence(call)) || replay(call))
        return;
    if (!product) {
        stand_in_sql_come_to(call, "unknown_product");
        json_add_bool(call->doc, call->row, "forget", true);
        ask_for_sign(call, "unknown_product", call->sql->closed_s);
        return;
    }
    if (!early && !stand_in_sql_accept_fence(call))
        return;
    if (!(stand_in_sql_is_cut(call, MUTANT_LAPSE_IGNORED) && call->to_hold))
        stand_in_sql_reclaim(call, product);
    take_or_refuse(call, product);
}

void stand_in_sql_purchase(struct stand_in_sql_call *call)
{
    take(call);
}

void stand_in_sql_hold(struct stand_in_sql_call *call)
{
    call->to_hold = true;
    take(call);
}
