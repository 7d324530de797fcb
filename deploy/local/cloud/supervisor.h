/*
 * supervisor: the first process of the local cloud, which starts all others,
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
 * early when a stop was asked for: by SIGINT, SIGTERM, SIGHUP, or by the end
 * of the process that started us.  A program's step that may take time is
 * therefore a child, too, and never keeps a Ctrl-C waiting.
 *
 * Each child gets its own process group (a terminal's Ctrl-C comes to the
 * supervisor alone), a parent-death signal, and a place in the janitor's list,
 * so that none survives, even if the supervisor is killed by SIGKILL.
 */
#ifndef BOUNCER_LOCAL_SUPERVISOR_H
#define BOUNCER_LOCAL_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "janitor.h"

/* The services, the platform, and up to 16 processes of each door. */
#define SUPERVISOR_CHILDREN_MAX 64

/* What a child is.  Borrowed until the supervisor is released. */
struct role {
    const char *name;              /* for messages */
    int (*run)(const void *state); /* in the child; the result is its status */
    const void *state;
    int stop_signal; /* what ends it in good order */
    bool once;       /* is to end by itself, with status 0 */
    /*
     * The file that its standard output and error go to; its last line
     * explains an unexpected end.  NULL: they go where ours go.
     */
    const char *log_file;
    /*
     * Gets a session of its own: the kernel shares the processors out among
     * sessions where it groups them (sched(7), autogroup), so the doors get
     * theirs beside thousands of instances.
     */
    bool own_session;
    /* Is started again where it ended with status 0, while we watch. */
    bool again;
};

struct child {
    const struct role *role;
    pid_t pid;  /* 0: it has ended */
    int status; /* then, as waitpid(2) tells it */
};

struct supervisor {
    struct child children[SUPERVISOR_CHILDREN_MAX];
    size_t count;
    struct janitor janitor;
    bool janitor_ended; /* somebody killed it */
    const char *dir;
    const char *env_file;
    int signal_fd;
    int parent_fd;       /* pidfd of who started us; -1: none to watch */
    bool stop_requested; /* by a signal, or by the end of who started us */
};

/*
 * Take over the signals of this process, make the private directory DIR and
 * start its janitor.  DIR and ENV_FILE are borrowed.  On failure, too, the
 * supervisor is to be released.
 */
__attribute__((warn_unused_result)) bool
supervisor_init(struct supervisor *supervisor, const char *dir,
                const char *env_file, struct error *err);

/* Start ROLE as a child; one that ends once is to be joined. */
__attribute__((warn_unused_result)) bool
supervisor_start(struct supervisor *supervisor, const struct role *role,
                 struct error *err);

/*
 * Wait until ROLE, started as a child that ends once, has ended with status 0.
 * False with the reason in ERR where it failed or took longer than TIMEOUT_MS,
 * or another child ended unexpectedly; false with stop_requested set where a
 * stop was asked for.
 */
__attribute__((warn_unused_result)) bool
supervisor_join(struct supervisor *supervisor, const struct role *role,
                int timeout_ms, struct error *err);

/*
 * Wait until a stop is asked for: true.  False with the reason in ERR where a
 * child ended before.
 */
__attribute__((warn_unused_result)) bool
supervisor_watch(struct supervisor *supervisor, struct error *err);

/*
 * End every child, the latest first, and everything they left behind, and
 * remove the directory and the env file.  Safe after a failed init.
 */
void supervisor_release(struct supervisor *supervisor);

#endif
