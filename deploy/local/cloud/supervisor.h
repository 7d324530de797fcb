/*
 * supervisor: the first process of the local cloud.  It starts all others,
 * watches them, and ends them.
 *
 *     if (supervisor_init(&supervisor, dir, env_file, &err) &&
 *         supervisor_start(&supervisor, &redis, &err) &&
 *         supervisor_start(&supervisor, &initdb, &err) &&
 *         supervisor_join(&supervisor, &initdb, 60000, &err) && ...)
 *         stopped_as_asked = supervisor_watch(&supervisor, &err);
 *     supervisor_release(&supervisor);
 *
 * All waiting happens in supervisor_join and supervisor_watch; both return
 * early when a stop is asked for: by SIGINT, SIGTERM, SIGHUP, or by the end of
 * the process that started us.  A step that may take time runs as a child too,
 * so it never keeps a Ctrl-C waiting.
 *
 * Each child gets its own process group (a terminal's Ctrl-C reaches only the
 * supervisor), a parent-death signal, and a place in the janitor's list, so no
 * child survives, even if the supervisor is killed by SIGKILL.
 */
#ifndef BOUNCER_LOCAL_SUPERVISOR_H
#define BOUNCER_LOCAL_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "cloud/janitor.h"

/*
 * redis, PostgreSQL and three steps, and up to OPTIONS_PROCESSES_MAX (16)
 * processes of each of the two doors and of the platform.
 */
#define SUPERVISOR_CHILDREN_MAX 64

/* What a child is to do.  Borrowed until the supervisor is released. */
struct role {
    const char *name;              /* for messages */
    int (*run)(const void *state); /* in the child; the result is its status */
    const void *state;
    int stop_signal; /* ends it in good order */
    bool once;       /* ends by itself, with status 0 */
    /*
     * The file for its standard output and error; the last line explains an
     * unexpected end.  NULL: they go where ours go.
     */
    const char *log_file;
    /*
     * Gets a session of its own.  With autogroup (sched(7)) the kernel shares
     * the processors out by session, so the services, the doors and the
     * platform each get their share beside thousands of instances.
     */
    bool own_session;
    /* supervisor_watch starts it again when it ends with status 0. */
    bool again;
};

struct child {
    const struct role *role;
    pid_t pid;  /* 0: it has ended */
    int status; /* once it has ended, from waitpid(2) */
};

struct supervisor {
    struct child children[SUPERVISOR_CHILDREN_MAX];
    size_t count;
    struct janitor janitor;
    bool janitor_ended; /* somebody killed it */
    const char *dir;
    const char *env_file;
    int signal_fd;
    int parent_fd;       /* pidfd of our parent; -1: none to watch */
    bool stop_requested; /* by a signal, or by our parent's end */
};

/*
 * Take over the signals of this process, make the private directory DIR and
 * start its janitor.  DIR and ENV_FILE are borrowed.  Release the supervisor
 * after a failure too.
 */
__attribute__((warn_unused_result)) bool
supervisor_init(struct supervisor *supervisor, const char *dir,
                const char *env_file, struct error *err);

/* Start ROLE as a child.  A role with `once` must be joined. */
__attribute__((warn_unused_result)) bool
supervisor_start(struct supervisor *supervisor, const struct role *role,
                 struct error *err);

/*
 * Wait until ROLE, a started role with `once`, has ended with status 0.  False
 * with the reason in ERR if it failed or took longer than TIMEOUT_MS, or
 * another child ended unexpectedly; false with stop_requested set if a stop was
 * asked for.
 */
__attribute__((warn_unused_result)) bool
supervisor_join(struct supervisor *supervisor, const struct role *role,
                int timeout_ms, struct error *err);

/*
 * Wait until a stop is asked for, and return true.  False with the reason in
 * ERR if a child ended first and could not be started again.
 */
__attribute__((warn_unused_result)) bool
supervisor_watch(struct supervisor *supervisor, struct error *err);

/*
 * End every child, the latest first, and everything that they left behind;
 * remove the directory and the env file.  Safe after a failed init.
 */
void supervisor_release(struct supervisor *supervisor);

#endif
