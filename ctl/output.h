/*
 * What goes to standard output: collected, then shown at once, on a terminal through a pager. Knows the
 * width, and whether there is colour.
 */
#ifndef MEETINGCTL_OUTPUT_H
#define MEETINGCTL_OUTPUT_H

#include <stdbool.h>

#include "base/buffer.h"

enum style {
    STYLE_PLAIN,
    STYLE_HEADING,
    STYLE_GOOD,    /* goes on as it should */
    STYLE_WARNING, /* old, or not quite as asked for */
    STYLE_BAD,     /* wants attention */
    STYLE_FAINT,   /* over, or not yet */
};

struct output {
    struct buffer text;
    size_t width; /* columns; 0: no limit */
    bool terminal;
    bool colour;
    bool screen; /* a terminal that can do more than write one line after another */
    bool pager;  /* where there is such a one */
};

void output_init(struct output *output);
void output_fini(struct output *output);

/* Appends clean text in a style. */
void output_styled(struct output *output, enum style style, const char *text);

/* Writes of what was collected as much as the reader takes without being waited for. As output_flush(). */
bool output_push(struct output *output);

/* Writes all of it to a descriptor. False with errno, which is 0 where a reader has gone. */
bool output_write(int fd, const char *data, size_t length);

/* Writes what was collected to standard output at once. A reader that has gone is no error: false, and
 * nothing more needs to be written. Other errors are in errno then, which is 0 for a reader that has gone. */
bool output_flush(struct output *output);

/* Shows what was collected, through the pager where there is one. As output_flush(). */
bool output_show(struct output *output);

#endif
