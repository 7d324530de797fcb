#include "fake_clock.h"

static int64_t boottime_us(void *state)
{
    const struct fake_clock *clock = state;

    return clock->boottime_us;
}

static int64_t epoch_ms(void *state)
{
    const struct fake_clock *clock = state;

    return clock->epoch_ms;
}

static void sleep_ms(void *state, int64_t duration_ms)
{
    struct fake_clock *clock = state;

    fake_clock_advance(clock, duration_ms);
    clock->slept_ms += duration_ms;
}

void fake_clock_init(struct fake_clock *clock)
{
    *clock = (struct fake_clock){
        .clock = {.boottime_us = boottime_us,
                  .epoch_ms = epoch_ms,
                  .sleep_ms = sleep_ms,
                  .state = clock},
        .boottime_us = 1000000000LL,
        .epoch_ms = 1767323045006LL,
    };
}

void fake_clock_advance(struct fake_clock *clock, int64_t duration_ms)
{
    clock->boottime_us += duration_ms * 1000;
    clock->epoch_ms += duration_ms;
}
