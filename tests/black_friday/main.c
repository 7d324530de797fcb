/*
 * black-friday: one half of the story, on the local cloud that `run` has
 * started.
 *
 *     black-friday PATH DATA judge|no
 *
 * Buyers POST to PATH; their answers go to DATA, for friday.gp.  The cloud's
 * addresses and the numbers come from the environment.  Exit status: 1 if the
 * half is to be judged and went wrong, 2 if it could not be played.
 */
#include <stdio.h>
#include <string.h>

#include "half.h"
#include "report.h"
#include "settings.h"

#define BUYERS_MAX 100000
#define INSTANCES_MAX 16000

static void progress(const char *what, int done, int count)
{
    char part[REPORT_NUMBER_MAX];
    char whole[REPORT_NUMBER_MAX];

    printf("    %s of %s %s\n", report_number(done, part),
           report_number(count, whole), what);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct half half;
    struct error err = {""};
    bool right = true;

    if (argc != 4) {
        (void)fprintf(stderr, "black-friday: see `make help`\n");
        return SETTINGS_EXIT;
    }
    const struct half_options options = {
        .path = argv[1],
        .front = setting("FUNCTION_URL"),
        .control = setting("CONTROL_URL"),
        .kv = setting("UPSTASH_REDIS_REST_URL_TLS"),
        .sql = setting("SQL_URL_TLS"),
        .database = setting("DATABASE_URL"),
        .buyers = (int)setting_count("BUYERS", BUYERS_MAX),
        .instances = (int)setting_count("INSTANCES", INSTANCES_MAX),
        .tickets = (int)setting_count("TICKETS", BUYERS_MAX),
        .database_ms = (int)setting_count("DATABASE_MS", 1000),
        .available_bytes = setting_count("AVAILABLE_KB", 1L << 40) * 1024,
        .progress = progress,
    };
    if (!buyers_fit(options.buyers, &err))
        give_up("the rush", &err);
    if (!half_play(&half, &options, &err))
        give_up(options.path, &err);
    report_print(&half);
    if (strcmp(argv[3], "judge") == 0)
        right = report_judge(&half);
    if (!half_write(&half, argv[2])) {
        perror(argv[2]);
        return SETTINGS_EXIT;
    }
    half_release(&half);
    return right ? 0 : 1;
}
