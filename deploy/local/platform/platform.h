/*
 * platform: the process that stands in for the cloud provider: the Runtime
 * API with its instances, the HTTP front, and the control address.
 *
 * One thread and one event loop, on libevent.  A cloud of thousands of
 * instances has several of these, since a process may open only so many
 * files: each has its share of the instances and gets its share of the
 * front's connections, and gives events to its own instances alone.
 */
#ifndef BOUNCER_LOCAL_PLATFORM_H
#define BOUNCER_LOCAL_PLATFORM_H

struct settings;

/*
 * Serve by SETTINGS until SIGTERM, then kill every instance
 * and wait until all are gone.  Returns 0 then; 1, with a line on standard
 * error, where it could not be set up.
 *
 * Thousands of instances may take longer than the supervisor waits for a child
 * (PATIENCE_MS in supervisor.c): it kills this process then, and the call never
 * returns.  The kernel ends the instances with it (PR_SET_PDEATHSIG), and the
 * supervisor, whose children they become, waits for them and reaps them.
 */
int platform_run(const struct settings *settings);

#endif
