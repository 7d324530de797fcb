#include "child.h"

#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void become(const char *arguments[], char *const env[],
                             rlim_t files, int output)
{
    const struct rlimit limit = {files, files};

    if (files)
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)alarm(CHILD_S);
    (void)dup2(output, STDOUT_FILENO);
    (void)dup2(output, STDERR_FILENO);
    (void)execve(arguments[0], (char *const *)(void *)arguments,
                 env ? env : environ);
    _exit(99);
}

int child_run(const char *arguments[], char *const env[], rlim_t files,
              char *log, size_t size)
{
    int ends[2];
    int status = 0;
    size_t len = 0;
    ssize_t got;
    pid_t pid;

    cr_assert_eq(pipe(ends), 0);
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0)
        become(arguments, env, files, ends[1]);
    close(ends[1]);
    while ((got = read(ends[0], log + len, size - 1 - len)) > 0)
        len += (size_t)got;
    log[len] = '\0';
    close(ends[0]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
