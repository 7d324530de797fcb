/*
 * The links are members of the instances: free slots form a list, idle ones a
 * doubly linked stack, and those with a process hang in buckets by its id.
 */
#include "platform/pool_lists.h"

#include <stdlib.h>

bool pool_lists_init(struct pool_lists *lists, int count)
{
    size_t buckets = 1;

    while (buckets < 2 * (size_t)count)
        buckets *= 2;
    *lists = (struct pool_lists){
        .all = calloc((size_t)count, sizeof(struct instance)),
        .by_pid = calloc(buckets, sizeof(struct instance *)),
        .pid_mask = buckets - 1,
    };
    if (lists->all == NULL || lists->by_pid == NULL) {
        pool_lists_release(lists);
        return false;
    }
    lists->count = count;
    for (int i = count - 1; i >= 0; i--) {
        lists->all[i].slot = i;
        pool_lists_give_free(lists, &lists->all[i]);
    }
    return true;
}

void pool_lists_release(struct pool_lists *lists)
{
    free(lists->all);
    free(lists->by_pid);
    *lists = (struct pool_lists){.count = 0};
}

struct instance *pool_lists_take_free(struct pool_lists *lists)
{
    struct instance *instance = lists->free_slots;

    if (instance != NULL)
        lists->free_slots = instance->next;
    return instance;
}

void pool_lists_give_free(struct pool_lists *lists, struct instance *instance)
{
    instance->next = lists->free_slots;
    lists->free_slots = instance;
}

void pool_lists_push_idle(struct pool_lists *lists, struct instance *instance)
{
    instance->newer = NULL;
    instance->older = lists->idle;
    if (lists->idle != NULL)
        lists->idle->newer = instance;
    lists->idle = instance;
}

struct instance *pool_lists_pop_idle(struct pool_lists *lists)
{
    struct instance *instance = lists->idle;

    if (instance != NULL)
        pool_lists_remove_idle(lists, instance);
    return instance;
}

void pool_lists_remove_idle(struct pool_lists *lists, struct instance *instance)
{
    if (instance->newer != NULL)
        instance->newer->older = instance->older;
    else
        lists->idle = instance->older;
    if (instance->older != NULL)
        instance->older->newer = instance->newer;
}

static struct instance **bucket(const struct pool_lists *lists, pid_t pid)
{
    return &lists->by_pid[(size_t)pid & lists->pid_mask];
}

void pool_lists_add_pid(struct pool_lists *lists, struct instance *instance)
{
    struct instance **head = bucket(lists, instance->pid);

    instance->next_by_pid = *head;
    *head = instance;
}

struct instance *pool_lists_find_pid(const struct pool_lists *lists, pid_t pid)
{
    struct instance *instance = *bucket(lists, pid);

    while (instance != NULL && instance->pid != pid)
        instance = instance->next_by_pid;
    return instance;
}

void pool_lists_remove_pid(struct pool_lists *lists, struct instance *instance)
{
    struct instance **at = bucket(lists, instance->pid);

    while (*at != NULL && *at != instance)
        at = &(*at)->next_by_pid;
    if (*at != NULL)
        *at = instance->next_by_pid;
}
