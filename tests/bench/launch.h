/*
 * launch: start a function and see when it asks for its first event.
 *
 *     struct launcher launcher;
 *
 *     launcher_open(&launcher, &err);
 *     if (launch(&launcher, argv, envp, &started, &err))
 *         launch_end(&started);
 *     launcher_close(&launcher);
 *
 * The launcher is as much of the Lambda Runtime API as a start needs: it
 * accepts the connection and reads the request for an event. invoke.h answers
 * it.
 */
#ifndef BOUNCER_BENCH_LAUNCH_H
#define BOUNCER_BENCH_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* The clock of all measurements, CLOCK_MONOTONIC. */
int64_t launch_now_ns(void);

struct launcher {
    int listener;
    int port;
    int64_t *exec_ns; /* shared with the child, which writes it */
    int log;          /* where a child's stderr goes; 0: nowhere */
};

struct launched {
    pid_t pid;
    int connection;
    int64_t ask_ns; /* from just before exec to the first bytes of GET /next */
};

/* Listen on a free loopback port. */
bool launcher_open(struct launcher *launcher, struct error *err);
void launcher_close(struct launcher *launcher);

/*
 * Run ARGV with the environment ENVP until it asks for an event.  Its output is
 * dropped, its stderr goes to the launcher's log.  False if it ends first,
 * sends something else, or takes longer than 10 s; it is ended then.
 */
bool launch(struct launcher *launcher, char *const argv[], char *const envp[],
            struct launched *launched, struct error *err);

/* End the process and wait for its end. */
void launch_end(struct launched *launched);

#endif
