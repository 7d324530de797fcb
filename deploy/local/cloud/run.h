/*
 * run: the life of a local cloud, from the first process to the last.
 */
#ifndef BOUNCER_LOCAL_RUN_H
#define BOUNCER_LOCAL_RUN_H

struct options;

/*
 * Bring up a cloud, say that it is ready, and run it until a stop is asked for
 * or a part of it fails; then take it down again.  Returns 0 where the stop
 * was asked for; 1, with one line on standard error, where something failed.
 */
int run_cloud(const struct options *options);

#endif
