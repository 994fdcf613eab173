/* How things are, in one line: for `meetingctl status`, and for systemd's. */
#ifndef MEETINGD_INTERFACE_HEALTH_H
#define MEETINGD_INTERFACE_HEALTH_H

#include <stdbool.h>

#include "interface/interface.h"

#define HEALTH_TEXT_SIZE 1024

struct health {
    bool healthy;                /* nothing wants attention */
    char text[HEALTH_TEXT_SIZE]; /* the worst first */
    int64_t reservations[RESERVATION_STATES];
    int64_t live;         /* meetings in progress */
    int64_t participants; /* in them, as far as known */
    int64_t problems;     /* reservations for which something is wrong */
    bool store_busy;      /* it has work that it has not done yet */
};

void health_read(const struct interface_options *parts, struct health *ret);

#endif
