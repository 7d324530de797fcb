/*
 * Time stands still in the stand-in, and nearly so in the real database: a hold
 * lasts longer than a run.  What passes, passes in leaps: in the real one each
 * hold ends so much earlier (time.sql).
 */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "wire/database.h"

/* A hold ends with the fourth leap. */
#define LEAP_S 300

static const char *draw_lock(struct check *c)
{
    return PICK(c, "product:1", "product:2", "product:1#1", "product:1#7");
}

/* Mostly the next one of LOCK; now and then one that is too high, or a
 * replay's.
 */
static int64_t draw_fence(struct check *c, const char *lock)
{
    const int64_t last = stand_in_sql_fence(&c->sql, lock);

    if (dice_chance(&c->dice, 20))
        return 1000000000000001LL;
    if (dice_chance(&c->dice, 100))
        return 0;
    return last +
           (dice_chance(&c->dice, 250) ? dice_between(&c->dice, -2, 3) : 1);
}

/* An order that there is, mostly; NULL: none. */
static const struct stand_in_sql_order *draw_known(struct check *c)
{
    return stand_in_sql_order_of(
        &c->sql, dice_between(&c->dice, 1, (int64_t)c->sql.order_count + 1));
}

/* A new one, or an earlier one, with a key that is used again now and then. */
static void draw_order(struct check *c, struct database_call *call)
{
    const struct stand_in_sql_order *earlier = draw_known(c);
    const bool again = earlier && dice_chance(&c->dice, 300);
    const bool as_it_was = again && dice_chance(&c->dice, 700);
    const char *lock = draw_lock(c);

    (void)snprintf(c->key, sizeof(c->key), "k%lld", c->asked);
    *call = (struct database_call){
        .function = PICK(c, "purchase", "hold", "hold"),
        .argument_count = 6,
        .arguments = {
            {"product_id", DATABASE_INTEGER, NULL,
             as_it_was ? earlier->product : dice_between(&c->dice, 1, 4)},
            {"quantity", DATABASE_INTEGER, NULL,
             as_it_was ? earlier->quantity : dice_between(&c->dice, 1, 3)},
            {"buyer", DATABASE_TEXT,
             as_it_was ? earlier->buyer : PICK(c, "ann", "bob"), 0},
            {"idempotency_key", DATABASE_TEXT, again ? earlier->key : c->key,
             0},
            {"fence", DATABASE_INTEGER, NULL, draw_fence(c, lock)},
            {"lock", DATABASE_TEXT, lock, 0}}};
}

/* Few, so that products are sold out for a while. */
static void draw_restock(struct check *c, struct database_call *call)
{
    const char *lock = draw_lock(c);

    *call = (struct database_call){
        .function = "restock",
        .argument_count = 4,
        .arguments = {
            {"product_id", DATABASE_INTEGER, NULL,
             dice_between(&c->dice, 1, 4)},
            {"added", DATABASE_INTEGER, NULL, dice_between(&c->dice, 1, 2)},
            {"fence", DATABASE_INTEGER, NULL, draw_fence(c, lock)},
            {"lock", DATABASE_TEXT, lock, 0}}};
}

static void draw_reservation(struct check *c, struct database_call *call)
{
    *call = (struct database_call){
        .function = "reserve_username",
        .argument_count = 2,
        .arguments = {
            {"username", DATABASE_TEXT, PICK(c, "alice", "bob", "carol"), 0},
            {"user", DATABASE_TEXT, PICK(c, "u1", "u2"), 0}}};
}

static int64_t id_of(const struct stand_in_sql_order *order)
{
    return order ? order->id : 1000;
}

static void draw_confirmation(struct check *c, struct database_call *call)
{
    *call = (struct database_call){
        .function = "confirm",
        .argument_count = 2,
        .arguments = {
            {"order_id", DATABASE_INTEGER, NULL, id_of(draw_known(c))},
            {"payment", DATABASE_TEXT, PICK(c, "p1", "p1", "p2"), 0}}};
    if (dice_chance(&c->dice, 200))
        call->arguments[1].type = DATABASE_NULL;
}

static void draw_cancellation(struct check *c, struct database_call *call)
{
    const struct stand_in_sql_order *order = draw_known(c);
    const char *lock = draw_lock(c);
    const bool amiss = !order || dice_chance(&c->dice, 100);

    *call = (struct database_call){
        .function = "cancel",
        .argument_count = 4,
        .arguments = {{"product_id", DATABASE_INTEGER, NULL,
                       amiss ? dice_between(&c->dice, 1, 4) : order->product},
                      {"order_id", DATABASE_INTEGER, NULL, id_of(order)},
                      {"fence", DATABASE_INTEGER, NULL, draw_fence(c, lock)},
                      {"lock", DATABASE_TEXT, lock, 0}}};
}

static void ask(struct check *c, const struct database_call *call)
{
    char header[1024];

    (void)snprintf(header, sizeof(header), "Neon-Connection-String: %s",
                   check_setting("NEON_CONNECTION_STRING"));
    if (!check_set_url(c, check_setting("SQL_URL"), "") ||
        !database_write(DATABASE_NEON, call, &c->url, &c->question))
        exit(2);
    check_ask(c, header);
}

static void let_time_pass(struct check *c)
{
    const struct database_call call = {
        .function = "let_time_pass",
        .argument_count = 1,
        .arguments = {{"seconds", DATABASE_INTEGER, NULL, LEAP_S}}};

    ask(c, &call);
    if (c->theirs.status != 200)
        exit(2);
    c->sql.now_us += LEAP_S * 1000000LL;
}

void check_database(struct check *c)
{
    static void (*const draws[])(struct check * c,
                                 struct database_call * call) = {
        draw_order,        draw_order,       draw_order,
        draw_order,        draw_order,       draw_order,
        draw_restock,      draw_reservation, draw_confirmation,
        draw_confirmation, draw_cancellation};
    struct database_call call;

    if (dice_chance(&c->dice, 80))
        let_time_pass(c);
    draws[dice_between(&c->dice, 0, sizeof(draws) / sizeof(draws[0]) - 1)](
        c, &call);
    ask(c, &call);
    stand_in_sql_serve(&c->sql, buffer_slice(&c->question), &c->ours);
    check_compare(c, true);
}
