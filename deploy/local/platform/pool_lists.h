/*
 * pool_lists: the pool's table of instances and the ways into it: by process
 * id, the stack of idle ones, the list of free slots.  Every operation takes
 * the same time however many instances there are.
 */
#ifndef BOUNCER_LOCAL_POOL_LISTS_H
#define BOUNCER_LOCAL_POOL_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "platform/instance.h"

struct pool_lists {
    struct instance *all; /* the table; it never moves */
    int count;
    struct instance *free_slots;
    struct instance *idle; /* the one that became idle last */
    struct instance **by_pid;
    size_t pid_mask;
};

/* Make a table of COUNT free slots; false where memory ran out. */
__attribute__((warn_unused_result)) bool
pool_lists_init(struct pool_lists *lists, int count);

void pool_lists_release(struct pool_lists *lists);

/* Take a slot that has no process; NULL: all have one.  And give it back. */
struct instance *pool_lists_take_free(struct pool_lists *lists);
void pool_lists_give_free(struct pool_lists *lists, struct instance *instance);

void pool_lists_push_idle(struct pool_lists *lists, struct instance *instance);
struct instance *pool_lists_pop_idle(struct pool_lists *lists);
void pool_lists_remove_idle(struct pool_lists *lists,
                            struct instance *instance);

void pool_lists_add_pid(struct pool_lists *lists, struct instance *instance);
struct instance *pool_lists_find_pid(const struct pool_lists *lists, pid_t pid);
void pool_lists_remove_pid(struct pool_lists *lists, struct instance *instance);

#endif
