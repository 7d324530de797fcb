/*
 * The system's clock is read between two readings of the kernel's own; the fake
 * clock stands in where a time must be exact.
 */
#include "base/clock.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "fake_clock.h"

static int64_t now_ms(clockid_t id)
{
    struct timespec now;

    cr_assert_eq(clock_gettime(id, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

Test(clock, the_system_clock_counts_from_boot)
{
    int64_t before_ms = now_ms(CLOCK_BOOTTIME);
    int64_t us = clock_boottime_us(clock_system());
    int64_t ms = clock_boottime_ms(clock_system());
    int64_t after_ms = now_ms(CLOCK_BOOTTIME);

    cr_expect_leq(before_ms, us / 1000);
    cr_expect_leq(us / 1000, ms);
    cr_expect_leq(ms, after_ms);
}

Test(clock, the_system_clock_knows_the_time_of_day)
{
    int64_t before_ms = now_ms(CLOCK_REALTIME);
    int64_t ms = clock_epoch_ms(clock_system());
    int64_t after_ms = now_ms(CLOCK_REALTIME);

    cr_expect_leq(before_ms, ms);
    cr_expect_leq(ms, after_ms);
}

Test(clock, the_system_clock_never_goes_back)
{
    int64_t last = clock_boottime_us(clock_system());

    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_boottime_us(clock_system());

        cr_assert_leq(last, now);
        last = now;
    }
}

Test(clock, sleeping_lasts_at_least_as_long_as_asked)
{
    int64_t start_us = clock_boottime_us(clock_system());

    clock_sleep_ms(clock_system(), 2);
    cr_expect_geq(clock_boottime_us(clock_system()) - start_us, 2000);
}

static void ignore(int signal_number)
{
    (void)signal_number;
}

Test(clock, a_signal_does_not_end_a_sleep_early)
{
    const struct sigaction action = {.sa_handler = ignore};
    const struct itimerval every_ms = {.it_interval.tv_usec = 1000,
                                       .it_value.tv_usec = 1000};
    const struct itimerval never = {0};
    int64_t start_us;

    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    cr_assert_eq(setitimer(ITIMER_REAL, &every_ms, NULL), 0);
    start_us = clock_boottime_us(clock_system());
    clock_sleep_ms(clock_system(), 10);
    cr_expect_geq(clock_boottime_us(clock_system()) - start_us, 10000);
    cr_assert_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
}

static void must_not_be_called(void *state, int64_t duration_ms)
{
    (void)state;
    cr_assert(false, "asked to sleep for %lld ms", (long long)duration_ms);
}

Test(clock, no_time_is_not_slept)
{
    const struct clock clock = {.sleep_ms = must_not_be_called};

    clock_sleep_ms(&clock, 0);
    clock_sleep_ms(&clock, -1);
    clock_sleep_ms(&clock, INT64_MIN);
}

Test(clock, a_clock_in_its_place_is_asked_instead)
{
    struct fake_clock fake;

    fake_clock_init(&fake);
    fake_clock_advance(&fake, 5);
    cr_expect_eq(clock_boottime_us(&fake.clock), 1000005000);
    cr_expect_eq(clock_boottime_ms(&fake.clock), 1000005);
    cr_expect_eq(clock_epoch_ms(&fake.clock), 1767323045011);
    clock_sleep_ms(&fake.clock, 7);
    cr_expect_eq(fake.slept_ms, 7);
    cr_expect_eq(clock_boottime_ms(&fake.clock), 1000012);
}
