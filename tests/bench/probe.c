/*
 * Each program is run twice, with 50 and with 250 requests.  The difference of
 * both counts, divided by 200, leaves out its start and its end.
 */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings.h"

#define SHORT_COUNT 50
#define LONG_COUNT 250
#define PATH_MAX_BYTES 512

/* Run ARGV for COUNT requests; SUBJECT keeps its last words. */
static bool run(char *const argv[], const char *control,
                struct batch_plan *plan, int count, struct subject *subject,
                struct error *err)
{
    struct batch batch;
    bool done;

    plan->count = count;
    if (!subject_start(subject, argv, err))
        return false;
    done = subject_batch(subject, control, plan, &batch, err);
    subject_stop(subject);
    plan->number += plan->each_its_own ? count + 1 : 0;
    return done;
}

static long read_summary(const char *path)
{
    char line[256];
    long summary = -1;
    FILE *file = fopen(path, "re");

    if (!file)
        return -1;
    while (summary < 0 && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "summary: ", strlen("summary: ")) == 0)
            summary = strtol(line + strlen("summary: "), NULL, 10);
    }
    (void)fclose(file);
    return summary;
}

/* Count in two runs, from callgrind's FILE, or from the log if FILE is NULL. */
static bool difference(char *const argv[], const char *file,
                       const char *control, struct batch_plan *plan,
                       double *each, struct error *err)
{
    static const int counts[] = {SHORT_COUNT, LONG_COUNT};
    static struct subject subject;
    long told[2];

    for (int i = 0; i < 2; i++) {
        if (file)
            (void)unlink(file);
        if (!run(argv, control, plan, counts[i], &subject, err))
            return false;
        told[i] = file ? read_summary(file)
                       : subject_number(subject.last_words, "\"allocations\":");
        if (told[i] < 0) {
            error_set(err, "%s has counted nothing", argv[0]);
            return false;
        }
    }
    *each = (double)(told[1] - told[0]) / (LONG_COUNT - SHORT_COUNT);
    return true;
}

bool probe_instructions(const char *program, const char *control,
                        struct batch_plan plan, double *each, struct error *err)
{
    char valgrind[PATH_MAX_BYTES];
    char tool[] = "--tool=callgrind";
    char option[PATH_MAX_BYTES];
    char path[PATH_MAX_BYTES];
    char *argv[] = {valgrind, tool, option, path, NULL};
    const char *file;

    (void)snprintf(valgrind, sizeof(valgrind), "%s", setting("BENCH_VALGRIND"));
    (void)snprintf(option, sizeof(option), "--callgrind-out-file=%s/callgrind",
                   setting("BENCH_DIR"));
    (void)snprintf(path, sizeof(path), "%s", program);
    file = strchr(option, '=') + 1;
    return difference(argv, file, control, &plan, each, err);
}

bool probe_allocations(const char *program, const char *control,
                       struct batch_plan plan, double *each, struct error *err)
{
    char path[PATH_MAX_BYTES];
    char *argv[] = {path, NULL};

    (void)snprintf(path, sizeof(path), "%s", program);
    return difference(argv, NULL, control, &plan, each, err);
}
