/* Inside the ledger: what one look says of one attendee. All times are Unix seconds. */
#ifndef MEETINGD_ENGINE_ATTENDEE_H
#define MEETINGD_ENGINE_ATTENDEE_H

#include "model/attendance.h"

struct look {
    int64_t now_s;    /* of a meeting that has ended: its end */
    int64_t before_s; /* the look before; UNKNOWN: this is the first */
    int64_t start_s;  /* of the meeting; UNKNOWN */
    int64_t end_s;    /* Feishu's time of the end; UNKNOWN: it goes on, was not told, or is nonsense */
    bool ended;
    enum flag durations_run; /* as the attendance's; attendee_judge() may find it out */
};

/* All rows of one attendee together. */
struct word {
    size_t rows;
    int64_t devices;   /* rows that are in */
    int64_t user_type; /* 0: not told */
    int64_t first, last, duration;
    enum flag is_host, is_cohost, is_external;
    bool solid; /* in the room without a break, from `from` to `until` */
    int64_t from, until;
};

/* Whether durations run with the clock shows where somebody is in at two looks, or has been from the first
 * on. Of all attendees in the list, before attendee_look() of any. */
void attendee_judge(const struct attendee *attendee, const struct word *word, struct look *look);

/* `word` NULL: they are not in the list. */
void attendee_look(struct attendee *attendee, const struct word *word, const struct look *look);

#endif
