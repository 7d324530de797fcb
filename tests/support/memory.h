/*
 * memory: what a process has in memory, by the kernel's own account
 * (smaps_rollup, see proc(5)).
 */
#ifndef BOUNCER_MEMORY_H
#define BOUNCER_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct memory {
    int64_t resident_bytes; /* the program's file included, which all share */
    int64_t private_bytes;  /* also the pages of a file that nobody else runs */
    int64_t anonymous_bytes; /* what it has for itself alone */
};

/* False where the kernel does not tell, as of a process that is gone. */
bool memory_of(pid_t pid, struct memory *memory);

/* What the machine has left for new processes; 0: unknown. */
int64_t memory_available_bytes(void);

#endif
