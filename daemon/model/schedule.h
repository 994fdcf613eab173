/*
 * Local times and time zones. libical stands behind the fence of the files called schedule and nowhere else.
 *
 * Times are converted one by one: libical 3.0.16 iterating inside a zone takes the second of an ambiguous
 * time and stays shifted after a gap. Everything here may run on any thread.
 */
#ifndef MEETINGD_MODEL_SCHEDULE_H
#define MEETINGD_MODEL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* A wall-clock time without a zone. */
struct local_time {
    int year, month, day, hour, minute, second;
};

/* Reads "2026-11-23 09:30" or "2026-11-23 09:30:00". -EINVAL for anything else, also for a day that is not in
 * the calendar. */
int local_time_parse(const char *text, struct local_time *ret);

#define LOCAL_TIME_SIZE 32

/* "2026-11-23 09:30", or "2026-11-23 09:30:15" where there are seconds. Returns `text`. */
char *local_time_format(const struct local_time *time, char text[LOCAL_TIME_SIZE]);

/* Below, at or above 0 as `a` is before, at or after `b` on one clock. */
int local_time_compare(const struct local_time *a, const struct local_time *b);

/* The Unix time of `local` in UTC. */
int64_t local_time_as_utc(const struct local_time *local);

/* Whether the system's time zone database has this IANA name. */
bool timezone_known(const char *name);

/* The name of the system's own zone (/etc/localtime, /etc/timezone), "UTC" where it cannot be told. The
 * caller frees it. */
char *timezone_system(void);

/* The Unix time of `local` in the zone: the first one where the clock shows it twice, -ENOENT where it is
 * skipped, -EINVAL for an unknown zone. */
int local_time_to_unix(const struct local_time *local, const char *timezone, int64_t *ret_time);

/* What clocks in the zone show at a Unix time. -EINVAL for an unknown zone. */
int local_time_from_unix(int64_t time, const char *timezone, struct local_time *ret);

#endif
