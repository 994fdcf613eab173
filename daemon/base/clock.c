#include "base/clock.h"

#include <time.h>

static int64_t read_clock_ms(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(const struct clock *clock)
{
    (void)clock;
    return read_clock_ms(CLOCK_REALTIME);
}

static int64_t system_boot_ms(const struct clock *clock)
{
    (void)clock;
    return read_clock_ms(CLOCK_BOOTTIME);
}

const struct clock *clock_system(void)
{
    static const struct clock system = {.wall_ms = system_wall_ms, .boot_ms = system_boot_ms};

    return &system;
}

int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->wall_ms(clock);
}

int64_t clock_wall_seconds(const struct clock *clock)
{
    return clock->wall_ms(clock) / 1000;
}

int64_t clock_boot_ms(const struct clock *clock)
{
    return clock->boot_ms(clock);
}
