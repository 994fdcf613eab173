/* What is new about a meeting since it was last seen, in words. */
#ifndef MEETINGCTL_DIFFERENCES_H
#define MEETINGCTL_DIFFERENCES_H

#include <stdbool.h>

#include "base/buffer.h"
#include "reply.h"

/* Appends "host is now ou_a, recording used": what differs beside the people and their number, of which the
 * daemon tells one by one. Returns whether there was anything. */
bool differences_append(struct buffer *text, struct json_object *before, struct json_object *after);

#endif
