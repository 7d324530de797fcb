/*
 * Faults are a table: each changes the fate of an exchange that would have gone
 * well.  Which kinds there are in a world is the climate's choice.
 */
#include "fate.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Longer than any timeout and any lease. */
#define LATE_LEAST_US 400000
#define LATE_MOST_US 9000000

/* Mostly nothing comes between a pipeline's commands. */
#define BETWEEN_MOST_US 100
#define BETWEEN_BUSY_US 60000

/* ---- what gateways and stores say in place of an answer ---- */

struct saying {
    enum server server;
    bool before_work; /* it must be true that nothing was done */
    int status;
    const char *body;
};

#define GATEWAY "<html><h1>it is not working</h1></html>"

static const struct saying sayings[] = {
    {SERVER_STORE, true, 401, "{\"error\":\"WRONGPASS invalid token\"}"},
    {SERVER_STORE, true, 403, ""},
    {SERVER_STORE, true, 429, "{\"error\":\"ERR too many requests\"}"},
    {SERVER_STORE, true, 400,
     "{\"error\":\"ERR max requests limit exceeded\"}"},
    {SERVER_STORE, true, 400, "{\"error\":\"NOPERM no permission\"}"},
    {SERVER_STORE, true, 400, "{\"error\":\"LOADING Redis is loading\"}"},
    {SERVER_STORE, false, 302, ""},
    {SERVER_STORE, false, 400, GATEWAY},
    {SERVER_STORE, false, 404, GATEWAY},
    {SERVER_STORE, false, 500, "{\"error\":\"ERR the connection was lost\"}"},
    {SERVER_STORE, false, 502, GATEWAY},
    {SERVER_STORE, false, 503, GATEWAY},
    {SERVER_STORE, false, 504, ""},
    {SERVER_DATABASE, true, 401, ""},
    {SERVER_DATABASE, true, 403, GATEWAY},
    {SERVER_DATABASE, true, 429, "{\"message\":\"slow down\"}"},
    {SERVER_DATABASE, true, 400, "{\"message\":\"m\",\"code\":\"40001\"}"},
    {SERVER_DATABASE, true, 400, "{\"message\":\"m\",\"code\":\"42883\"}"},
    {SERVER_DATABASE, true, 400, "{\"message\":\"m\",\"code\":\"53300\"}"},
    {SERVER_DATABASE, true, 400, "{\"message\":\"m\",\"code\":\"57014\"}"},
    {SERVER_DATABASE, true, 400, "{\"message\":\"m\",\"code\":\"57P03\"}"},
    {SERVER_DATABASE, true, 500,
     "{\"message\":\"Couldn't connect to compute node\"}"},
    {SERVER_DATABASE, false, 302, ""},
    {SERVER_DATABASE, false, 400, "{\"message\":\"m\",\"code\":\"08P01\"}"},
    {SERVER_DATABASE, false, 400, "{\"message\":\"m\",\"code\":\"57P01\"}"},
    {SERVER_DATABASE, false, 404, GATEWAY},
    {SERVER_DATABASE, false, 500, "{\"message\":\"internal error\"}"},
    {SERVER_DATABASE, false, 502, GATEWAY},
    {SERVER_DATABASE, false, 503, GATEWAY},
    {SERVER_DATABASE, false, 504, "{\"message\":\"timeout\"}"},
};

static const char *const garbage[] = {"",
                                      "{",
                                      "[]",
                                      "{}",
                                      "null",
                                      "7",
                                      "\"OK\"",
                                      GATEWAY,
                                      "{\"rows\":[]}",
                                      "{\"result\":",
                                      "[{\"result\":\"OK\"}",
                                      "\xff\xfe"};

static const char *const wrong_types[SERVERS][5] = {
    {"{\"result\":{}}", "{\"result\":[1]}", "{\"result\":1.5}",
     "[{\"result\":\"OK\"},{\"result\":\"7\"},{\"result\":7}]",
     "[{\"result\":null},{\"result\":{}},{\"result\":[]}]"},
    {"{\"rows\":[{\"answer\":\"sold\"}]}", "{\"rows\":{\"answer\":{}}}",
     "{\"rows\":[{\"answer\":{\"outcome\":7}}]}",
     "{\"rows\":[{\"answer\":{\"outcome\":\"vanished\"}}]}",
     "{\"rows\":[{\"answer\":{\"outcome\":\"sold\",\"key\":{}}}]}"},
};

/* ---- the faults ---- */

static void not_sent(struct fate *fate, struct dice *dice, enum server server)
{
    (void)dice;
    (void)server;
    fate->not_sent = true;
}

static void lose_question(struct fate *fate, struct dice *dice,
                          enum server server)
{
    (void)server;
    fate->question_lost = true;
    fate->cut = dice_chance(dice, 300);
}

