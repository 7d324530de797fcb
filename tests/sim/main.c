/*
 * The simulation: play HISTORIES histories from SEED on and hold each against
 * what is promised.
 *
 *     sim [--seed N] [--histories N] [--mutant NAME] [--story]
 *     sim --planned [--mutant NAME] [--story]
 *     sim --list-mutants     the names that --mutant takes
 *
 * Exit status: 0 if every promise was kept, 1 if one was broken.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shrink.h"
#include "sim_operations.h"

struct options {
    uint64_t seed;
    long long histories;
    enum mutant mutant;
    bool story, planned, list_mutants;
};

static const char *const mutants[MUTANTS] = {
    [MUTANT_NONE] = "none",
    [MUTANT_RELEASE_IS_DEL] = "release-is-del",
    [MUTANT_NX_IGNORED] = "nx-ignored",
    [MUTANT_NO_FENCE_CHECK] = "no-fence-check",
    [MUTANT_FENCE_BEFORE_REPLAY] = "fence-before-replay",
    [MUTANT_NO_REPLAY] = "no-replay",
    [MUTANT_SELLS_ON] = "sells-on",
    [MUTANT_NAME_TAKEN_OVER] = "name-taken-over",
    [MUTANT_REPLAY_SELLS] = "replay-sells",
    [MUTANT_SHARED_FENCES] = "shared-fences",
    [MUTANT_REPLAY_HOLDS] = "replay-holds",
    [MUTANT_CANCELLED_KEY_BUYS] = "cancelled-key-buys",
    [MUTANT_SOLD_OUT_WHILE_HELD] = "sold-out-while-held",
    [MUTANT_HELD_OUT_HANGS_ON] = "held-out-hangs-on",
    [MUTANT_LAPSE_IGNORED] = "lapse-ignored",
    [MUTANT_LAPSE_TWICE] = "lapse-twice",
    [MUTANT_LAPSED_TAKES_NONE] = "lapsed-takes-none",
    [MUTANT_LAPSED_TAKEN_TWICE] = "lapsed-taken-twice",
    [MUTANT_REFUND_NOT_FINAL] = "refund-not-final",
    [MUTANT_PAID_TWICE] = "paid-twice",
    [MUTANT_NAMELESS_IS_UNPAID] = "nameless-is-unpaid",
    [MUTANT_CANCELS_TWICE] = "cancels-twice",
};

enum mutant mutant_find(const char *name)
{
    int i = 0;

    while (i < MUTANTS && strcmp(mutants[i], name) != 0)
        i++;
    return (enum mutant)i;
}

/* ---- histories ---- */

struct tally {
    long long histories, operations, exchanges, orders, events;
    int64_t virtual_us;
    uint64_t digest;
};

static void count(struct tally *tally, const struct world *world)
{
    tally->histories++;
    tally->operations += world->attempt_count;
    for (int i = 0; i < world->attempt_count; i++)
        tally->exchanges += world->attempts[i].exchanges;
    tally->orders += (long long)world->sql.order_count;
    tally->events += (long long)world->plan.happened_count;
    tally->virtual_us += world->timeline.now_us;
    tally->digest = dice_mix(tally->digest, world->digest);
}

/* Play one history.  False if it breaks a promise. */
static bool play(struct world *world, const struct options *options,
                 struct world_setting *setting, struct tally *tally)
{
    setting->mutant = options->mutant;
    setting->story = options->story ? stdout : NULL;
    world_play(world, setting);
    count(tally, world);
    return !world->auditor.broken;
}

/* Play histories by chance until one breaks a promise. */
static bool play_by_chance(struct world *world, const struct options *options,
                           struct world_setting *setting, struct tally *tally)
{
    for (long long i = 0; i < options->histories; i++) {
        *setting =
            (struct world_setting){.plan.seed = options->seed + (uint64_t)i};
        if (!play(world, options, setting, tally))
            return false;
    }
    return true;
}

enum { BUYERS = 3, ATTEMPTS = 2, EXCHANGES = 4 };

/* The event number INDEX of all that can be planned. */
static struct planned planned_event(int index)
{
    /* Two of three buyers, and who pays for the first one's order (payers.c).
     */
    static const int buyers[BUYERS] = {0, 1, 3};
    const int kind = index / (BUYERS * ATTEMPTS * EXCHANGES);
    const enum chance chance = kind < FATE_FAULTS    ? CHANCE_FAULT
                               : kind == FATE_FAULTS ? CHANCE_FREEZE
                                                     : CHANCE_KILL;

    return (struct planned){DICE_KEY(chance, buyers[index % BUYERS],
                                     index / BUYERS % ATTEMPTS,
                                     index / BUYERS / ATTEMPTS % EXCHANGES),
                            kind};
}

