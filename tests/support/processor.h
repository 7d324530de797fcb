/*
 * processor: how much processor time processes have taken, by the kernel's own
 * account (/proc/PID/task/TID/schedstat).
 */
#ifndef BOUNCER_PROCESSOR_H
#define BOUNCER_PROCESSOR_H

#include <stdint.h>
#include <sys/types.h>

/* Nanoseconds of all threads of PID so far; 0 of one that is gone. */
int64_t processor_ns(pid_t pid);

/* The same of all children that the parent of PID has now, PID included. */
int64_t processor_siblings_ns(pid_t pid);

#endif
