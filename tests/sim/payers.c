/*
 * For each who wants a ticket there are two, with numbers of their own: so one
 * event less leaves the others as they are.
 */
#include "payers.h"

#include <stdio.h>

#include "buyers.h"
#include "world.h"

#define FOLLOWERS 2

enum moment_of_payment { IN_TIME, LATE, ANY_TIME };

enum name_of_payment { NAMED, AGAIN, NAMELESS };

/* In a thousand orders that are held; the rest is never heard of again. */
static const struct {
    int chance;
    struct {
        enum wish wish; /* WISH_TICKET: nobody follows */
        enum moment_of_payment when;
        enum name_of_payment name;
    } followers[FOLLOWERS];
} stories[] = {
    {250, {{WISH_PAY, IN_TIME, NAMED}}},
    {50, {{WISH_PAY, IN_TIME, NAMELESS}, {WISH_PAY, ANY_TIME, NAMED}}},
    {150, {{WISH_PAY, LATE, NAMED}}},
    {100, {{WISH_PAY, ANY_TIME, NAMED}, {WISH_PAY, ANY_TIME, NAMED}}},
    {80, {{WISH_PAY, ANY_TIME, NAMED}, {WISH_PAY, ANY_TIME, AGAIN}}},
    {70, {{WISH_PAY, LATE, NAMED}, {WISH_PAY, LATE, NAMED}}},
    {70, {{WISH_CANCEL, ANY_TIME, NAMELESS}}},
    {30,
     {{WISH_CANCEL, ANY_TIME, NAMELESS}, {WISH_CANCEL, ANY_TIME, NAMELESS}}},
    {100, {{WISH_PAY, ANY_TIME, NAMED}, {WISH_CANCEL, ANY_TIME, NAMELESS}}},
};

/* So many in a thousand that are bought at once are cancelled. */
#define CANCELLED 150

static struct buyer *follower(const struct buyer *buyer, int which)
{
    struct world *world = buyer->world;
    const int first =
        world->buyer_count - FOLLOWERS * world->plan.climate.buyers;

    return &world->buyers[first + FOLLOWERS * buyer->number + which];
}

void payers_wait(struct world *world)
{
    const int first = world->buyer_count;

    world->buyer_count += FOLLOWERS * world->plan.climate.buyers;
    for (int i = first; i < world->buyer_count; i++)
        world->buyers[i] =
            (struct buyer){.world = world, .number = i, .gave_up = true};
}

static int64_t draw_wait_us(struct dice *dice, enum moment_of_payment when,
                            int64_t hold_us)
{
    switch (when) {
    case IN_TIME:
        return dice_between(dice, 0, hold_us * 9 / 10);
    case LATE:
        return hold_us + dice_between(dice, 0, 3000000);
    case ANY_TIME:
        break;
    }
    return dice_between(dice, 0, 2 * hold_us);
}

static void send(const struct buyer *buyer, int which, enum wish wish,
                 enum name_of_payment name, int64_t wait_us)
{
    struct buyer *one = follower(buyer, which);

    one->wish = wish;
    one->product = buyer->product;
    one->target = buyer->order;
    (void)snprintf(one->name, sizeof(one->name), "buyer%d", one->number);
    if (name != NAMELESS)
        (void)snprintf(one->payment, sizeof(one->payment), "payment-%d",
                       one->number - (name == AGAIN));
    buyers_ask(one, buyer->world->timeline.now_us + wait_us);
}

void payers_follow(struct buyer *buyer)
{
    struct world *world = buyer->world;
    const int64_t hold_us = world->plan.climate.hold_s * 1000000LL;
    struct dice dice =
        plan_dice(&world->plan, DICE_KEY(CHANCE_PAYER, buyer->number, 0, 0));
    int64_t story = dice_between(&dice, 0, 999);
    size_t i = 0;

    if (!buyer->holds && story < CANCELLED)
        send(buyer, 0, WISH_CANCEL, NAMELESS,
             draw_wait_us(&dice, ANY_TIME, hold_us));
    if (!buyer->holds)
        return;
    while (i < sizeof(stories) / sizeof(stories[0]) &&
           story >= stories[i].chance)
        story -= stories[i++].chance;
    if (i == sizeof(stories) / sizeof(stories[0]))
        return;
    for (int which = 0; which < FOLLOWERS; which++) {
        if (stories[i].followers[which].wish != WISH_TICKET)
            send(
                buyer, which, stories[i].followers[which].wish,
                stories[i].followers[which].name,
                draw_wait_us(&dice, stories[i].followers[which].when, hold_us));
    }
}
