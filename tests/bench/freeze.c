/*
 * SIGSTOP freezes the instance as a platform does, and `ss -K` ends its
 * connections in the kernel meanwhile.  The doors' counters prove afterwards
 * that they were dead.
 */
#include "freeze.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doors.h"
#include "loopback.h"
#include "settings.h"

/* End all connections to the store at URL. */
static bool cut(const char *url, struct error *err)
{
    char filter[64];
    char *argv[] = {(char[]){"ss"}, (char[]){"-K"}, filter, NULL};
    struct sockaddr_in address;
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    bool spawned;

    if (!loopback_address(url, &address)) {
        error_set(err, "%s is no address", url);
        return false;
    }
    (void)snprintf(filter, sizeof(filter), "dst 127.0.0.1:%d",
                   ntohs(address.sin_port));
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY,
                                           0);
    (void)posix_spawn_file_actions_adddup2(&actions, 1, 2);
    spawned = posix_spawnp(&pid, "ss", &actions, NULL, argv, environ) == 0 &&
              waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
              WEXITSTATUS(status) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    if (!spawned)
        error_set(err, "ss, of the package iproute2, cannot end connections");
    return spawned;
}

static bool wake_and_buy(struct subject *subject, long product,
                         struct freeze_result *result, struct error *err)
{
    struct event_text event;
    struct invoked invoked;
    bool done;

    (void)kill(subject->launched.pid, SIGSTOP);
    done =
        cut(setting("BENCH_KV_URL"), err) && cut(setting("BENCH_SQL_URL"), err);
    (void)kill(subject->launched.pid, SIGCONT);
    if (!done)
        return false;
    if (!event_make(&event, WISH_PURCHASE, product, 0)) {
        error_set(err, "out of memory");
        return false;
    }
    done = invoke(&subject->launched, &event, &invoked, err);
    event_free(&event);
    result->times++;
    result->sold += done && invoked.status == 201;
    return done;
}

bool freeze_measure(struct subject *subject, const char *control, long product,
                    int times, struct freeze_result *result, struct error *err)
{
    const struct batch_plan warm_up = {
        .wish = WISH_PURCHASE, .number = product, .count = 1, .status = 201};
    struct doors_counts before;
    struct doors_counts after;
    struct batch batch;

    *result = (struct freeze_result){0};
    if (!subject_batch(subject, control, &warm_up, &batch, err) ||
        !doors_count(control, &before, err))
        return false;
    for (int i = 0; i < times; i++) {
        if (!wake_and_buy(subject, product, result, err))
            return false;
    }
    if (!doors_count(control, &after, err))
        return false;
    result->connections =
        (long)(after.kv_connections - before.kv_connections +
               after.sql_connections - before.sql_connections);
    result->resumed = (long)(after.tls_resumed - before.tls_resumed);
    result->requests = (long)(after.kv_requests - before.kv_requests +
                              after.sql_requests - before.sql_requests);
    if (result->connections >= 2L * times)
        return true;
    error_set(err, "ss has not ended all connections");
    return false;
}
