/*
 * The real clock is three system calls in a constant struct.  A signal does not
 * shorten its sleep: nanosleep(2) goes on with what is left.
 */
#include "base/clock.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

static int64_t system_boottime_us(void *state)
{
    struct timespec now = {0};

    (void)state;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_epoch_ms(void *state)
{
    struct timespec now = {0};

    (void)state;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void system_sleep_ms(void *state, int64_t duration_ms)
{
    struct timespec left = {.tv_sec = (time_t)(duration_ms / 1000),
                            .tv_nsec = (long)(duration_ms % 1000) * 1000000};

    (void)state;
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        continue;
}

const struct clock *clock_system(void)
{
    static const struct clock system_clock = {
        .boottime_us = system_boottime_us,
        .epoch_ms = system_epoch_ms,
        .sleep_ms = system_sleep_ms,
    };

    return &system_clock;
}

int64_t clock_boottime_us(const struct clock *clock)
{
    return clock->boottime_us(clock->state);
}

int64_t clock_boottime_ms(const struct clock *clock)
{
    return clock->boottime_us(clock->state) / 1000;
}

int64_t clock_epoch_ms(const struct clock *clock)
{
    return clock->epoch_ms(clock->state);
}

void clock_sleep_ms(const struct clock *clock, int64_t duration_ms)
{
    if (duration_ms > 0)
        clock->sleep_ms(clock->state, duration_ms);
}
