/*
 * A child becomes a real script in a temporary directory, which writes down
 * what it was called with.
 */
#include "wrapper.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tells what it was called with and what it finds in the variable. */
#define SCRIPT                                                                 \
    "#!/bin/sh\n"                                                              \
    "printf '%s|' \"$@\" \"[$AWS_LAMBDA_EXEC_WRAPPER]\" \"$KEPT\" "            \
    ">\"$0.out\"\n"

static void write_script(const char *path)
{
    FILE *file = fopen(path, "w");

    cr_assert(file);
    cr_assert(fputs(SCRIPT, file) >= 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, 0700), 0);
}

/* Become the wrapper in a child, and wait for its end. */
static int run_wrapped(const char *path, char *const argv[])
{
    struct error err = {0};
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        (void)setenv("AWS_LAMBDA_EXEC_WRAPPER", path, 1);
        (void)setenv("KEPT", "kept", 1);
        wrapper_exec(getenv("AWS_LAMBDA_EXEC_WRAPPER"), "/var/task/bootstrap",
                     argv, &err);
        _exit(99);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

/* What the script at PATH wrote; both are removed. */
static void read_output(const char *path, char *text, size_t size)
{
    char out[128];
    FILE *file;
    size_t len;

    (void)snprintf(out, sizeof(out), "%s.out", path);
    file = fopen(out, "r");
    cr_assert(file);
    len = fread(text, 1, size - 1, file);
    text[len] = '\0';
    (void)fclose(file);
    (void)unlink(out);
    (void)unlink(path);
}

static void expect_output(char *const argv[], const char *expected)
{
    char dir[] = "/tmp/wrapper-XXXXXX";
    char path[64];
    char text[256];

    cr_assert(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/wrapper", dir);
    write_script(path);
    cr_expect_eq(run_wrapped(path, argv), 0);
    read_output(path, text, sizeof(text));
    cr_expect_str_eq(text, expected);
    cr_expect_eq(rmdir(dir), 0);
}

Test(wrapper, gets_our_path_and_arguments_and_an_empty_variable)
{
    char *argv[] = {(char[]){"bootstrap"}, (char[]){"one"}, (char[]){"two 2"},
                    NULL};

    expect_output(argv, "/var/task/bootstrap|one|two 2|[]|kept|");
}

Test(wrapper, a_program_without_arguments_or_a_name_is_wrapped_too)
{
    char *argv[] = {(char[]){"bootstrap"}, NULL};
    char *nothing[] = {NULL};

    expect_output(argv, "/var/task/bootstrap|[]|kept|");
    expect_output(nothing, "/var/task/bootstrap|[]|kept|");
}

Test(wrapper, that_cannot_run_says_why)
{
    char *argv[] = {(char[]){"bootstrap"}, NULL};
    struct error err = {0};

    wrapper_exec("/nonexistent/wrapper", "/var/task/bootstrap", argv, &err);
    cr_expect(strstr(err.text, "AWS_LAMBDA_EXEC_WRAPPER"));
    cr_expect(strstr(err.text, strerror(ENOENT)));
    cr_expect_str_eq(getenv("AWS_LAMBDA_EXEC_WRAPPER"), "");
}
