/*
 * platform: the process that stands in for the cloud provider: the Runtime
 * API with its instances, the HTTP front, and the control address.
 *
 * One thread and one event loop, on libevent.
 */
#ifndef BOUNCER_LOCAL_PLATFORM_H
#define BOUNCER_LOCAL_PLATFORM_H

struct cloud;

/*
 * Serve until SIGTERM.  Returns 0 then, with every instance ended; 1, with a
 * line on standard error, where it could not be set up.
 */
int platform_run(const struct cloud *cloud);

#endif
