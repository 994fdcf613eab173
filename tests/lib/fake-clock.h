/* A clock that stands still until the test moves it. */
#ifndef MEETINGD_TESTS_FAKE_CLOCK_H
#define MEETINGD_TESTS_FAKE_CLOCK_H

#include "base/clock.h"

struct fake_clock {
    struct clock clock; /* hand out &fake.clock */
    int64_t wall_ms;
    int64_t boot_ms;
};

static inline int64_t fake_clock_read_wall(const struct clock *clock)
{
    return ((const struct fake_clock *)(const void *)clock)->wall_ms;
}

static inline int64_t fake_clock_read_boot(const struct clock *clock)
{
    return ((const struct fake_clock *)(const void *)clock)->boot_ms;
}

/* Starts at a given wall time (Unix ms). */
static inline void fake_clock_init(struct fake_clock *fake, int64_t wall_ms)
{
    fake->clock.wall_ms = fake_clock_read_wall;
    fake->clock.boot_ms = fake_clock_read_boot;
    fake->wall_ms = wall_ms;
    fake->boot_ms = 1000;
}

/* Time goes by on both clocks. */
static inline void fake_clock_pass(struct fake_clock *fake, int64_t ms)
{
    fake->wall_ms += ms;
    fake->boot_ms += ms;
}

#endif
