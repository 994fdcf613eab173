/* Times as people give and read them: local, or UTC where they ask for it. */
#ifndef MEETINGCTL_TIMES_H
#define MEETINGCTL_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct times {
    int64_t now_ms; /* Unix ms */
    bool utc;       /* both ways */
    bool words;     /* days are named, for a person; else dates are written so that programs read them */
};

#define TIMES_TEXT_SIZE 48

/* Reads Unix seconds, "2026-11-23 09:30[:00]", "2026-11-23", "+2h", "-7d", now, today, yesterday, tomorrow
 * (at 00:00) into Unix seconds. -EINVAL for anything else. */
int times_parse(const struct times *times, const char *text, int64_t *ret, struct error *error);

/* "2026-11-23 09:30", with seconds where `seconds`; "?" for a time that no calendar has. Returns `text`. */
char *times_format(const struct times *times, int64_t unix_s, bool seconds, char text[TIMES_TEXT_SIZE]);

/* "09:30" for a time of today, else as times_format(). Returns `text`. */
char *times_format_short(const struct times *times, int64_t unix_s, char text[TIMES_TEXT_SIZE]);

/* "today 09:30", "tomorrow 09:30", "Mon 30 Nov 09:30", or with its year where that is another one and the day
 * not near; as times_format() where days are not named. `brief`: "Mon 09:30" within a week, "30 Nov 09:30".
 * Returns `text`. */
char *times_format_day(const struct times *times, int64_t unix_s, bool brief, char text[TIMES_TEXT_SIZE]);

/* The end of what began at `from`: "10:00" where days are named and it is the same one, else as
 * times_format(). Returns `text`. */
char *times_format_until(const struct times *times, int64_t from, int64_t to, char text[TIMES_TEXT_SIZE]);

/* "in 2h 5min", "now", "5min ago". Returns `text`. */
char *times_relative(const struct times *times, int64_t unix_s, char text[TIMES_TEXT_SIZE]);

/* A length such as "1h 30min", in at most two units, of seconds or more. Returns `text`. */
char *times_span(int64_t span_s, char text[TIMES_TEXT_SIZE]);

/* The same for what lies between two moments in Unix seconds; "?" where that is no length. Returns `text`. */
char *times_between(int64_t from, int64_t to, char text[TIMES_TEXT_SIZE]);

/* How long ago a moment in Unix ms was, as a length. Returns `text`. */
char *times_age(const struct times *times, int64_t unix_ms, char text[TIMES_TEXT_SIZE]);

#endif