/* Play each event by plan alone, and with each other one. */
static bool play_by_plan(struct world *world, const struct options *options,
                         struct world_setting *setting, struct tally *tally)
{
    enum { EVENTS = BUYERS * ATTEMPTS * EXCHANGES * (FATE_FAULTS + 2) };
    static struct planned planned[2];

    for (int i = 0; i < EVENTS; i++) {
        for (int j = i; j < EVENTS; j++) {
            planned[0] = planned_event(i);
            planned[1] = planned_event(j);
            *setting = (struct world_setting){
                .plan = {.seed = options->seed + (uint64_t)tally->histories,
                         .planned = planned,
                         .planned_count = 2}};
            if (!play(world, options, setting, tally))
                return false;
        }
    }
    return true;
}

/* How many later histories, and failures, to look at for a shorter one. */
#define LOOK_FURTHER 400
#define LOOK_AT_FAILURES 6

/*
 * Cut the history of SETTING down, and some later ones that break the same
 * promise: SETTING is then the one that needs the fewest events.
 */
static void find_shortest(struct world *world, struct world_setting *setting)
{
    const char *promise = world->auditor.broken;
    struct world_setting next = *setting;
    size_t fewest;

    (void)shrink(world, setting, NULL);
    fewest = world->plan.happened_count;
    for (int i = 0, failures = 0;
         i < LOOK_FURTHER && failures < LOOK_AT_FAILURES; i++) {
        next.plan.seed++;
        world_play(world, &next);
        if (world->auditor.broken != promise)
            continue;
        failures++;
        (void)shrink(world, &next, NULL);
        if (world->plan.happened_count < fewest) {
            fewest = world->plan.happened_count;
            *setting = next;
        }
    }
    world_play(world, setting);
}

static void report(struct world *world, const struct options *options,
                   struct world_setting *setting, const struct tally *tally)
{
    const char *promise = world->auditor.broken;
    size_t left_out;

    setting->story = NULL;
    /* A single one is a replay. */
    if (options->histories > 1 && !options->planned)
        find_shortest(world, setting);
    (void)printf("BROKEN: %s\n", promise);
    (void)printf("a short history that breaks it:\n\n");
    left_out = shrink(world, setting, stdout);
    (void)printf("\n%s: broken after %lld operations in %lld histories "
                 "(%zu events left out, %zu needed)\n",
                 promise, tally->operations, tally->histories, left_out,
                 world->plan.happened_count);
    if (options->planned)
        (void)printf("replay: sim --planned\n");
    else
        (void)printf("replay: make sim SEED=%llu HISTORIES=1\n",
                     (unsigned long long)setting->plan.seed);
}

static void read_options(struct options *options, int argc, char *argv[])
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},
        {"histories", required_argument, NULL, 'n'},
        {"mutant", required_argument, NULL, 'm'},
        {"story", no_argument, NULL, 't'},
        {"planned", no_argument, NULL, 'p'},
        {"list-mutants", no_argument, NULL, 'l'},
        {0}};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
        if (option == 's')
            options->seed = strtoull(optarg, NULL, 0);
        else if (option == 'n')
            options->histories = strtoll(optarg, NULL, 10);
        else if (option == 'm')
            options->mutant = mutant_find(optarg);
        else if (option == 't')
            options->story = true;
        else if (option == 'p')
            options->planned = true;
        else if (option == 'l')
            options->list_mutants = true;
        else
            options->histories = 0;
    }
}

int main(int argc, char *argv[])
{
    struct options options = {.seed = 1, .histories = 1};
    struct operations operations[WORLD_PERMITS];
    struct world_setting setting;
    struct tally tally = {0};
    struct world *world;
    bool kept;

    read_options(&options, argc, argv);
    for (int i = MUTANT_NONE + 1; options.list_mutants && i < MUTANTS; i++)
        (void)printf("%s\n", mutants[i]);
    if (options.list_mutants)
        return EXIT_SUCCESS;
    if (options.histories <= 0 || options.mutant == MUTANTS ||
        !sim_operations_read(operations)) {
        (void)fprintf(stderr, "sim: a wrong option, or not at the top of the "
                              "repository\n");
        return 2;
    }
    world = world_new(operations);
    kept = options.planned ? play_by_plan(world, &options, &setting, &tally)
                           : play_by_chance(world, &options, &setting, &tally);
    if (kept)
        (void)printf("%lld histories, %lld operations, %lld exchanges with the "
                     "stores, %lld orders, %.1f hours of virtual time: every "
                     "promise was kept\ndigest %016llx\n",
                     tally.histories, tally.operations, tally.exchanges,
                     tally.orders, (double)tally.virtual_us / 3.6e9,
                     (unsigned long long)tally.digest);
    else
        report(world, &options, &setting, &tally);
    world_free(world);
    for (size_t i = 0; i < WORLD_PERMITS; i++)
        operations_release(&operations[i]);
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
}
