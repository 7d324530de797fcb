/*
 * The child writes the time just before execve() into memory that both share,
 * and the parent takes the time when the first bytes of GET /next are
 * there.  Both read the same clock.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_TIMEOUT_MS 10000

int64_t launch_now_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool fail(struct error *err, const char *what)
{
    error_set(err, "%s: %s", what, strerror(errno));
    return false;
}

/* ---- the launcher ---- */

bool launcher_open(struct launcher *launcher, struct error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *any = (struct sockaddr *)&address;
    socklen_t len = sizeof(address);

    launcher->log = 0;
    launcher->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (launcher->listener < 0 || bind(launcher->listener, any, len) < 0 ||
        listen(launcher->listener, 1024) < 0 ||
        getsockname(launcher->listener, any, &len) < 0)
        return fail(err, "listen");
    launcher->port = ntohs(address.sin_port);
    launcher->exec_ns =
        mmap(NULL, sizeof(*launcher->exec_ns), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (launcher->exec_ns == MAP_FAILED)
        return fail(err, "share a clock reading");
    return true;
}

void launcher_close(struct launcher *launcher)
{
    (void)munmap(launcher->exec_ns, sizeof(*launcher->exec_ns));
    (void)close(launcher->listener);
}

/* ---- one start ---- */

static void run(const struct launcher *launcher, char *const argv[],
                char *const envp[])
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)dup2(nowhere, STDIN_FILENO);
    (void)dup2(nowhere, STDOUT_FILENO);
    (void)dup2(launcher->log ? launcher->log : nowhere, STDERR_FILENO);
    *launcher->exec_ns = launch_now_ns();
    (void)execve(argv[0], argv, envp);
    _exit(127);
}

/* Wait until the listener has a connection or the process is gone. */
static bool wait_for_connection(const struct launcher *launcher, pid_t pid,
                                struct error *err)
{
    struct pollfd watched = {.fd = launcher->listener, .events = POLLIN};

    for (int waited_ms = 0; waited_ms < START_TIMEOUT_MS; waited_ms += 100) {
        siginfo_t end = {0};

        if (poll(&watched, 1, 100) > 0)
            return true;
        if (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            end.si_pid == pid) {
            error_set(err, "ended before it asked for an event");
            return false;
        }
    }
    error_set(err, "asked for no event in time");
    return false;
}

static bool accept_ask(const struct launcher *launcher,
                       struct launched *launched, struct error *err)
{
    const struct timeval limit = {.tv_sec = START_TIMEOUT_MS / 1000};
    char request[4096];
    ssize_t len;

    launched->connection =
        accept4(launcher->listener, NULL, NULL, SOCK_CLOEXEC);
    if (launched->connection < 0 ||
        setsockopt(launched->connection, SOL_SOCKET, SO_RCVTIMEO, &limit,
                   sizeof(limit)) < 0)
        return fail(err, "accept");
    len = recv(launched->connection, request, sizeof(request) - 1, 0);
    launched->ask_ns = launch_now_ns() - *launcher->exec_ns;
    if (len <= 0)
        return fail(err, "read the request");
    request[len] = '\0';
    if (strncmp(request, "GET ", 4) == 0 &&
        strstr(request, "/invocation/next "))
        return true;
    error_set(err, "said something else than GET /next");
    return false;
}

bool launch(struct launcher *launcher, char *const argv[], char *const envp[],
            struct launched *launched, struct error *err)
{
    *launched = (struct launched){.connection = -1};
    launched->pid = fork();
    if (launched->pid == 0)
        run(launcher, argv, envp);
    if (launched->pid < 0)
        return fail(err, "fork");
    if (wait_for_connection(launcher, launched->pid, err) &&
        accept_ask(launcher, launched, err))
        return true;
    launch_end(launched);
    return false;
}

void launch_end(struct launched *launched)
{
    (void)kill(launched->pid, SIGKILL);
    (void)waitpid(launched->pid, NULL, 0);
    if (launched->connection >= 0)
        (void)close(launched->connection);
}
