/*
 * CSV as RFC 4180 has it, with lines that end in a line feed alone. What people can choose (a name, an id)
 * may begin like a formula, which a spreadsheet would carry out: such a text gets an apostrophe before it.
 */
#ifndef MEETINGCTL_CSV_H
#define MEETINGCTL_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "times.h"

/* Each appends the line's next cell, with a comma before it where it is not the first; NULL is an empty one.
 */
void csv_text(struct buffer *out, const char *text);
void csv_int(struct buffer *out, int64_t value);
void csv_empty(struct buffer *out);

void csv_end_line(struct buffer *out);

/* "2026-11-23T09:30:00+08:00", or with Z where times are UTC; empty for a time that no calendar has. Returns
 * `text`. */
char *csv_time(const struct times *times, int64_t unix_s, char text[TIMES_TEXT_SIZE]);

#endif
