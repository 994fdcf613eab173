/* Pieces of JSON text, found without changing a byte of them. */
#ifndef MEETINGCTL_RAW_H
#define MEETINGCTL_RAW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Text of someone else's. */
struct raw {
    const char *data;
    size_t length;
};

/* The value of an object's member, the last one where there are several of that name (as json-c takes them).
 * `object` must have been parsed already. False where it is not found, also for what is JSON to lenient
 * readers only. */
bool raw_member(struct raw object, const char *name, struct raw *ret);

/* What is between the brackets of an array, without white space around it. */
struct raw raw_inside(struct raw array);

/* Appends JSON text so that it stays on one line and is valid UTF-8: line feeds between values become blanks,
 * control characters in strings escapes, bad bytes U+FFFD. Where `careful`, whatever a terminal might obey
 * becomes an escape. */
void raw_append(struct buffer *out, struct raw text, bool careful);

#endif
