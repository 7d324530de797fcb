/*
 * black-friday: one act of the story, on the local cloud that `run` has
 * started.
 *
 *     black-friday NAME PATH DIRECTORY judge|no
 *
 * Buyers POST to PATH.  When they knew goes to DIRECTORY/NAME.dat, for
 * friday.gp, and a row of the last table to DIRECTORY/NAME.row.  The cloud's
 * addresses and the numbers come from the environment.  Exit status: 1 if the
 * act is to be judged and went wrong, 2 if it could not be played.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "report.h"
#include "settings.h"

#define BUYERS_MAX 100000
#define INSTANCES_MAX 16000
#define PATIENCE_MAX_S 3600

static void progress(const char *what, int done, int count)
{
    char part[REPORT_NUMBER_MAX];
    char whole[REPORT_NUMBER_MAX];

    printf("    %s of %s %s\n", report_number(done, part),
           report_number(count, whole), what);
    (void)fflush(stdout);
}

/* Write DIRECTORY/NAME.EXTENSION by WRITE. */
static void write_to(const char *directory, const char *name,
                     const char *extension,
                     bool write(const struct act *, const char *),
                     const struct act *act)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s.%s", directory, name, extension);
    if (!write(act, path)) {
        perror(path);
        exit(SETTINGS_EXIT);
    }
}

int main(int argc, char **argv)
{
    struct act act;
    struct error err = {""};
    bool right = true;

    if (argc != 5) {
        (void)fprintf(stderr, "black-friday: see `make help`\n");
        return SETTINGS_EXIT;
    }
    const struct act_options options = {
        .name = argv[1],
        .path = argv[2],
        .front = setting("FUNCTION_URL"),
        .control = setting("CONTROL_URL"),
        .kv = setting("UPSTASH_REDIS_REST_URL_TLS"),
        .sql = setting("SQL_URL_TLS"),
        .database = setting("DATABASE_URL"),
        .sql_plain = setting("SQL_URL"),
        .connection_string = setting("NEON_CONNECTION_STRING"),
        .buyers = (int)setting_count("BUYERS", BUYERS_MAX),
        .instances = (int)setting_count("INSTANCES", INSTANCES_MAX),
        .tickets = (int)setting_count("TICKETS", BUYERS_MAX),
        .patience_s = (int)setting_count("PATIENCE", PATIENCE_MAX_S),
        .database_ms = (int)setting_count("DATABASE_MS", 1000),
        .available_bytes = setting_count("AVAILABLE_KB", 1L << 40) * 1024,
        .progress = progress,
    };
    if (!buyers_fit(options.buyers, &err))
        give_up("the rush", &err);
    if (!act_play(&act, &options, &err))
        give_up(options.path, &err);
    report_print(&act);
    if (strcmp(argv[4], "judge") == 0)
        right = report_judge(&act);
    write_to(argv[3], argv[1], "dat", act_write, &act);
    write_to(argv[3], argv[1], "row", report_row, &act);
    act_release(&act);
    return right ? 0 : 1;
}
