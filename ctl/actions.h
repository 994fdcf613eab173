/* What the reconciler does or would do at Feishu (io.meetingd's Action), as a table. */
#ifndef MEETINGCTL_ACTIONS_H
#define MEETINGCTL_ACTIONS_H

#include "ctl.h"

/* Writes a line for each: when, what, which, how many calls, why. An empty list (or NULL) writes nothing. */
void actions_write(struct ctl *ctl, struct json_object *actions);

/* API calls that they cost together. */
int64_t actions_calls(struct json_object *actions);

#endif
