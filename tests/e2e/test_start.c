/* The program's start: its settings, its certificates, its end. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cloud.h"
#include "peer.h"

#define ACCEPTED "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
#define ENDED "HTTP/1.1 500 Internal\r\nContent-Length: 0\r\n\r\n"
#define ENVIRONMENT_MAX 16

/* Settings of the program under test; the first NULL ends them. */
struct environment {
    char text[ENVIRONMENT_MAX][512];
    char *list[ENVIRONMENT_MAX + 1];
    size_t count;
};

static void set(struct environment *env, const char *name, const char *value)
{
    cr_assert_lt(env->count, (size_t)ENVIRONMENT_MAX);
    (void)snprintf(env->text[env->count], sizeof(env->text[0]), "%s=%s", name,
                   value);
    env->list[env->count] = env->text[env->count];
    env->count++;
}

/* The settings of a function that can reach the cloud's stores. */
static void set_all(struct environment *env)
{
    *env = (struct environment){0};
    set(env, "UPSTASH_REDIS_REST_URL",
        cloud_setting("UPSTASH_REDIS_REST_URL_TLS"));
    set(env, "UPSTASH_REDIS_REST_TOKEN",
        cloud_setting("UPSTASH_REDIS_REST_TOKEN"));
    set(env, "DATABASE_URL", cloud_setting("NEON_CONNECTION_STRING"));
    set(env, "BOUNCER_SQL_URL", cloud_setting("SQL_URL_TLS"));
    set(env, "BOUNCER_CA_FILE", cloud_setting("CA_FILE"));
}

/* Run the program to its end; its status, and what it wrote, in LOG. */
static int run(const struct environment *env, char *log, size_t size)
{
    const char *arguments[] = {cloud_setting("FUNCTION"), NULL};
    const int status = child_run(arguments, env->list, 0, log, size);

    cr_assert_geq(status, 0, "ended by a signal: %s", log);
    return status;
}

/* How often WORDS are in TEXT. */
static size_t count(const char *text, const char *words)
{
    size_t found = 0;

    for (; (text = strstr(text, words)) != NULL; text++)
        found++;
    return found;
}

Test(start, without_a_platform_the_program_says_what_it_waits_for)
{
    struct environment env;
    char log[8192];

    set_all(&env);
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect(strstr(log, "AWS_LAMBDA_RUNTIME_API is not set"), "%s", log);
}

/* Run the program with an error output that nobody reads; its wait status. */
static int run_unheard(const struct environment *env)
{
    char *arguments[] = {NULL, NULL};
    int ends[2];
    int status;
    pid_t pid;

    arguments[0] = strdup(cloud_setting("FUNCTION"));
    cr_assert_eq(pipe(ends), 0);
    (void)close(ends[0]);
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        (void)signal(SIGPIPE, SIG_DFL);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)execve(arguments[0], arguments, env->list);
        _exit(127);
    }
    (void)close(ends[1]);
    free(arguments[0]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return status;
}

