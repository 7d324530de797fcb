/*
 * black-friday: the story in two halves, on local clouds of its own.
 *
 *     black-friday LOCAL_CLOUD FUNCTION NAIVE WORK_DIR BUYERS INSTANCES TICKETS
 *
 * NAIVE is the function of tests/naive.  WORK_DIR gets the clouds' logs and
 * black-friday.svg.  Exit status: 1 where the half with the bouncer went
 * wrong, 2 where a half could not be played.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chart.h"
#include "file_limit.h"
#include "half.h"
#include "report.h"

#define EXIT_BROKEN 2
/*
 * Databases are some milliseconds away; here this one would be none, and few
 * buyers would be fast enough to look at the stock before the first has it.
 */
#define DATABASE_MS 20

#define BUYERS_MAX 100000
#define INSTANCES_MAX 16000

enum argument {
    LOCAL_CLOUD = 1,
    FUNCTION,
    NAIVE,
    WORK_DIR,
    BUYERS,
    INSTANCES,
    TICKETS,
    ARGUMENTS,
};

/*
 * In a cloud each instance has a processor of its own.  Here thousands take
 * turns on a few, and an answer that has come is looked at seconds later: the
 * function's time limits are stretched accordingly.
 */
static const char *const settings[] = {
    "BOUNCER_KV_TIMEOUT_MS=30000",
    "BOUNCER_DB_TIMEOUT_MS=30000",
    "BOUNCER_LEASE_S=90",
    NULL,
};

static void progress(const char *what, int done, int count)
{
    char part[REPORT_NUMBER_MAX];
    char whole[REPORT_NUMBER_MAX];

    printf("    %s of %s %s\n", report_number(done, part),
           report_number(count, whole), what);
    (void)fflush(stdout);
}

/* The number NAME=TEXT, from 1 to MAX; ends the program where it is none. */
static int number(const char *name, const char *text, long max)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value < 1 || value > max) {
        (void)fprintf(stderr, "black-friday: %s wants 1 to %ld, not \"%s\"\n",
                      name, max, text);
        exit(EXIT_BROKEN);
    }
    return (int)value;
}

static void print_head(const struct half_options *options)
{
    char buyers[REPORT_NUMBER_MAX];
    char instances[REPORT_NUMBER_MAX];
    char tickets[REPORT_NUMBER_MAX];

    printf("Black Friday: %s buyers, %s instances, %s ticket%s, %ld "
           "processors\n",
           report_number(options->buyers, buyers),
           report_number(options->cloud.instances, instances),
           report_number(options->tickets, tickets),
           options->tickets == 1 ? "" : "s", sysconf(_SC_NPROCESSORS_ONLN));
    printf("The database answers %d ms late, as one that is not on the same "
           "machine.\n",
           options->database_ms);
}

static bool play(struct half *half, const struct half_options *options)
{
    struct error err = {""};

    printf("\n%s (POST %s)\n", options->title, options->path);
    (void)fflush(stdout);
    if (half_play(half, options, &err)) {
        report_print(half);
        return true;
    }
    (void)fprintf(stderr, "black-friday: %s\n", err.text);
    return false;
}

int main(int argc, char **argv)
{
    struct half_options options = {
        .progress = progress,
        .database_ms = DATABASE_MS,
    };
    struct half without = {.purchases = NULL};
    struct half with = {.purchases = NULL};
    struct error err;
    int status = EXIT_BROKEN;

    if (argc != ARGUMENTS) {
        (void)fprintf(stderr, "black-friday: see `make help`\n");
        return EXIT_BROKEN;
    }
    options.buyers = number("BUYERS", argv[BUYERS], BUYERS_MAX);
    options.tickets = number("TICKETS", argv[TICKETS], BUYERS_MAX);
    options.cloud = (struct local_cloud_options){
        .program = argv[LOCAL_CLOUD],
        .function = argv[NAIVE],
        .extra_sql = "tests/naive/naive.sql",
        .work_dir = argv[WORK_DIR],
        .set = settings,
        .instances = number("INSTANCES", argv[INSTANCES], INSTANCES_MAX),
        .clients = options.buyers,
    };
    file_limit_raise();
    if (!buyers_fit(options.buyers, &err)) {
        (void)fprintf(stderr, "black-friday: %s\n", err.text);
        return EXIT_BROKEN;
    }
    print_head(&options);
    options.title = "Without the bouncer: read the stock, then write it";
    options.path = "/alone";
    if (play(&without, &options)) {
        options.title = "With the bouncer";
        options.path = "/api/purchase";
        options.cloud.function = argv[FUNCTION];
        options.cloud.extra_sql = NULL;
        if (play(&with, &options))
            status = report_judge(&with) ? 0 : 1;
    }
    if (status != EXIT_BROKEN && !chart_write(&without, &with, argv[WORK_DIR]))
        status = EXIT_BROKEN;
    half_release(&without);
    half_release(&with);
    return status;
}
