/*
 * Most have a key of their own; some have none, take over the one that an
 * answer shows, or share one by mistake.  Hasty ones ask again before they have
 * an answer.  Who sells restocks: new tickets are a wish like any other.
 *
 * An attempt goes to a free instance at random; if there is none, it waits.
 * The tickets are fewer than the buyers want, so some must hear "no".
 */
#include "buyers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "payers.h"
#include "world.h"

#define QUEUE_US 20000

/* Without a word of when to come back, a buyer waits this long. */
#define IMPATIENCE_MS 700

/* Where all that is left is held, so long. */
#define HELD_OUT_MS 1700

static void try(void *subject, uint64_t detail);

static uint64_t key_of(const struct attempt *attempt, enum chance chance)
{
    return DICE_KEY(chance, attempt->buyer->number, attempt->number, 0);
}

/* A hasty one waits so long at most. */
#define HASTE_US 2500000

/* So many times at most: each begins a line of attempts of its own. */
#define HASTY 4

/* ---- an attempt ---- */

static struct machine *find_machine(struct world *world, struct dice *dice)
{
    const int count = world->plan.climate.machines;
    const int first = (int)dice_between(dice, 0, count - 1);

    for (int i = 0; i < count; i++) {
        struct machine *machine = &world->machines[(first + i) % count];

        if (machine_is_free(machine))
            return machine;
    }
    return NULL;
}

static void place(void *subject, uint64_t detail)
{
    struct attempt *attempt = subject;
    struct world *world = attempt->world;
    struct dice dice = plan_dice(&world->plan, key_of(attempt, CHANCE_PLACE));
    struct machine *machine = find_machine(world, &dice);

    (void)detail;
    if (!machine) {
        timeline_at(&world->timeline, world->timeline.now_us + QUEUE_US, place,
                    attempt, 0);
        return;
    }
    attempt->began_us = world->timeline.now_us;
    if (!world_is_calm(world) && attempt->key[0] && attempt->number < HASTY &&
        plan_lets(&world->plan, key_of(attempt, CHANCE_HASTE),
                  world->plan.climate.haste))
        timeline_at(&world->timeline,
                    world->timeline.now_us +
                        dice_between(&dice, 1000, HASTE_US),
                    try, attempt->buyer, 0);
    world_tell(world, "buyer %d, attempt %d, asks instance %d: %s%s%s",
               attempt->buyer->number, attempt->number, machine->number,
               attempt->buyer->body, attempt->key[0] ? " with key " : "",
               attempt->key);
    machine_serve(machine, attempt);
}

static void try(void *subject, uint64_t detail)
{
    struct buyer *buyer = subject;
    struct world *world = buyer->world;
    struct attempt *attempt = &world->attempts[world->attempt_count];

    (void)detail;
    if (buyer->told)
        return;
    if (world->attempt_count == WORLD_ATTEMPTS)
        return; /* and is never told: see the auditor */
    world->attempt_count++;
    *attempt = (struct attempt){
        .world = world, .buyer = buyer, .number = buyer->attempts++};
    if (buyer->key[0])
        (void)snprintf(attempt->key, sizeof(attempt->key), "%s", buyer->key);
    attempt->sent_key = buyer->key[0];
    place(attempt, 0);
}

/* ---- what a buyer makes of an answer ---- */

static bool is_held_out(const struct attempt *attempt)
{
    return strcmp(attempt->type, "held-out") == 0;
}

/* Whether its status is the last word, and asking again would be idle. */
static bool is_definite(const struct attempt *attempt)
{
    switch (attempt->status) {
    case 200:
    case 201:
    case 404:
    case 410:
    case 422:
        return true;
    case 409:
        return !attempt->has_retry_after && !is_held_out(attempt);
    default:
        return false;
    }
}

static void try_again(struct attempt *attempt)
{
    struct buyer *buyer = attempt->buyer;
    struct world *world = attempt->world;
    const int64_t wait_ms = is_held_out(attempt) ? HELD_OUT_MS
                            : attempt->status    ? attempt->retry_after_ms
                                                 : IMPATIENCE_MS;

    if (!plan_lets(&world->plan, key_of(attempt, CHANCE_RETRY),
                   world_is_calm(world) ? 1000 : 960)) {
        buyer->gave_up = true;
        return;
    }
    timeline_at(&world->timeline,
                world->timeline.now_us +
                    (wait_ms > 0 ? wait_ms : IMPATIENCE_MS) * 1000,
                try, buyer, 0);
}

static void hear(void *subject, uint64_t detail)
{
    struct attempt *attempt = subject;
    struct buyer *buyer = attempt->buyer;

    (void)detail;
    if (buyer->learns_key && attempt->status == 504)
        (void)snprintf(buyer->key, sizeof(buyer->key), "%s", attempt->key);
    if (!is_definite(attempt)) {
        try_again(attempt);
        return;
    }
    if (buyer->told)
        return;
    buyer->told = true;
    buyer->order = attempt->order;
    buyer->told_by = attempt;
    if (buyer->wish == WISH_TICKET && buyer->order)
        payers_follow(buyer);
}

