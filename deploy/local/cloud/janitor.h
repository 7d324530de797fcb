/*
 * janitor: a process that clears up behind the supervisor, however it ends.
 *
 * It runs in a session of its own, so that no Ctrl-C and no closed terminal
 * reaches it, and reads from a socket whose other end only the supervisor has.
 * When that end is closed, because the supervisor is done or because it was
 * killed, the janitor ends the processes it was told of, waits until they are
 * gone, and removes the private directory and the env file.
 *
 *     janitor_start(&janitor, dir, env_file, &err);     before DIR is made
 *     janitor_watch(&janitor, pid, SIGQUIT, &err);      for each child
 *     ...
 *     janitor_finish(&janitor, dir, env_file);          wait for the clear-up
 *
 * It holds each process by a pidfd that the socket brings, so it cannot hit
 * another one that got the same number later.
 */
#ifndef BOUNCER_LOCAL_JANITOR_H
#define BOUNCER_LOCAL_JANITOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct janitor {
    pid_t pid; /* 0: not running */
    int fd;    /* our end of the socket; -1: closed */
};

/*
 * Start the janitor of the directory DIR, which need not be there yet, and of
 * ENV_FILE, which is removed if it is the one written for DIR (env_file.h).
 * Both are absolute paths, copied by the fork.
 */
__attribute__((warn_unused_result)) bool janitor_start(struct janitor *janitor,
                                                       const char *dir,
                                                       const char *env_file,
                                                       struct error *err);

/*
 * Tell it of a child of ours that has not been waited for.  A child that still
 * runs at the end gets STOP_SIGNAL, and SIGKILL if that does not end it.  False
 * with the reason in ERR.
 */
__attribute__((warn_unused_result)) bool
janitor_watch(const struct janitor *janitor, pid_t pid, int stop_signal,
              struct error *err);

/* In a child: close the socket, which only the supervisor may hold. */
void janitor_leave(struct janitor *janitor);

/*
 * Let it clear up and wait for it.  If somebody killed it, clear up here; DIR
 * and ENV_FILE as before.  Nothing if none was started.
 */
void janitor_finish(struct janitor *janitor, const char *dir,
                    const char *env_file);

#endif
