/* What `meetingd --check` tells of the calls that a configuration costs. */
#ifndef MEETINGD_OUTLOOK_H
#define MEETINGD_OUTLOOK_H

#include <stdint.h>
#include <stdio.h>

#include "config/config.h"

/* Writes a line for each app that a plan uses: the calls of the 30 days from `now_s` on, at the configured
 * intervals, and how far its part of the month reaches. More than Feishu's basic plan has, where no
 * monthly_calls says otherwise, is warned of on `warnings`. */
void outlook_print(const struct config *config, int64_t now_s, FILE *out, FILE *warnings);

#endif
