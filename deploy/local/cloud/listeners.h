/*
 * listeners: all listening sockets of a cloud.
 *
 * The supervisor opens them and gives none away; each process that it forks
 * keeps its own and closes the others.
 */
#ifndef BOUNCER_LOCAL_LISTENERS_H
#define BOUNCER_LOCAL_LISTENERS_H

#include <stdbool.h>

#include "base/error.h"
#include "cloud/cloud.h"

/* Mark all as closed, before anything is opened. */
void listeners_forget(struct cloud *cloud);

/* Open what the options ask for.  False with the reason in ERR. */
__attribute__((warn_unused_result)) bool listeners_open(struct cloud *cloud,
                                                        struct error *err);

/* The port of a KIND; of the first, where each process has its own. */
int listeners_port(const struct cloud *cloud, enum cloud_listener kind);

/* Close all that are open. */
void listeners_close(struct cloud *cloud);

/* Close all but those of process INDEX of the kinds FIRST to LAST. */
void listeners_keep(const struct cloud *cloud, int first, int last, int index);

#endif
