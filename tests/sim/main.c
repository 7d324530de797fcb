/*
 * The simulation: play HISTORIES histories from SEED on and hold each against
 * what is promised.
 *
 *     sim [--seed N] [--histories N] [--mutant NAME] [--story]
 *
 * Exit status: 0 if every promise was kept, 1 if one was broken.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

struct options {
    uint64_t seed;
    long long histories;
    enum mutant mutant;
    bool story;
};

static const char *const mutants[MUTANTS] = {
    [MUTANT_NONE] = "none",
    [MUTANT_RELEASE_IS_DEL] = "release-is-del",
    [MUTANT_COUNT_APART] = "count-apart",
    [MUTANT_NO_FENCE_CHECK] = "no-fence-check",
    [MUTANT_FENCE_BEFORE_REPLAY] = "fence-before-replay",
};

enum mutant mutant_find(const char *name)
{
    int i = 0;

    while (i < MUTANTS && strcmp(mutants[i], name) != 0)
        i++;
    return (enum mutant)i;
}

static bool read_operations(struct operations *operations)
{
    const struct operation_limits limits = {0};
    struct buffer text;
    struct buffer mistakes;
    FILE *file = fopen("function/operations.json", "r");
    char piece[4096];
    size_t len;
    bool read;

    buffer_init(&text, OPERATIONS_MAX_BYTES);
    buffer_init(&mistakes, OPERATIONS_MAX_BYTES);
    while (file && (len = fread(piece, 1, sizeof(piece), file)) > 0) {
        if (!buffer_append(&text, piece, len))
            break;
    }
    if (file)
        (void)fclose(file);
    read = operations_read(operations, buffer_slice(&text), &limits, &mistakes);
    buffer_release(&text);
    buffer_release(&mistakes);
    return read;
}

int main(int argc, char *argv[])
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},
        {"histories", required_argument, NULL, 'n'},
        {"mutant", required_argument, NULL, 'm'},
        {"story", no_argument, NULL, 't'},
        {0}};
    struct options options = {.seed = 1, .histories = 1};
    struct operations operations;
    struct world *world;
    int option;
    long long ops = 0;
    uint64_t digest = 0;

    while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
        if (option == 's')
            options.seed = strtoull(optarg, NULL, 0);
        else if (option == 'n')
            options.histories = strtoll(optarg, NULL, 10);
        else if (option == 'm')
            options.mutant = mutant_find(optarg);
        else if (option == 't')
            options.story = true;
    }
    if (!read_operations(&operations))
        return 2;
    world = world_new(&operations);
    for (long long i = 0; i < options.histories; i++) {
        const struct world_setting setting = {
            .seed = options.seed + (uint64_t)i,
            .mutant = options.mutant,
            .story = options.story ? stdout : NULL};
        world_play(world, &setting);
        ops += world->attempt_count;
        digest = world->digest;
        if (world->auditor.broken) {
            printf("seed %llu: %s\n", (unsigned long long)setting.seed,
                   world->auditor.broken);
            break;
        }
    }
    printf("%lld operations, digest %016llx\n", ops,
           (unsigned long long)digest);
    world_free(world);
    operations_release(&operations);
    return 0;
}
