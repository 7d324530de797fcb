/*
 * Whole runs of events are left out first, then half of that, down to single
 * ones (delta debugging: Zeller, Hildebrandt, 2002).  Leaving one out may make
 * others happen, so the events are looked up anew after each success.
 */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

struct shrinker {
    struct world *world;
    struct world_setting setting;
    const char *promise;
    uint64_t *suppressed;
    size_t count, capacity;
    uint64_t *events; /* of the last history that failed */
    size_t event_count;
};

static uint64_t *copied(const uint64_t *from, size_t count)
{
    uint64_t *copy = calloc(count + 1, sizeof(*copy));

    if (!copy)
        abort();
    if (count)
        memcpy(copy, from, count * sizeof(*copy));
    return copy;
}

/* Play; true, and the events are noted, if it fails as it did. */
static bool fails(struct shrinker *s)
{
    s->setting.plan.suppressed = s->suppressed;
    s->setting.plan.suppressed_count = s->count;
    world_play(s->world, &s->setting);
    if (s->world->auditor.broken != s->promise)
        return false;
    free(s->events);
    s->events = copied(s->world->plan.happened, s->world->plan.happened_count);
    s->event_count = s->world->plan.happened_count;
    return true;
}

/* Leave out COUNT events from number AT on.  False if they are needed. */
static bool leave_out(struct shrinker *s, size_t at, size_t count)
{
    const size_t before = s->count;

    if (s->count + count > s->capacity) {
        s->capacity = 2 * (s->count + count);
        s->suppressed =
            realloc(s->suppressed, s->capacity * sizeof(*s->suppressed));
        if (!s->suppressed)
            abort();
    }
    memcpy(s->suppressed + s->count, s->events + at,
           count * sizeof(*s->suppressed));
    s->count += count;
    if (fails(s))
        return true;
    s->count = before;
    return false;
}

/* The latest events first: what came after the failure goes at once. */
static bool pass(struct shrinker *s, size_t size)
{
    size_t end = s->event_count;
    bool shorter = false;

    while (end > 0) {
        const size_t count = end < size ? end : size;

        shorter |= leave_out(s, end - count, count);
        end -= count;
        if (end > s->event_count)
            end = s->event_count;
    }
    return shorter;
}

size_t shrink(struct world *world, const struct world_setting *setting,
              FILE *story)
{
    struct shrinker s = {
        .world = world,
        .setting = *setting,
        .promise = world->auditor.broken,
    };
    size_t size;

    s.setting.story = NULL;
    if (!fails(&s))
        abort(); /* the same seed, and another history */
    size = s.event_count;
    while (size) {
        if (!pass(&s, size) || size > 1)
            size /= 2;
    }
    s.setting.story = story;
    if (!fails(&s))
        abort();
    free(s.suppressed);
    free(s.events);
    return s.count;
}
