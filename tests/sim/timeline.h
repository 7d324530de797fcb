/*
 * timeline: what will happen, in virtual time.
 *
 * Nothing runs between two events, and the clock stands still during one; so
 * an hour of waiting costs nothing.  Events of the same microsecond happen in
 * the order in which they were noted.
 */
#ifndef BOUNCER_SIM_TIMELINE_H
#define BOUNCER_SIM_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void timeline_happens(void *subject, uint64_t detail);

struct timeline_event {
    int64_t at_us;
    uint64_t number;
    timeline_happens *happens;
    void *subject;
    uint64_t detail;
};

/* Zeroed, it is empty, and it is time 0. */
struct timeline {
    int64_t now_us;
    uint64_t noted;
    struct timeline_event *heap;
    size_t count, capacity;
};

void timeline_release(struct timeline *timeline);

/* HAPPENS(SUBJECT, DETAIL) is called at AT_US; if that is over, now. */
void timeline_at(struct timeline *timeline, int64_t at_us,
                 timeline_happens *happens, void *subject, uint64_t detail);

/* Let the next event happen.  False if there is none. */
bool timeline_step(struct timeline *timeline);

#endif
