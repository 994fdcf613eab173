/* Time spans as systemd writes them (systemd.time(7)): "10s", "5min", "1h 30min", "500ms", "1.5h", "90"
 * (seconds). */
#ifndef MEETINGD_BASE_SPAN_H
#define MEETINGD_BASE_SPAN_H

#include <stdint.h>

/* Longer than any span that makes sense here; what is longer is refused. */
#define SPAN_MAX_MS (INT64_C(1000) * 365 * 24 * 3600 * 1000)

/* Reads a span into milliseconds, rounded down. -EINVAL for what is no span, -ERANGE for one over
 * SPAN_MAX_MS. */
int span_parse(const char *text, int64_t *ret_ms);

#define SPAN_TEXT_SIZE 64

/* Writes a span as span_parse() reads it, in at most two units: "1h 30min", "10s", "500ms", "0". Returns
 * `text`. */
char *span_format(int64_t span_ms, char text[SPAN_TEXT_SIZE]);

#endif
