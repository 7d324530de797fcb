/*
 * sim_operations: the operations that are played: the shipped ones, and the
 * restock of the end-to-end tests.
 */
#ifndef BOUNCER_SIM_OPERATIONS_H
#define BOUNCER_SIM_OPERATIONS_H

#include <stdbool.h>

#include "world.h"

/*
 * Read them once for each of world_permits, at the top of the repository.  The
 * caller releases each.  False if a file is missing or is not as it was.
 */
bool sim_operations_read(struct operations operations[WORLD_PERMITS]);

#endif
