/*
 * One child process goes through the script, step by step, on one connection at
 * a time, and tells what it saw through shared memory.  What it does unasked
 * waits for a counter there, which peer_cue() raises.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loopback.h"

/* One look at what the other process has done, and how many are enough. */
#define PAUSE_US 500
#define PAUSES 10000

static int listen_on_loopback(struct peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(fd, 16), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(peer->address, sizeof(peer->address), "127.0.0.1:%d",
                   ntohs(address.sin_port));
    (void)snprintf(peer->url, sizeof(peer->url), "http://%s/", peer->address);
    return fd;
}

/* Read one request into SEEN; 0 where the client closed the connection. */
static int read_request(int fd, struct peer_seen *seen)
{
    char request[PEER_REQUEST_MAX] = "";

    if (loopback_read(fd, request, sizeof(request)) < 0)
        return 0;
    memcpy(seen->last, request, sizeof(request));
    seen->requests++;
    return 1;
}

/* Wait until the step is due: a request has come, or the cue. */
static int await(int listener, int fd, const struct peer_step *step,
                 struct peer_seen *seen)
{
    if (step->action == PEER_SPEAK || step->action == PEER_LEAVE) {
        while (seen->cues == seen->unasked)
            (void)usleep(PAUSE_US);
        return fd;
    }
    while (fd < 0 || !read_request(fd, seen)) {
        if (fd >= 0)
            close(fd);
        fd = accept(listener, NULL, NULL);
        /* What is said unasked must not wait for an acknowledgement. */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        seen->connections++;
    }
    return fd;
}

static void serve(int listener, const struct peer_step steps[], size_t count,
                  struct peer_seen *seen)
{
    int fd = -1;

    for (size_t i = 0; i < count; i++) {
        fd = await(listener, fd, &steps[i], seen);
        if (steps[i].text)
            (void)!write(fd, steps[i].text, strlen(steps[i].text));
        if (steps[i].action == PEER_CLOSE || steps[i].action == PEER_LEAVE) {
            close(fd);
            fd = -1;
        }
        if (steps[i].action == PEER_SPEAK || steps[i].action == PEER_LEAVE)
            seen->unasked++;
        while (steps[i].action == PEER_STALL)
            pause();
    }
    for (;;)
        pause();
}

void peer_start(struct peer *peer, const struct peer_step steps[], size_t count)
{
    int listener = listen_on_loopback(peer);

    peer->seen = mmap(NULL, sizeof(*peer->seen), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(peer->seen, MAP_FAILED);
    peer->pid = fork();
    cr_assert_geq(peer->pid, 0);
    if (peer->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)signal(SIGPIPE, SIG_IGN);
        serve(listener, steps, count, peer->seen);
    }
    close(listener);
}

void peer_cue(struct peer *peer)
{
    int cues = ++peer->seen->cues;

    for (int i = 0; i < PAUSES && peer->seen->unasked < cues; i++)
        (void)usleep(PAUSE_US);
    cr_assert_eq(peer->seen->unasked, cues);
}

void peer_stop(struct peer *peer)
{
    (void)kill(peer->pid, SIGKILL);
    (void)waitpid(peer->pid, NULL, 0);
    (void)munmap(peer->seen, sizeof(*peer->seen));
}
