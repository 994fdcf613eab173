/* What a program writes, cut into lines that may stand in the log and on a terminal. */
#ifndef MEETINGD_SYNC_HOOKS_OUTPUT_H
#define MEETINGD_SYNC_HOOKS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Of one run: so many lines of so many bytes; what is beyond is dropped, and that is said by a last line. */
#define HOOKS_OUTPUT_LINES 100
#define HOOKS_OUTPUT_BYTES 1024

/* All zero is the start. */
struct hooks_output {
    struct buffer line; /* without its end as yet */
    bool too_long;      /* the rest of the line is dropped */
    size_t lines;
};

/* Takes what came; `told(data, line)` is called for each line that is whole: UTF-8 without control
 * characters. Empty lines are left out. */
void hooks_output_add(struct hooks_output *output, const char *bytes, size_t length,
                      void (*told)(void *data, const char *line), void *data);

/* Nothing comes any more: tells the last line where it has no end, and frees. */
void hooks_output_end(struct hooks_output *output, void (*told)(void *data, const char *line), void *data);

#endif
