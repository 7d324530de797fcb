/*
 * fake_clock: a clock that stands still until a test or a sleep moves it.
 */
#ifndef BOUNCER_FAKE_CLOCK_H
#define BOUNCER_FAKE_CLOCK_H

#include "base/clock.h"

struct fake_clock {
    struct clock clock; /* hand out a pointer to this */
    int64_t boottime_us;
    int64_t epoch_ms;
    int64_t slept_ms; /* total of all clock_sleep_ms calls */
};

/* Starts at 1,000 s after boot, at 2026-01-02T03:04:05.006Z. */
void fake_clock_init(struct fake_clock *clock);

/* Let DURATION_MS pass on both clocks. */
void fake_clock_advance(struct fake_clock *clock, int64_t duration_ms);

#endif
