/*
 * What time it is. Every part is handed a clock, so that tests move time as they like.
 *
 * wall: Unix time; it can jump. Timetables follow it.
 * boot: milliseconds since some moment in the past; never jumps, and counts while the machine is suspended.
 *       Intervals and time-outs follow it.
 */
#ifndef MEETINGD_BASE_CLOCK_H
#define MEETINGD_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(const struct clock *clock);
    int64_t (*boot_ms)(const struct clock *clock);
};

/* The machine's own clocks: CLOCK_REALTIME and CLOCK_BOOTTIME. Lives for ever. */
const struct clock *clock_system(void);

int64_t clock_wall_ms(const struct clock *clock);
int64_t clock_wall_seconds(const struct clock *clock);
int64_t clock_boot_ms(const struct clock *clock);

#endif
