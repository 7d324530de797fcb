/*
 * The child blocks on a socket.  Each message brings a pidfd of a process to
 * end; the end of the stream, which the kernel sends however the supervisor
 * ended, is the word to clear up.
 */
#include "cloud/janitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cloud/cleanup.h"

/* More children than a cloud has. */
#define WATCHED_MAX 128

/* How long a child may take to obey its stop signal. */
#define PATIENCE_MS 2000

/* And how long the kernel may take to bury one that was killed. */
#define BURIAL_MS 5000

/* The descriptor behind standard error, where the janitor keeps its socket. */
#define KEPT_FD 3

struct watched {
    int fd[WATCHED_MAX]; /* pidfds */
    int stop_signal[WATCHED_MAX];
    size_t count;
};

/* The room for one file descriptor, aligned as CMSG_FIRSTHDR wants it. */
union control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

/* Make room: a child that ended may have been started again. */
static void forget_ended(struct watched *watched)
{
    size_t left = 0;

    for (size_t i = 0; i < watched->count; i++) {
        struct pollfd ended = {.fd = watched->fd[i], .events = POLLIN};

        if (poll(&ended, 1, 0) > 0) {
            close(ended.fd);
            continue;
        }
        watched->fd[left] = watched->fd[i];
        watched->stop_signal[left++] = watched->stop_signal[i];
    }
    watched->count = left;
}

/* Receive one child.  False when the supervisor's end is closed. */
static bool receive(int fd, struct watched *watched)
{
    int stop_signal = 0;
    union control control;
    struct iovec iov = {&stop_signal, sizeof(stop_signal)};
    struct msghdr message = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    struct cmsghdr *header;
    ssize_t got;

    do
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return false;
    header = CMSG_FIRSTHDR(&message);
    forget_ended(watched);
    if (header == NULL || watched->count == WATCHED_MAX)
        return true;
    memcpy(&watched->fd[watched->count], CMSG_DATA(header), sizeof(int));
    watched->stop_signal[watched->count++] = stop_signal;
    return true;
}

/* Wait until all have ended, TIMEOUT_MS each at most. */
static void await(const struct watched *watched, int timeout_ms)
{
    for (size_t i = 0; i < watched->count; i++) {
        struct pollfd ended = {.fd = watched->fd[i], .events = POLLIN};

        poll(&ended, 1, timeout_ms);
    }
}

static void end_all(const struct watched *watched)
{
    for (size_t i = 0; i < watched->count; i++)
        pidfd_send_signal(watched->fd[i], watched->stop_signal[i], NULL, 0);
    await(watched, PATIENCE_MS);
    for (size_t i = 0; i < watched->count; i++)
        pidfd_send_signal(watched->fd[i], SIGKILL, NULL, 0);
    await(watched, BURIAL_MS);
}

/*
 * Keep the socket alone.  Who reads the supervisor's output must see its end
 * when the supervisor has ended, and its ports must be free then.
 */
static int detach(int fd)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    dup2(null_fd, STDIN_FILENO);
    dup2(null_fd, STDOUT_FILENO);
    dup2(null_fd, STDERR_FILENO);
    fd = fcntl(fd, F_DUPFD_CLOEXEC, KEPT_FD);
    dup2(fd, KEPT_FD);
    close_range(KEPT_FD + 1, ~0U, 0);
    return KEPT_FD;
}

static _Noreturn void run(int fd, const char *dir, const char *env_file)
{
    struct watched watched = {.count = 0};

    prctl(PR_SET_NAME, "the janitor");
    fd = detach(fd);
    while (receive(fd, &watched))
        continue;
    end_all(&watched);
    cleanup(dir, env_file);
    _exit(0);
}

bool janitor_start(struct janitor *janitor, const char *dir,
                   const char *env_file, struct error *err)
{
    int fds[2];

    *janitor = (struct janitor){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        error_set(err, "socketpair: %s", strerror(errno));
        return false;
    }
    janitor->pid = fork();
    if (janitor->pid == 0) {
        close(fds[1]);
        run(fds[0], dir, env_file);
    }
    close(fds[0]);
    janitor->fd = fds[1];
    if (janitor->pid > 0)
        return true;
    error_set(err, "fork: %s", strerror(errno));
    janitor->pid = 0;
    janitor_leave(janitor);
    return false;
}

bool janitor_watch(const struct janitor *janitor, pid_t pid, int stop_signal,
                   struct error *err)
{
    union control control = {.bytes = {0}};
    struct iovec iov = {&stop_signal, sizeof(stop_signal)};
    struct msghdr message = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int fd = pidfd_open(pid, 0);
    bool sent;

    if (fd < 0) {
        error_set(err, "pidfd_open: %s", strerror(errno));
        return false;
    }
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    sent = sendmsg(janitor->fd, &message, MSG_NOSIGNAL) >= 0;
    if (!sent)
        error_set(err, "the janitor is gone: %s", strerror(errno));
    close(fd);
    return sent;
}

void janitor_leave(struct janitor *janitor)
{
    if (janitor->fd >= 0)
        close(janitor->fd);
    janitor->fd = -1;
}

void janitor_finish(struct janitor *janitor, const char *dir,
                    const char *env_file)
{
    int status = -1;

    if (janitor->pid == 0)
        return;
    janitor_leave(janitor);
    while (waitpid(janitor->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status != 0)
        cleanup(dir, env_file);
    janitor->pid = 0;
}
