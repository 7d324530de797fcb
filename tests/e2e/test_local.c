/* The local cloud's start beside another one, and what it says. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cloud.h"

#define LOG_MAX (16UL * 1024)

/* Between a cloud's start and its ready block, on a busy machine. */
#define SILENCE_MS 30000

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *absolute(const char *path, char whole[static PATH_MAX])
{
    cr_assert(realpath(path, whole), "%s: %s", path, strerror(errno));
    return whole;
}

/* A command line that is wrong: one line, and no cloud. */
static void expect_line(const char *const options[2], const char *line)
{
    const char *arguments[] = {cloud_setting("LOCAL_CLOUD"),
                               "--function",
                               cloud_setting("FUNCTION"),
                               options[0],
                               options[1],
                               options[0] ? "--port" : NULL,
                               "0",
                               NULL};
    char log[LOG_MAX];

    /* The port is the mistake's own, where it is one. */
    if (strcmp(options[0], "--port") == 0)
        arguments[5] = NULL;
    cr_expect_neq(child_run(arguments, NULL, 0, log, sizeof(log)), 0);
    cr_expect(strstr(log, line), "want %s, got %s", line, log);
    cr_expect_eq(strchr(log, '\n'), log + strlen(log) - 1, "%s", log);
}

Test(local, what_cannot_start_says_why_in_one_line)
{
    const char *front = strrchr(cloud_setting("FUNCTION_URL"), ':') + 1;

    expect_line((const char *[]){"--port", ""}, "--port wants a number");
    expect_line((const char *[]){"--port", "http"}, "not \"http\"");
    expect_line((const char *[]){"--port", "65536"}, "from 0 to 65535");
    expect_line((const char *[]){"--port", front}, "is in use: choose another");
    expect_line((const char *[]){"--env-file", cloud_setting("ENV_FILE")},
                "it belongs to a local cloud that runs");
}

/* Whether a port below 1024 is for root alone; a container may open all. */
static bool root_has_ports(void)
{
    char first[16] = "";
    FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");

    cr_assert(file && fgets(first, sizeof(first), file));
    (void)fclose(file);
    return strtol(first, NULL, 10) > 1;
}

Test(local, a_port_that_only_root_may_take_says_what_to_do)
{
    if (!root_has_ports())
        return;
    /* As root; anybody else may neither do this nor take the port. */
    (void)prctl(PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE);
    expect_line((const char *[]){"--port", "1"}, "choose one from 1024 on");
}

struct second {
    char dir[PATH_MAX]; /* where it was started; has a blank and a quote */
    const char *option; /* one more; NULL: none */
    char log[LOG_MAX];  /* up to the end of the ready block */
    int pid;
    int output;
};

static void become_second(const struct second *second, int output)
{
    char cloud[PATH_MAX], function[PATH_MAX], database[PATH_MAX];
    const char *arguments[] = {absolute(cloud_setting("LOCAL_CLOUD"), cloud),
                               "--function",
                               absolute(cloud_setting("FUNCTION"), function),
                               "--database",
                               absolute("deploy/database", database),
                               "--port",
                               "0",
                               "--all-addresses",
                               second->option,
                               NULL};

    if (chdir(second->dir) == 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0)
        execv(arguments[0], (char *const *)(void *)arguments);
    _exit(99);
}

/* Read what it prints until WORDS are there; fail if it falls silent first. */
static void read_until(struct second *second, const char *words)
{
    struct pollfd output = {.fd = second->output, .events = POLLIN};
    size_t len = strlen(second->log);
    ssize_t got = 1;

    while (!strstr(second->log, words) && got > 0 &&
           poll(&output, 1, SILENCE_MS) > 0) {
        got = read(second->output, second->log + len, LOG_MAX - 1 - len);
        len += got > 0 ? (size_t)got : 0;
        second->log[len] = '\0';
    }
    cr_assert(strstr(second->log, words), "no %s in %s", words, second->log);
}

static void start_second(struct second *second)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    second->pid = fork();
    cr_assert_geq(second->pid, 0);
    if (second->pid == 0)
        become_second(second, ends[1]);
    close(ends[1]);
    second->output = ends[0];
    read_until(second, "\"alice\"}'\n");
}

static void stop_second(struct second *second)
{
    cr_assert_eq(kill(second->pid, SIGTERM), 0);
    cr_assert_eq(waitpid(second->pid, NULL, 0), second->pid);
    close(second->output);
}

/* Run COMMAND in a shell, in the directory; what it prints. */
static void shell(const struct second *second, const char *command,
                  char log[static LOG_MAX])
{
    char whole[PATH_MAX + 512];
    const char *arguments[] = {"/bin/sh", "-c", whole, NULL};

    (void)snprintf(whole, sizeof(whole), "cd \"%s\" && %s", second->dir,
                   command);
    cr_expect_eq(child_run(arguments, NULL, 0, log, LOG_MAX), 0, "%s: %s",
                 whole, log);
}

/* The path after "variables    ", as it is quoted there. */
static void variables(const struct second *second, char *line, size_t size)
{
    const char *at = strstr(second->log, "variables    ");

    cr_assert(at, "%s", second->log);
    at += strlen("variables    ");
    (void)snprintf(line, size, "%.*s", (int)strcspn(at, "\n"), at);
}