static void hear_nothing(void *subject, uint64_t detail)
{
    struct attempt *attempt = subject;

    (void)detail;
    world_tell(attempt->world, "buyer %d hears nothing",
               attempt->buyer->number);
    try_again(attempt);
}

void buyers_answer(struct attempt *attempt)
{
    struct world *world = attempt->world;
    struct dice dice = plan_dice(&world->plan, key_of(attempt, CHANCE_UNHEARD));
    const bool lost = !world_is_calm(world) &&
                      plan_lets(&world->plan, key_of(attempt, CHANCE_UNHEARD),
                                world->plan.climate.unheard);

    timeline_at(&world->timeline,
                world->timeline.now_us + dice_between(&dice, 500, 20000),
                attempt->status && !lost ? hear : hear_nothing, attempt, 0);
}

/* ---- who comes ---- */

static void write_wish(struct buyer *buyer)
{
    struct json_document doc;
    struct json *root = json_new_object(&doc);
    struct buffer text;

    switch (buyer->wish) {
    case WISH_NAME:
        json_add_string(&doc, root, "username",
                        buyer->product == 1 ? "alice" : "bob");
        json_add_string(&doc, root, "user", buyer->name);
        break;
    case WISH_RESTOCK:
        json_add_integer(&doc, root, "product_id", buyer->product);
        json_add_integer(&doc, root, "added", buyer->quantity);
        break;
    case WISH_PAY:
        json_add_integer(&doc, root, "order_id", buyer->target);
        if (buyer->payment[0])
            json_add_string(&doc, root, "payment", buyer->payment);
        break;
    case WISH_CANCEL:
        json_add_integer(&doc, root, "product_id", buyer->product);
        json_add_integer(&doc, root, "order_id", buyer->target);
        break;
    case WISH_TICKET:
        json_add_integer(&doc, root, "product_id", buyer->product);
        json_add_integer(&doc, root, "quantity", buyer->quantity);
        json_add_string(&doc, root, "buyer", buyer->name);
        break;
    }
    buffer_init(&text, sizeof(buyer->body));
    if (!json_print(&doc, &text))
        abort();
    (void)snprintf(buyer->body, sizeof(buyer->body), "%s", text.data);
    buffer_release(&text);
    json_release(&doc);
}

void buyers_ask(struct buyer *buyer, int64_t at_us)
{
    struct world *world = buyer->world;

    write_wish(buyer);
    buyer->gave_up = !plan_lets(
        &world->plan, DICE_KEY(CHANCE_BUYER, buyer->number, 0, 0), 1000);
    if (!buyer->gave_up)
        timeline_at(&world->timeline, at_us, try, buyer, 0);
}

static enum wish wish_of(const struct climate *climate, int number)
{
    if (number < climate->buyers)
        return WISH_TICKET;
    return number < climate->buyers + climate->usernames ? WISH_NAME
                                                         : WISH_RESTOCK;
}

/* New tickets come late: most are sold then. */
static void make_restock(struct buyer *buyer, struct dice *dice,
                         int64_t *comes_us)
{
    buyer->quantity = dice_between(dice, 1, 4);
    *comes_us = dice_between(dice, 0, buyer->world->plan.climate.calm_us);
}

static void make_buyer(struct buyer *buyer, struct world *world, int number)
{
    const struct climate *climate = &world->plan.climate;
    const uint64_t key = DICE_KEY(CHANCE_BUYER, number, 0, 0);
    struct dice dice = plan_dice(&world->plan, key);
    const int64_t manners = dice_between(&dice, 0, 19);
    int64_t comes_us = dice_between(&dice, 0, climate->crowd_us);

    *buyer = (struct buyer){
        .world = world,
        .number = number,
        .wish = wish_of(climate, number),
        .learns_key = manners < 3,
        .product = dice_between(&dice, 1, climate->products),
        .quantity = dice_chance(&dice, 800) ? 1 : dice_between(&dice, 2, 3),
    };
    /* Now and then somebody makes a product up. */
    if (buyer->wish == WISH_TICKET && dice_chance(&dice, 50))
        buyer->product = dice_between(&dice, WORLD_INVENTED, 99);
    if (dice_chance(&dice, 150))
        comes_us = dice_between(&dice, 0, climate->calm_us);
    if (buyer->wish == WISH_RESTOCK)
        make_restock(buyer, &dice, &comes_us);
    (void)snprintf(buyer->name, sizeof(buyer->name), "buyer%d", number);
    if (manners > 4 && buyer->wish == WISH_TICKET)
        (void)snprintf(buyer->key, sizeof(buyer->key), "key-%d",
                       manners > 5 ? number : number / 2);
    buyer->holds =
        buyer->wish == WISH_TICKET && dice_chance(&dice, climate->holds);
    buyers_ask(buyer, comes_us);
}

void buyers_come(struct world *world)
{
    const struct climate *climate = &world->plan.climate;

    world->buyer_count =
        climate->buyers + climate->usernames + climate->restocks;
    for (int i = 0; i < world->buyer_count; i++)
        make_buyer(&world->buyers[i], world, i);
    payers_wait(world);
}
