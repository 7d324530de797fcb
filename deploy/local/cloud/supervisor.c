/*
 * Everything arrives at one poll: signals by a signalfd, the end of our parent
 * by a pidfd.  Orphans of our children become ours (a subreaper), so we can
 * wait for the end of all.
 */
#include "cloud/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cloud/log_tail.h"

/*
 * How long children may take to obey their stop signal.  PostgreSQL, stopped
 * while it comes up, now and then waits five seconds for a child of its own.
 */
#define PATIENCE_MS 2000

/* And how long the kernel may take to bury those that were killed. */
#define BURIAL_MS 5000

/* How long what children left behind may take to obey. */
#define ORPHANS_MS 1000

#define STEP_MS 20

static int64_t now_ms(void)
{
    return clock_boottime_ms(clock_system());
}

/* ---- events ---- */

static void note_end(struct supervisor *supervisor, pid_t pid, int status)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        struct child *child = &supervisor->children[i];

        if (child->pid == pid) {
            child->pid = 0;
            child->status = status;
        }
    }
}

/* Orphans of our children come to us, too (a subreaper); they just go. */
static void reap(struct supervisor *supervisor)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        note_end(supervisor, pid, status);
        if (pid == supervisor->janitor.pid)
            supervisor->janitor_ended = true;
    }
}

/* Wait for at most TIMEOUT_MS, -1 for ever, and note what happened. */
static void wait_event(struct supervisor *supervisor, int timeout_ms)
{
    struct signalfd_siginfo info;
    struct pollfd fds[] = {
        {.fd = supervisor->signal_fd, .events = POLLIN},
        {.fd = supervisor->parent_fd, .events = POLLIN},
    };

    if (poll(fds, 2, timeout_ms) <= 0)
        return;
    if (fds[1].revents != 0)
        supervisor->stop_requested = true;
    while (read(supervisor->signal_fd, &info, sizeof(info)) > 0) {
        if (info.ssi_signo == SIGCHLD)
            reap(supervisor);
        else
            supervisor->stop_requested = true;
    }
}

static void describe_end(const struct child *child, struct error *err)
{
    const struct role *role = child->role;
    char why[LOG_TAIL_MAX];
    bool explained =
        role->log_file != NULL && log_tail(role->log_file, why, sizeof(why));

    if (WIFSIGNALED(child->status))
        error_set(err, "%s was ended by signal %d (%s)", role->name,
                  WTERMSIG(child->status), strsignal(WTERMSIG(child->status)));
    else if (role->once && explained)
        error_set(err, "%s: %s", role->name, why);
    else
        error_set(err, "%s ended unexpectedly (status %d)%s%s", role->name,
                  WEXITSTATUS(child->status), explained ? ": " : "",
                  explained ? why : "");
}

/* Whether all that should run do, and no step has failed. */
static bool all_well(const struct supervisor *supervisor, struct error *err)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        const struct child *child = &supervisor->children[i];

        if (child->pid != 0 || (child->role->once && child->status == 0))
            continue;
        describe_end(child, err);
        return false;
    }
    if (supervisor->janitor_ended)
        error_set(err, "the janitor ended unexpectedly");
    return !supervisor->janitor_ended;
}

/* ---- starting ---- */

static bool take_signals(struct supervisor *supervisor, struct error *err)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    (void)signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    supervisor->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (supervisor->signal_fd >= 0)
        return true;
    error_set(err, "signalfd: %s", strerror(errno));
    return false;
}

/*
 * PR_SET_PDEATHSIG would do, but it speaks of the thread that started us, not
 * of the process.  A parent outside of our pid namespace is 0: not watched.
 */
static void watch_parent(struct supervisor *supervisor)
{
    pid_t parent = getppid();

    supervisor->parent_fd = parent > 0 ? pidfd_open(parent, 0) : -1;
}

bool supervisor_init(struct supervisor *supervisor, const char *dir,
                     const char *env_file, struct error *err)
{
    mode_t mode = geteuid() == 0 ? 0711 : 0700; /* services are others then */

    *supervisor = (struct supervisor){
        .dir = dir,
        .env_file = env_file,
        .janitor = {.fd = -1},
        .signal_fd = -1,
        .parent_fd = -1,
    };
    if (!take_signals(supervisor, err))
        return false;
    watch_parent(supervisor);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!janitor_start(&supervisor->janitor, dir, env_file, err))
        return false;
    if (mkdir(dir, 0700) == 0 && chmod(dir, mode) == 0)
        return true;
    error_set(err, "mkdir %s: %s", dir, strerror(errno));
    return false;
}

static void redirect(const struct role *role)
{
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int log_fd = -1;

    dup2(null_fd, STDIN_FILENO);
    if (role->log_file != NULL)
        log_fd = open(role->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                      0600);
    if (log_fd >= 0) {
        dup2(log_fd, STDOUT_FILENO);
        dup2(log_fd, STDERR_FILENO);
        close(log_fd);
    }
    close(null_fd);
}

