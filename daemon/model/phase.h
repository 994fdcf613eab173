/* Where a reservation stands in its timetable, which decides how often it is looked at (product.md section
 * 3). */
#ifndef MEETINGD_MODEL_PHASE_H
#define MEETINGD_MODEL_PHASE_H

#include <stdint.h>

enum phase {
    PHASE_IDLE,     /* nothing is expected */
    PHASE_STARTING, /* from `early` before the slot until its meeting is seen, and inside the slot after it
                       ended */
    PHASE_LIVE,     /* a meeting goes on */
    PHASE_OVERDUE,  /* the slot is over and its meeting goes on */
    PHASE_COOLING,  /* the slot is over and its meeting has ended; people may come back */
    PHASE_DONE,     /* not looked at any more: not made, expired, deleted */
    PHASES
};

/* "idle", "starting", … */
const char *phase_name(enum phase phase);

/* How a reservation is being followed. */
struct following {
    enum phase phase;
    int64_t interval_ms;  /* between two looks; 0: none planned */
    int64_t last_poll_at; /* Unix ms of the last good answer; UNKNOWN: none yet */
    int64_t next_poll_at; /* Unix ms; UNKNOWN: none planned */
    int failures;         /* looks in a row that got no answer */
};

#endif
