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
    enum flag durations_run; /* as the attendance's */
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

/* How durations are counted, by those who are in. */
struct evidence {
    size_t told;
    size_t runs; /* so many with the clock, as far as can be seen, */
    bool stands; /* not while they are in, as what is counted when somebody leaves, or by the minute, */
    bool jumps;  /* or by more than time has passed */
};

/* Adds what one attendee in the list shows. Somebody who left and came back at once seems to stand still. */
void attendee_judge(const struct attendee *attendee, const struct word *word, const struct look *look,
                    struct evidence *evidence);

/* `word` NULL: they are not in the list. */
void attendee_look(struct attendee *attendee, const struct word *word, const struct look *look);

#endif