static void lose_answer(struct fate *fate, struct dice *dice,
                        enum server server)
{
    (void)server;
    fate->answer_lost = true;
    fate->cut = dice_chance(dice, 500);
}

static void delay_question(struct fate *fate, struct dice *dice,
                           enum server server)
{
    (void)server;
    fate->question_us = dice_between(dice, LATE_LEAST_US, LATE_MOST_US);
}

static void delay_work(struct fate *fate, struct dice *dice, enum server server)
{
    if (server == SERVER_DATABASE)
        fate->work_us = dice_between(dice, LATE_LEAST_US, LATE_MOST_US / 2);
    else
        delay_question(fate, dice, server);
}

static void delay_answer(struct fate *fate, struct dice *dice,
                         enum server server)
{
    (void)server;
    fate->answer_us = dice_between(dice, LATE_LEAST_US / 2, LATE_MOST_US / 2);
}

static void repeat(struct fate *fate, struct dice *dice, enum server server)
{
    (void)server;
    fate->again_us = dice_between(dice, 1, LATE_MOST_US);
}

static void swap_answer(struct fate *fate, struct dice *dice,
                        enum server server)
{
    (void)dice;
    (void)server;
    fate->foreign = true;
}

static void say_garbage(struct fate *fate, struct dice *dice,
                        enum server server)
{
    (void)server;
    fate->status = 200;
    fate->body = garbage[dice_between(dice, 0, COUNT_OF(garbage) - 1)];
    fate->before_work = dice_chance(dice, 300);
}

static void change_types(struct fate *fate, struct dice *dice,
                         enum server server)
{
    fate->status = 200;
    fate->body = wrong_types[server][dice_between(dice, 0, 4)];
    fate->before_work = dice_chance(dice, 300);
}

static void say_status(struct fate *fate, struct dice *dice, enum server server)
{
    const struct saying *saying;

    do {
        saying = &sayings[dice_between(dice, 0, COUNT_OF(sayings) - 1)];
    } while (saying->server != server);
    fate->status = saying->status;
    fate->body = saying->body;
    fate->before_work = saying->before_work || dice_chance(dice, 300);
}

/* The first one is carried out; the second one may be rejected before that. */
static void send_twice(struct fate *fate, struct dice *dice, enum server server)
{
    if (dice_chance(dice, 300))
        say_status(fate, dice, server);
    fate->again_us = dice_between(dice, 1000, 50000);
    fate->sends = 2;
}

static const struct {
    const char *words;
    void (*befall)(struct fate *fate, struct dice *dice, enum server server);
} faults[FATE_FAULTS] = {
    {"the question is not sent", not_sent},
    {"the question is lost", lose_question},
    {"the answer is lost", lose_answer},
    {"the question comes late", delay_question},
    {"the work takes long", delay_work},
    {"the answer comes late", delay_answer},
    {"the network repeats the question", repeat},
    {"the transport sends the question twice", send_twice},
    {"the answer is another request's", swap_answer},
    {"the answer is garbage", say_garbage},
    {"the answer has wrong types", change_types},
    {"a status in place of the answer", say_status},
    {"a status in place of the answer", say_status},
};

/* As planned, or one of those that there are in this world. */
static int64_t draw_kind(const struct plan *plan, uint64_t key,
                         struct dice *dice)
{
    const struct planned *planned = plan_find(plan, key);
    int64_t kind = dice_between(dice, 0, FATE_FAULTS - 1);

    for (int tries = 0; tries < 8 && !(plan->climate.faults >> kind & 1);
         tries++)
        kind = dice_between(dice, 0, FATE_FAULTS - 1);
    return planned ? planned->kind : kind;
}

void fate_draw(struct fate *fate, struct plan *plan, enum server server,
               uint64_t key, bool calm)
{
    const uint64_t number = key & 0xffffffffffffU;
    const uint64_t fault_key = (uint64_t)CHANCE_FAULT << 48 | number;
    struct dice dice = plan_dice(plan, (uint64_t)CHANCE_TRAVEL << 48 | number);
    int64_t kind;

    *fate = (struct fate){
        .sends = 1,
        .question_us = dice_between(&dice, 200, 15000),
        .work_us =
            server == SERVER_DATABASE ? dice_between(&dice, 500, 40000) : 0,
        .answer_us = dice_between(&dice, 200, 15000),
        .between_us = dice_between(&dice, 0,
                                   dice_chance(&dice, 300) ? BETWEEN_BUSY_US
                                                           : BETWEEN_MOST_US),
    };
    if (calm || !plan_lets(plan, fault_key, plan->climate.fault))
        return;
    dice = plan_dice(plan, fault_key);
    kind = draw_kind(plan, fault_key, &dice);
    fate->words = faults[kind].words;
    faults[kind].befall(fate, &dice, server);
}
