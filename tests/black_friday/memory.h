/*
 * memory: what processes have in memory, by the kernel's own account
 * (smaps_rollup, see proc(5)).
 */
#ifndef BOUNCER_BLACK_FRIDAY_MEMORY_H
#define BOUNCER_BLACK_FRIDAY_MEMORY_H

#include <sys/types.h>

/* The most processes that are looked at. */
#define MEMORY_SAMPLE 100

/* Medians of a sample of processes. */
struct memory {
    int sampled;
    long resident_kb;  /* the program's file included, which all share */
    long anonymous_kb; /* what each has for itself alone */
};

/* Look at COUNT processes, up to MEMORY_SAMPLE; one that is gone is left out.
 */
struct memory memory_sample(const pid_t pids[], int count);

/* What the machine has left for new processes, in kB; 0: unknown. */
long memory_available_kb(void);

#endif