static _Noreturn void run_child(struct supervisor *supervisor,
                                const struct role *role, pid_t parent)
{
    sigset_t none;

    if (role->own_session)
        setsid();
    else
        setpgid(0, 0);
    prctl(PR_SET_NAME, role->name); /* for ps and top */
    prctl(PR_SET_PDEATHSIG, role->stop_signal);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    if (getppid() != parent)
        _exit(1);
    janitor_leave(&supervisor->janitor);
    close(supervisor->signal_fd);
    if (supervisor->parent_fd >= 0)
        close(supervisor->parent_fd);
    redirect(role);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    exit(role->run(role->state));
}

/* Have CHILD be a process of ROLE. */
static bool start(struct supervisor *supervisor, struct child *child,
                  const struct role *role, struct error *err)
{
    pid_t parent = getpid();

    (void)fflush(NULL);
    *child = (struct child){.role = role, .pid = fork()};
    if (child->pid == 0)
        run_child(supervisor, role, parent);
    if (child->pid < 0) {
        child->pid = 0;
        error_set(err, "fork: %s", strerror(errno));
        return false;
    }
    if (!role->own_session)
        setpgid(child->pid, child->pid); /* whichever of the two is first */
    return janitor_watch(&supervisor->janitor, child->pid, role->stop_signal,
                         err);
}

bool supervisor_start(struct supervisor *supervisor, const struct role *role,
                      struct error *err)
{
    struct child *child = &supervisor->children[supervisor->count];

    if (supervisor->count == SUPERVISOR_CHILDREN_MAX) {
        error_set(err, "more than %d processes", SUPERVISOR_CHILDREN_MAX);
        return false;
    }
    supervisor->count++;
    return start(supervisor, child, role, err);
}

/* Start again what ended in good order and is to go on. */
static bool start_again(struct supervisor *supervisor, struct error *err)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        struct child *child = &supervisor->children[i];

        if (child->role->again && child->pid == 0 && child->status == 0 &&
            !start(supervisor, child, child->role, err))
            return false;
    }
    return true;
}

/* ---- waiting ---- */

static const struct child *find(const struct supervisor *supervisor,
                                const struct role *role)
{
    for (size_t i = supervisor->count; i > 0; i--) {
        if (supervisor->children[i - 1].role == role)
            return &supervisor->children[i - 1];
    }
    return NULL;
}

bool supervisor_join(struct supervisor *supervisor, const struct role *role,
                     int timeout_ms, struct error *err)
{
    const struct child *child = find(supervisor, role);
    int64_t end_ms = now_ms() + timeout_ms;

    while (!supervisor->stop_requested && all_well(supervisor, err)) {
        int64_t left_ms = end_ms - now_ms();

        if (child == NULL || child->pid == 0)
            return true;
        if (left_ms <= 0) {
            error_set(err, "%s took longer than %d s", role->name,
                      timeout_ms / 1000);
            return false;
        }
        wait_event(supervisor, (int)left_ms);
    }
    return false;
}

bool supervisor_watch(struct supervisor *supervisor, struct error *err)
{
    while (!supervisor->stop_requested) {
        if (!start_again(supervisor, err) || !all_well(supervisor, err))
            return false;
        wait_event(supervisor, -1);
    }
    return true;
}

/* ---- stopping ---- */

static bool any_left(const struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        if (supervisor->children[i].pid != 0)
            return true;
    }
    return false;
}

static void await_children(struct supervisor *supervisor, int timeout_ms)
{
    int64_t end_ms = now_ms() + timeout_ms;

    reap(supervisor);
    while (any_left(supervisor) && now_ms() < end_ms) {
        wait_event(supervisor, STEP_MS);
        reap(supervisor);
    }
}

/* Signal what our children left behind; true if there was something. */
static bool signal_orphans(const struct supervisor *supervisor, int number)
{
    char path[64];
    char entry[32];
    bool found = false;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    while (fscanf(file, "%31s", entry) == 1) {
        pid_t pid = (pid_t)strtol(entry, NULL, 10);

        if (pid == supervisor->janitor.pid)
            continue;
        kill(pid, number);
        found = true;
    }
    (void)fclose(file);
    return found;
}

/*
 * First in good order: a PostgreSQL that initdb started and left alone gives
 * its shared memory back then.
 */
static void end_orphans(struct supervisor *supervisor)
{
    int64_t kill_ms = now_ms() + ORPHANS_MS;
    int64_t end_ms = kill_ms + BURIAL_MS;
    int number = SIGTERM;

    while (signal_orphans(supervisor, number) && now_ms() < end_ms) {
        wait_event(supervisor, STEP_MS);
        reap(supervisor);
        number = now_ms() < kill_ms ? 0 : SIGKILL;
    }
}

void supervisor_release(struct supervisor *supervisor)
{
    for (size_t i = supervisor->count; i > 0; i--) {
        const struct child *child = &supervisor->children[i - 1];

        if (child->pid != 0)
            kill(child->pid, child->role->stop_signal);
    }
    await_children(supervisor, PATIENCE_MS);
    for (size_t i = 0; i < supervisor->count; i++) {
        if (supervisor->children[i].pid != 0)
            kill(-supervisor->children[i].pid, SIGKILL);
    }
    await_children(supervisor, BURIAL_MS);
    end_orphans(supervisor);
    janitor_finish(&supervisor->janitor, supervisor->dir, supervisor->env_file);
    if (supervisor->signal_fd >= 0)
        close(supervisor->signal_fd);
    if (supervisor->parent_fd >= 0)
        close(supervisor->parent_fd);
}
