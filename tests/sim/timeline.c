/*
 * A binary heap, ordered by time and then by the number of the event.
 */
#include "timeline.h"

#include <stdlib.h>

void timeline_release(struct timeline *timeline)
{
    free(timeline->heap);
    *timeline = (struct timeline){0};
}

static bool is_before(const struct timeline_event *a,
                      const struct timeline_event *b)
{
    return a->at_us < b->at_us ||
           (a->at_us == b->at_us && a->number < b->number);
}

static void swap(struct timeline_event *a, struct timeline_event *b)
{
    const struct timeline_event kept = *a;

    *a = *b;
    *b = kept;
}

void timeline_at(struct timeline *timeline, int64_t at_us,
                 timeline_happens *happens, void *subject, uint64_t detail)
{
    size_t i = timeline->count++;

    if (timeline->count > timeline->capacity) {
        timeline->capacity = timeline->capacity ? 2 * timeline->capacity : 256;
        timeline->heap = realloc(timeline->heap,
                                 timeline->capacity * sizeof(*timeline->heap));
        if (!timeline->heap)
            abort();
    }
    timeline->heap[i] = (struct timeline_event){
        .at_us = at_us > timeline->now_us ? at_us : timeline->now_us,
        .number = timeline->noted++,
        .happens = happens,
        .subject = subject,
        .detail = detail,
    };
    for (; i && is_before(&timeline->heap[i], &timeline->heap[(i - 1) / 2]);
         i = (i - 1) / 2)
        swap(&timeline->heap[i], &timeline->heap[(i - 1) / 2]);
}

/* Move the first one down to its place. */
static void sink(struct timeline *timeline)
{
    struct timeline_event *heap = timeline->heap;
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < timeline->count &&
            is_before(&heap[child + 1], &heap[child]))
            child++;
        if (child >= timeline->count || !is_before(&heap[child], &heap[i]))
            return;
        swap(&heap[child], &heap[i]);
        i = child;
    }
}

bool timeline_step(struct timeline *timeline)
{
    struct timeline_event next;

    if (!timeline->count)
        return false;
    next = timeline->heap[0];
    timeline->heap[0] = timeline->heap[--timeline->count];
    sink(timeline);
    timeline->now_us = next.at_us;
    next.happens(next.subject, next.detail);
    return true;
}
