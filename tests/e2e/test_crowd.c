/* A cloud of several processes of each kind. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

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

Test(crowd, the_control_address_speaks_for_all)
{
    cloud_warm();
    CLOUD_WAIT_FOR(cloud_counter("instances_idle") == CROWD_INSTANCES);
    cr_expect_eq(cloud_counter("instances_started"), CROWD_INSTANCES);
    for (int left = CROWD_INSTANCES - 1; left >= 0; left--) {
        cloud_kill(cloud_pid("idle"));
        CLOUD_WAIT_FOR(cloud_counter("instances_idle") == left);
    }
    CLOUD_WAIT_FOR(cloud_counter("instances_ending") == 0);
    cloud_warm();
    CLOUD_WAIT_FOR(cloud_counter("instances_idle") == CROWD_INSTANCES);
    cloud_recycle();
    CLOUD_WAIT_FOR(cloud_counter("instances_idle") == 0);
    CLOUD_WAIT_FOR(cloud_counter("instances_ending") == 0);
    cr_expect_eq(cloud_counter("crashes"), 0);
}
