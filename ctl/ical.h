/*
 * iCalendar (RFC 5545): lines of a name and a value, ended by CR LF and folded so that none has more than 75
 * bytes; no character is torn.
 */
#ifndef MEETINGCTL_ICAL_H
#define MEETINGCTL_ICAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* A line with its value as it is; both are valid UTF-8 without control characters. */
void ical_line(struct buffer *out, const char *name, const char *value);

/* A line with any valid UTF-8 as its value (TEXT): escaped, with "\n" for the end of a line and blanks for
 * other control characters. */
void ical_text(struct buffer *out, const char *name, const char *text);

/* A line with a time in UTC (Unix seconds, see ical_has_time()). */
void ical_time(struct buffer *out, const char *name, int64_t unix_s);

/* Whether a moment (Unix seconds) can be written: the years 1970 to 9999. */
bool ical_has_time(int64_t unix_s);

/* Whether a text can be a value that is an address (URI): it begins with a scheme, and has only the
 * characters that such have. */
bool ical_is_uri(const char *text);

#endif
