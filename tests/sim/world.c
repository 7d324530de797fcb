/*
 * A history ends when nothing is left to happen.  If a promise is broken, it
 * ends there: the machines are killed, so that nothing is lost but what leaked.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "buyers.h"
#include "network.h"

/* Long enough for every buyer to be told after the trouble. */
#define AFTERWARDS_US 90000000LL

const int world_permits[WORLD_PERMITS] = {1, 2, 8};

struct world *world_new(const struct operations operations[WORLD_PERMITS])
{
    struct world *world = calloc(1, sizeof(*world));

    if (!world)
        abort();
    world->operations = operations;
    for (int i = 0; i < WORLD_MACHINES; i++)
        machine_init(&world->machines[i], world, i);
    return world;
}

void world_free(struct world *world)
{
    for (int i = 0; i < WORLD_MACHINES; i++)
        machine_release(&world->machines[i]);
    plan_release(&world->plan);
    timeline_release(&world->timeline);
    free(world);
}

struct asked_lock *world_lock(struct attempt *attempt)
{
    return &attempt->locks[attempt->replays ? LOCK_OF_KEY : LOCK_OF_NAME];
}

const char *world_call(const struct attempt *attempt)
{
    static const char *const calls[] = {[WISH_TICKET] = "purchase",
                                        [WISH_NAME] = "reserve_username",
                                        [WISH_RESTOCK] = "restock",
                                        [WISH_PAY] = "confirm",
                                        [WISH_CANCEL] = "cancel"};

    return attempt->buyer->holds ? "hold" : calls[attempt->buyer->wish];
}

const struct operations *world_operations(const struct world *world)
{
    size_t i = 0;

    while (i < WORLD_PERMITS - 1 &&
           world_permits[i] != world->plan.climate.permits)
        i++;
    return &world->operations[i];
}

bool world_is_calm(const struct world *world)
{
    return world->timeline.now_us >= world->plan.climate.calm_us;
}

static void open_stores(struct world *world)
{
    const enum mutant mutant = world->setting.mutant;
    struct dice dice =
        plan_dice(&world->plan, DICE_KEY(CHANCE_CLIMATE, 1, 0, 0));

    memset(world->kv, 0, sizeof(world->kv));
    memset(&world->remembered, 0, sizeof(world->remembered));
    memset(&world->sql, 0, sizeof(world->sql));
    for (size_t i = 0; i < 2; i++) {
        world->kv[i].no_delex = world->plan.climate.no_delex;
        world->kv[i].releases_blindly = mutant == MUTANT_RELEASE_IS_DEL;
        world->kv[i].ignores_nx = mutant == MUTANT_NX_IGNORED;
        world->kv[i].watcher = auditor_watcher(world);
    }
    world->sql.mutant = mutant;
    world->sql.hold_s = world->plan.climate.hold_s;
    world->sql.closed_s = world->plan.climate.closed_s;
    for (int i = 0; i < world->plan.climate.products; i++) {
        const int64_t stock =
            dice_between(&dice, 1, world->plan.climate.buyers);

        world->sql.products[world->sql.product_count++] =
            (struct stand_in_sql_product){i + 1, stock, stock};
    }
}

static void end(struct world *world)
{
    const struct facts facts = {.world = world};
    const uint64_t digest = dice_mix(world->digest, world->sql.order_count);

    auditor_see(MOMENT_END, &facts);
    for (int i = 0; i < WORLD_MACHINES; i++)
        machine_kill(&world->machines[i]);
    network_clear(world);
    world->digest = dice_mix(digest, (uint64_t)world->attempt_count);
}

void world_play(struct world *world, const struct world_setting *setting)
{
    world->setting = *setting;
    plan_release(&world->plan);
    timeline_release(&world->timeline);
    plan_init(&world->plan, &setting->plan);
    memset(&world->weather, 0, sizeof(world->weather));
    memset(&world->auditor, 0, sizeof(world->auditor));
    world->attempt_count = 0;
    open_stores(world);
    for (int i = 0; i < WORLD_MACHINES; i++)
        world->machines[i].lives = 0;
    weather_forecast(world);
    buyers_come(world);
    while (!world->auditor.broken &&
           world->timeline.now_us <
               world->plan.climate.calm_us + AFTERWARDS_US &&
           timeline_step(&world->timeline))
        continue;
    end(world);
}

struct attempt *world_owner(struct world *world, const char *token)
{
    for (int i = world->attempt_count - 1; token[0] && i >= 0; i--) {
        for (size_t j = 0; j < 4; j++) {
            if (strcmp(world->attempts[i].tokens[j], token) == 0)
                return &world->attempts[i];
        }
    }
    return NULL;
}