Test(start, a_log_that_nobody_reads_does_not_end_the_program)
{
    struct environment env;
    int status;

    set_all(&env);
    status = run_unheard(&env);
    cr_assert(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
    cr_expect_eq(WEXITSTATUS(status), 1);
}

Test(start, the_platforms_log_level_is_obeyed)
{
    struct environment env;
    char log[8192];

    set_all(&env);
    set(&env, "AWS_LAMBDA_LOG_LEVEL", "FATAL");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect_str_eq(log, "");
}

Test(start, every_mistake_is_reported_at_once_as_an_init_error)
{
    const struct peer_step step = {PEER_ANSWER, ACCEPTED};
    struct environment env = {0};
    struct peer api;
    char log[8192];

    peer_start(&api, &step, 1);
    set(&env, "AWS_LAMBDA_RUNTIME_API", api.address);
    set(&env, "UPSTASH_REDIS_REST_URL", "http://kv.example.com");
    set(&env, "DATABASE_URL", "my-secret-word");
    set(&env, "BOUNCER_LEASE_S", "0");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect(strstr(api.seen->last, "POST /2018-06-01/runtime/init/error "));
    cr_expect(strstr(api.seen->last, "Runtime.InvalidConfiguration"));
    cr_expect(strstr(api.seen->last, "UPSTASH_REDIS_REST_URL must begin with"));
    cr_expect(strstr(api.seen->last, "UPSTASH_REDIS_REST_TOKEN is not set"));
    cr_expect(strstr(api.seen->last, "DATABASE_URL must have the form"));
    cr_expect(strstr(api.seen->last, "BOUNCER_LEASE_S must be"));
    cr_expect_eq(count(log, "\"configuration\""), 4U, "%s", log);
    cr_expect_eq(count(log, "BOUNCER_LEASE_S must be"), 1U, "%s", log);
    cr_expect(!strstr(api.seen->last, "my-secret-word"));
    cr_expect(!strstr(log, "my-secret-word"));
    peer_stop(&api);
}

/* ---- the operations ---- */

#define WRONG_OPERATIONS                                                       \
    "{\"operations\":[{\"method\":\"POST\",\"path\":\"/api/seat\","            \
    "\"lock\":{\"name\":\"seat:{seatid}\"},\"call\":\"take_seat\","            \
    "\"outcomes\":{\"taken\":{}}}]}"
#define NO_PROPERTY "operations[0].lock.name: {seatid} is no property of input"
#define NO_STATUS "operations[0].outcomes.taken.status: "

/* Write TEXT to a new file, whose name takes the place of NAME's X's. */
static void write_file(char *name, const char *text)
{
    const int fd = mkstemp(name);

    cr_assert_geq(fd, 0);
    cr_assert_gt(dprintf(fd, "%s", text), 0);
    close(fd);
}

/* Check FILE, or else what SETTING names; NULL: neither. */
static int check(const char *file, const char *setting, char *log, size_t size)
{
    const char *arguments[] = {cloud_setting("FUNCTION"), "check", file, NULL};
    struct environment env = {0};

    if (setting)
        set(&env, "BOUNCER_OPERATIONS", setting);
    return child_run(arguments, env.list, 0, log, size);
}

Test(start, the_check_of_the_operations_needs_no_setting_and_no_store)
{
    char wrong[] = "/tmp/bouncer-operations-XXXXXX";
    char log[8192];

    cr_expect_eq(check(NULL, NULL, log, sizeof(log)), 0);
    cr_expect_str_eq(log, "8 operations\n");
    cr_expect_eq(check("function/operations.json", NULL, log, sizeof(log)), 0);
    write_file(wrong, WRONG_OPERATIONS);
    cr_expect_eq(check(wrong, NULL, log, sizeof(log)), 1);
    cr_expect(strstr(log, NO_PROPERTY), "%s", log);
    cr_expect(strstr(log, NO_STATUS), "%s", log);
    cr_expect_eq(count(log, "\n"), 3U, "%s", log);
    cr_expect_eq(check(NULL, wrong, log, sizeof(log)), 1);
    cr_expect(strstr(log, NO_STATUS), "%s", log);
    (void)unlink(wrong);
    for (int by_setting = 0; by_setting < 2; by_setting++) {
        cr_expect_eq(check(by_setting ? NULL : wrong, wrong, log, sizeof(log)),
                     1);
        cr_expect(strstr(log, wrong), "%s", log);
    }
}

Test(start, mistakes_of_the_operations_are_an_init_error_like_the_settings)
{
    const struct peer_step step = {PEER_ANSWER, ACCEPTED};
    char wrong[] = "/tmp/bouncer-operations-XXXXXX";
    struct environment env;
    struct peer api;
    char log[8192];

    write_file(wrong, WRONG_OPERATIONS);
    peer_start(&api, &step, 1);
    set_all(&env);
    set(&env, "AWS_LAMBDA_RUNTIME_API", api.address);
    set(&env, "BOUNCER_OPERATIONS", wrong);
    set(&env, "BOUNCER_LEASE_S", "0");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect(strstr(api.seen->last, "Runtime.InvalidConfiguration"), "%s",
              log);
    cr_expect(strstr(api.seen->last, "BOUNCER_LEASE_S must be"));
    cr_expect(strstr(api.seen->last, NO_PROPERTY));
    cr_expect(strstr(api.seen->last, NO_STATUS));
    cr_expect_eq(count(log, "\"configuration\""), 4U, "%s", log);
    (void)unlink(wrong);
    peer_stop(&api);
}

Test(start, an_address_of_the_platform_that_is_none_is_told_in_one_line)
{
    struct environment env;
    char log[8192];

    set_all(&env);
    set(&env, "AWS_LAMBDA_RUNTIME_API", "https://...");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect(strstr(log, "AWS_LAMBDA_RUNTIME_API is no address"), "%s", log);
    cr_expect_eq(count(log, "\n"), 1U, "%s", log);
}

Test(start, a_misspelt_setting_stops_the_start_and_is_told_with_the_right_one)
{
    const struct peer_step step = {PEER_ANSWER, ACCEPTED};
    struct environment env;
    struct peer api;
    char log[8192];

    peer_start(&api, &step, 1);
    set_all(&env);
    set(&env, "AWS_LAMBDA_RUNTIME_API", api.address);
    set(&env, "BOUNCER_LEASE", "20");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect(strstr(api.seen->last, "do you mean BOUNCER_LEASE_S?"), "%s",
              log);
    peer_stop(&api);
}

Test(start, the_end_of_the_platform_is_the_end_of_the_program)
{
    const struct peer_step step = {PEER_ANSWER, ENDED};
    struct environment env;
    struct peer api;
    char log[8192];

    peer_start(&api, &step, 1);
    set_all(&env);
    set(&env, "AWS_LAMBDA_RUNTIME_API", api.address);
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect(
        strstr(api.seen->last, "GET /2018-06-01/runtime/invocation/next "));
    cr_expect(strstr(log, "\"end\""), "%s", log);
    peer_stop(&api);
}

#define SECRET_OPERATIONS                                                      \
    "{\"operations\":[{\"method\":\"GET\",\"path\":\"/x\",\"call\":\"f\","     \
    "\"callers\":\"secret\",\"outcomes\":{\"ok\":{\"status\":200}}}]}"
#define NO_SECRET "BOUNCER_SECRET is not set"

Test(start, operations_that_have_no_caller_for_want_of_a_secret_are_told_of)
{
    const struct peer_step steps[] = {{PEER_ANSWER, ENDED},
                                      {PEER_ANSWER, ENDED}};
    char operations[] = "/tmp/bouncer-operations-XXXXXX";
    struct environment env;
    struct peer api;
    char log[8192];

    write_file(operations, SECRET_OPERATIONS);
    peer_start(&api, steps, 2);
    set_all(&env);
    set(&env, "AWS_LAMBDA_RUNTIME_API", api.address);
    set(&env, "BOUNCER_OPERATIONS", operations);
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect_eq(count(log, NO_SECRET), 1U, "%s", log);
    cr_expect(strstr(api.seen->last, "/runtime/invocation/next "));
    set(&env, "BOUNCER_SECRET", "0123456789abcdef0123456789abcdef");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect_eq(count(log, NO_SECRET), 0U, "%s", log);
    (void)unlink(operations);
    peer_stop(&api);
}

Test(start, both_stores_are_connected_before_the_first_event_is_asked_for)
{
    const struct peer_step steps[] = {{PEER_ANSWER, ENDED},
                                      {PEER_ANSWER, ENDED}};
    struct environment env;
    struct peer api;
    char log[8192];
    long long kv, sql;

    peer_start(&api, steps, 2);
    set_all(&env);
    set(&env, "AWS_LAMBDA_RUNTIME_API", api.address);
    kv = cloud_counter("kv_connections");
    sql = cloud_counter("sql_connections");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect_eq(cloud_counter("kv_connections"), kv + 1);
    cr_expect_eq(cloud_counter("sql_connections"), sql + 1);
    set(&env, "BOUNCER_PRECONNECT", "off");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect_eq(cloud_counter("kv_connections"), kv + 1);
    peer_stop(&api);
}

Test(start, a_store_that_is_down_does_not_fail_the_start)
{
    const struct peer_step step = {PEER_ANSWER, ENDED};
    struct environment env = {0};
    struct peer api;
    char log[8192];

    peer_start(&api, &step, 1);
    set(&env, "AWS_LAMBDA_RUNTIME_API", api.address);
    set(&env, "KV_REST_API_URL", "https://127.0.0.1:1");
    set(&env, "KV_REST_API_TOKEN", "token");
    set(&env, "SUPABASE_URL", "https://127.0.0.1:1");
    set(&env, "SUPABASE_SERVICE_ROLE_KEY", "key");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect(
        strstr(api.seen->last, "GET /2018-06-01/runtime/invocation/next "));
    peer_stop(&api);
}

Test(start, a_wrapper_gets_the_program_and_its_own_variable_emptied)
{
    struct environment env = {0};
    char log[8192];
    char wrapper[] = "/tmp/bouncer-wrapper-XXXXXX";
    int fd = mkstemp(wrapper);

    cr_assert_geq(fd, 0);
    cr_assert_gt(dprintf(fd, "#!/bin/sh\n"
                             "echo \"wrapped [$AWS_LAMBDA_EXEC_WRAPPER] $1\""
                             " >&2\nexec \"$@\"\n"),
                 0);
    cr_assert_eq(fchmod(fd, 0700), 0);
    close(fd);
    set(&env, "AWS_LAMBDA_EXEC_WRAPPER", wrapper);
    set(&env, "PATH", "/usr/bin:/bin");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect(strstr(log, "wrapped [] /"), "%s", log);
    cr_expect(strstr(log, "AWS_LAMBDA_RUNTIME_API is not set"), "%s", log);
    (void)unlink(wrapper);
}

Test(start, a_wrapper_that_is_not_there_is_an_init_error)
{
    const struct peer_step step = {PEER_ANSWER, ACCEPTED};
    struct environment env;
    struct peer api;
    char log[8192];

    peer_start(&api, &step, 1);
    set_all(&env);
    set(&env, "AWS_LAMBDA_RUNTIME_API", api.address);
    set(&env, "AWS_LAMBDA_EXEC_WRAPPER", "/nowhere/wrapper");
    cr_expect_eq(run(&env, log, sizeof(log)), 1);
    cr_expect(strstr(api.seen->last, "/init/error "), "%s", log);
    cr_expect(strstr(api.seen->last, "AWS_LAMBDA_EXEC_WRAPPER"));
    peer_stop(&api);
}
