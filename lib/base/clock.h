/*
 * clock: the time, as a struct that a test can replace.
 *
 * Two clocks matter here.  Leases are measured on CLOCK_BOOTTIME, which runs
 * on while a cloud platform has frozen the instance or the machine sleeps
 * (clock_gettime(2)); CLOCK_MONOTONIC would stop then and make a lease look
 * younger than it is.  Wall-clock time (milliseconds since 1970) serves for
 * platforms' deadlines, which are given in it, and for log lines; no lease is
 * measured by it.
 */
#ifndef BOUNCER_CLOCK_H
#define BOUNCER_CLOCK_H

#include <stdint.h>

struct clock {
    /* Microseconds since boot; never goes back, counts frozen time too. */
    int64_t (*boottime_us)(void *state);
    /* Milliseconds since 1970-01-01T00:00:00Z; may jump. */
    int64_t (*epoch_ms)(void *state);
    /* Return after at least DURATION_MS milliseconds. */
    void (*sleep_ms)(void *state, int64_t duration_ms);
    void *state; /* passed to the three functions; not owned */
};

/* The kernel's clocks.  The result is shared, constant and never freed. */
const struct clock *clock_system(void);

/*
 * The calls, for readability at the caller.  A duration of 0 or less does not
 * sleep.
 */
int64_t clock_boottime_us(const struct clock *clock);
int64_t clock_boottime_ms(const struct clock *clock);
int64_t clock_epoch_ms(const struct clock *clock);
void clock_sleep_ms(const struct clock *clock, int64_t duration_ms);

#endif