Test(local, a_second_cloud_in_one_place_has_an_env_file_of_its_own)
{
    static struct second second = {.dir = "/tmp/it's a clone XXXXXX"};
    char line[PATH_MAX], command[PATH_MAX + 64], log[LOG_MAX];
    int first;

    cr_assert(mkdtemp(second.dir));
    shell(&second, "mkdir -p build/local && echo mine > build/local/env", log);
    (void)snprintf(command, sizeof(command), "%s/build/local/env", second.dir);
    first = open(command, O_RDWR | O_CLOEXEC);
    cr_assert_eq(flock(first, LOCK_EX), 0);
    start_second(&second);

    variables(&second, line, sizeof(line));
    (void)snprintf(command, sizeof(command), "%s && exec env", line);
    shell(&second, command, log);
    cr_expect(strstr(line, "/build/local/env-"), "%s", line);
    cr_expect(strstr(log, "\nUPSTASH_REDIS_REST_URL=http://127.0.0.1:"), "%s",
              log);
    stop_second(&second);
    shell(&second, "cat build/local/*", log);
    cr_expect_str_eq(log, "mine\n");
    close(first);
    shell(&second, "rm -r \"$PWD\"", log);
}

/* All of 127.0.0.0/8 is this machine, and 127.0.0.2 another address of it. */
static void expect_at_another_address(const struct second *second,
                                      const char *port, const char *want)
{
    char command[128], log[LOG_MAX];

    (void)snprintf(command, sizeof(command),
                   "curl -so /dev/null http://127.0.0.2:%.*s/api/live; echo $?",
                   (int)strspn(port, "0123456789"), port);
    shell(second, command, log);
    cr_expect_str_eq(log, want, "%s: %s", command, log);
}

Test(local, another_address_reaches_the_front_only_where_that_was_asked_for)
{
    static const char before_port[] = "ready: http://127.0.0.1:";
    static struct second second = {.dir = "/tmp/it's a clone XXXXXX"};
    char log[LOG_MAX];

    cr_assert(mkdtemp(second.dir));
    start_second(&second);
    expect_at_another_address(
        &second, strstr(second.log, before_port) + strlen(before_port), "0\n");
    /* 7: curl could not connect. */
    expect_at_another_address(
        &second, strrchr(cloud_setting("FUNCTION_URL"), ':') + 1, "7\n");
    stop_second(&second);
    shell(&second, "rm -r \"$PWD\"", log);
}

/* Each request has its lines, and the ready block is in one piece. */
Test(local, the_lines_about_a_request_do_not_come_into_the_ready_block)
{
    static struct second second = {.dir = "/tmp/it's a clone XXXXXX",
                                   .option = "--verbose"};
    char log[LOG_MAX];
    const char *report, *ready;

    cr_assert(mkdtemp(second.dir));
    start_second(&second);
    report = strstr(second.log, "\nREPORT RequestId: ");
    ready = strstr(second.log, "\nready: ");
    cr_expect(report && report < ready, "%s", second.log);
    cr_expect(!strstr(ready, "RequestId"), "%s", ready);
    stop_second(&second);
    shell(&second, "rm -r \"$PWD\"", log);
}

/* Start a cloud, let it sell, refuse, and fail, and read what it prints. */
static void play(struct second *second)
{
    char log[LOG_MAX];

    cr_assert(mkdtemp(second->dir));
    start_second(second);
    shell(second,
          ". build/local/env\n"
          "buy() {\n"
          "  curl -s -o /dev/null \"$FUNCTION_URL/api/purchase\""
          " -H 'Content-Type: application/json'"
          " -d '{\"product_id\": 1, \"buyer\": \"a\"}'\n"
          "}\n"
          "curl -s -o /dev/null \"$FUNCTION_URL/api/live\"\n"
          "buy\n"
          "for i in 1 2 3 4 5 6 7 8 9 10; do buy & done\n"
          "wait\n"
          "curl -s \"$CONTROL_URL/faults\""
          " -d '{\"door\": \"kv\", \"fault\": \"down\", \"value\": 1}'\n"
          "curl -s -X POST \"$CONTROL_URL/recycle\"\n"
          "buy",
          log);
}

/* How often WORDS are in TEXT. */
static int times(const char *text, const char *words)
{
    int found = 0;

    while ((text = strstr(text, words)) != NULL) {
        text += strlen(words);
        found++;
    }
    return found;
}

Test(local, a_person_sees_sales_refusals_by_the_second_and_failures)
{
    static struct second second = {.dir = "/tmp/it's a clone XXXXXX"};
    char log[LOG_MAX];

    play(&second);
    read_until(&second, " error    product:1  503 ");
    read_until(&second, " refused  product:1  ");
    cr_expect_eq(times(second.log, " sold     product:1  "), 1);
    cr_expect_leq(times(second.log, " refused "), 3, "%s", second.log);
    cr_expect(!strpbrk(second.log, "\t") && !strstr(second.log, "{\"level\"") &&
                  !strstr(second.log, "/api/live  "),
              "%s", second.log);
    shell(&second,
          ". build/local/env\n"
          "grep -c '\"status\":4' \"$CLOUD_LOG\"\n"
          "grep -q '^REPORT RequestId: ' \"$CLOUD_LOG\"",
          log);
    cr_expect_str_eq(log, "10\n", "the file has all of it");
    stop_second(&second);
    shell(&second, "rm -r \"$PWD\"", log);
}

Test(local, verbose_prints_the_whole_log)
{
    static struct second second = {.dir = "/tmp/it's a clone XXXXXX",
                                   .option = "--verbose"};
    char log[LOG_MAX];

    play(&second);
    read_until(&second, "\"status\":503");
    cr_expect_eq(times(second.log, "\"status\":4"), 10, "%s", second.log);
    cr_expect_geq(times(second.log, "\nREPORT RequestId: "), 12);
    cr_expect_eq(times(second.log, " refused "), 0);
    stop_second(&second);
    shell(&second, "rm -r \"$PWD\"", log);
}
