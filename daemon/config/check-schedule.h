/* What a plan's start, rrule and exdate make of each other. */
#ifndef MEETINGD_CONFIG_CHECK_SCHEDULE_H
#define MEETINGD_CONFIG_CHECK_SCHEDULE_H

#include "config/draft.h"

/* Reports what does not fit together, and fills in when the plan's last occurrence ends. The plan's start,
 * duration and time zone are good and there. */
void check_schedule(struct draft *draft, struct report *report);

#endif
