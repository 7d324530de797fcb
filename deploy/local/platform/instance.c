/*
 * clone(2) starts a process in our memory until its execve.  SIGSTOP and
 * SIGCONT to its group freeze and thaw it.  The bits of its loopback address
 * are its slot and generation.
 */
#include "platform/instance.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "platform/instance_env.h"

/*
 * An address is 127, ten bits of generation and fourteen of slot.  Generations
 * 1 to 1022 keep clear of 127.0.0.1 and of the broadcast address.
 */
#define NETWORK (127U << 24)
#define SLOT_BITS 14
#define GENERATION_MASK 1023U
#define GENERATION_MAX 1022

/* What the platform allows a function to open. */
#define FILES_MAX 1024

/* For the few calls between a process's birth and its program's start. */
#define BIRTH_STACK_BYTES (32UL * 1024)

void instance_runtime_api(const struct instance *instance, int port,
                          char text[static 32])
{
    uint32_t address = NETWORK | (uint32_t)instance->generation << SLOT_BITS |
                       (uint32_t)instance->slot;

    (void)snprintf(text, 32, "127.%u.%u.%u:%d", address >> 16 & 255,
                   address >> 8 & 255, address & 255, port);
}

void instance_of_address(uint32_t address, int *slot, int *generation)
{
    *slot = (int)(address & ((1U << SLOT_BITS) - 1));
    *generation = (int)(address >> SLOT_BITS & GENERATION_MASK);
}

/* What the new process needs, made ready before it is there. */
struct birth {
    const struct instance_env *env;
    pid_t parent;
    char *argv[2];
    char *vars[INSTANCE_ENV_MAX + 2];
    int failure; /* errno of an execve that failed */
};

/*
 * In the new process, which shares our memory until it becomes the
 * function: system calls, and nothing that would last.
 */
static int become(void *state)
{
    static const int caught[] = {SIGCHLD, SIGTERM, SIGUSR1, SIGPIPE};
    const struct rlimit files = {FILES_MAX, FILES_MAX};
    struct birth *birth = state;
    sigset_t none;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != birth->parent)
        return 1;
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        (void)signal(caught[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_NOFILE, &files);
    if (chdir(birth->env->task_root) == 0)
        execve(birth->env->function, birth->argv, birth->vars);
    birth->failure = errno;
    return 127;
}

/*
 * As posix_spawn does it, which knows neither parent-death signals nor limits:
 * a fork would copy the page tables of thousands of connections each time.  We
 * sleep until the new process is the function or has ended, and no handler of
 * ours runs in it.
 */
static pid_t give_birth(struct birth *birth)
{
    static _Alignas(16) char stack[BIRTH_STACK_BYTES];
    sigset_t all;
    sigset_t before;
    pid_t pid;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid = clone(become, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD,
                birth);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

bool instance_spawn(struct instance *instance, const struct instance_env *env,
                    struct error *err)
{
    static char name[] = "bootstrap";
    char runtime_api[64] = "AWS_LAMBDA_RUNTIME_API=";
    struct birth birth = {
        .env = env,
        .parent = getpid(),
        .argv = {name},
        .vars = {runtime_api},
    };

    instance->generation = instance->generation % GENERATION_MAX + 1;
    instance_runtime_api(instance, env->runtime_port,
                         runtime_api + strlen(runtime_api));
    memcpy(birth.vars + 1, env->vars, env->count * sizeof(char *));
    (void)fflush(stdout);
    instance->pid = give_birth(&birth);
    if (instance->pid < 0) {
        error_set(err, "clone: %s", strerror(errno));
        return false;
    }
    if (birth.failure != 0)
        (void)fprintf(stderr, "cannot run %s: %s\n", env->function,
                      strerror(birth.failure));
    instance->retiring = false;
    instance->killed = false;
    instance->timed_out = false;
    instance->failed = false;
    instance->init_reported = false;
    instance->request_id[0] = '\0';
    instance->started_us = clock_boottime_us(clock_system());
    return true;
}

void instance_freeze(const struct instance *instance)
{
    kill(-instance->pid, SIGSTOP);
}

void instance_thaw(const struct instance *instance)
{
    kill(-instance->pid, SIGCONT);
}

void instance_kill(const struct instance *instance)
{
    kill(-instance->pid, SIGKILL);
}

long instance_max_memory_mb(const struct instance *instance)
{
    static const char label[] = "VmHWM:";
    char path[64];
    char line[128];
    long kb = 0;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)instance->pid);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (kb == 0 && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, label, strlen(label)) == 0)
            kb = strtol(line + strlen(label), NULL, 10);
    }
    (void)fclose(file);
    return (kb + 1023) / 1024;
}
