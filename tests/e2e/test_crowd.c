/* A cloud of several processes of each kind. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "child.h"
#include "cloud.h"

/* As tests/e2e/run starts it. */
#define CROWD_INSTANCES 12

#define ARGUMENTS_MAX 16

/* Run the local cloud where a process may open FILES; its status, and what it
 * wrote, in LOG. */
static int run_cloud(rlim_t files, const char *const options[], char *log,
                     size_t size)
{
    const char *arguments[ARGUMENTS_MAX] = {
        cloud_setting("LOCAL_CLOUD"), "--port", "0", "--env-file", "/proc/env"};

    for (size_t i = 0; options[i]; i++)
        arguments[5 + i] = options[i];
    return child_run(arguments, NULL, files, log, size);
}

Test(crowd, a_process_that_may_open_too_little_is_told_before_it_starts)
{
    static const struct {
        const char *const options[ARGUMENTS_MAX - 5];
        const char *advice;
    } cases[] = {
        {{"--instances", "300"}, "--platform-processes"},
        {{"--instances", "50", "--clients", "500"}, "--platform-processes"},
        {{"--instances", "300", "--platform-processes", "4"},
         "--door-processes"},
    };
    char log[8192];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_expect_eq(run_cloud(400, cases[i].options, log, sizeof(log)), 1);
        cr_expect(strstr(log, "local-cloud: "), "%s", log);
        cr_expect(strstr(log, cases[i].advice), "case %zu: %s", i, log);
    }
}

/* How many files the process PID has open. */
static int files_of(int pid)
{
    char path[64];
    int count = 0;
    DIR *dir;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    dir = opendir(path);
    cr_assert(dir, "%s", path);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* The platform's process that the instance PID is a child of. */
static int parent_of(int pid)
{
    char path[64];
    int parent = 0;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "re");
    cr_assert(file, "%s", path);
    cr_expect_eq(fscanf(file, "%*d %*s %*c %d", &parent), 1);
    (void)fclose(file);
    return parent;
}

Test(crowd, the_control_address_speaks_for_all_and_keeps_no_connection)
{
    int platform;
    int files;

    cloud_warm();
    CLOUD_WAIT_FOR(cloud_counter("instances_idle") == CROWD_INSTANCES);
    cr_expect_eq(cloud_counter("instances_started"), CROWD_INSTANCES);
    platform = parent_of(cloud_pid("idle"));
    files = files_of(platform);
    for (int i = 0; i < 50; i++)
        (void)cloud_counter("instances_idle");
    CLOUD_WAIT_FOR(files_of(platform) < files + 10);
}
