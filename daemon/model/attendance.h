/*
 * Who was in a meeting, from when to when: what successive looks at Feishu's list, which is only a snapshot,
 * and Feishu's own times say together. One attendee is one person (or room, or phone), whatever devices they
 * come with. All times are Unix seconds.
 */
#ifndef MEETINGD_MODEL_ATTENDANCE_H
#define MEETINGD_MODEL_ATTENDANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

/* Two clocks, and an answer's way from one to the other: seconds that differ by so little agree. */
#define ATTENDANCE_AGREES_S 5

/* Surely in the room from `joined` to `left`. They came in after `joined_after` and went before
 * `left_before`: the looks before and after; the same as `joined` and `left` where Feishu told the time. */
struct stay {
    int64_t joined_after; /* UNKNOWN: nobody had looked before */
    int64_t joined;
    int64_t left;        /* UNKNOWN: still in the room */
    int64_t left_before; /* UNKNOWN: still in the room, or nobody has looked since */
};

enum role { ROLE_HOST, ROLE_COHOST, ROLES };

/* Seen in a role from one look to another. */
struct role_stretch {
    enum role role;
    int64_t since;
    int64_t until; /* UNKNOWN: still */
};

struct attendee {
    char *id; /* NULL: Feishu told none */
    int64_t user_type;
    enum flag is_host; /* ever */
    enum flag is_cohost;
    enum flag is_external;

    /* Feishu's last word. */
    int64_t first_join_time;
    int64_t final_leave_time;
    int64_t in_meeting_duration; /* seconds, as of observed_at */

    int64_t devices; /* in the room with so many at the last look */
    int64_t observed_at;

    struct stay *stays; /* in order, apart from each other */
    size_t stay_count;
    struct role_stretch *roles;
    size_t role_count;
};

/* When each of a meeting's functions was first seen in use, by the looks at it; UNKNOWN: not yet. */
struct ability_times {
    int64_t use_video;
    int64_t use_audio;
    int64_t use_share_screen;
    int64_t use_follow_screen;
    int64_t use_recording;
    int64_t use_pstn;
};

/* A meeting's ledger. An attendee's place never changes. */
struct attendance {
    struct attendee *attendees;
    size_t count;
    int64_t looked_at; /* the last look that told who is in; UNKNOWN: there was none */
    /* The look at which the peak was first seen; UNKNOWN: it was told afterwards. */
    int64_t peak_at;
    struct ability_times seen;
    enum flag durations_run; /* Feishu's, with the clock; else their growth says nothing */
};

/* What the times of one attendee come to, in seconds. `possible`: the sum of the stays, had they come as
 * early and gone as late as they can have. `duration`: Feishu's figure, running on while they are in the
 * room; else `sure`; UNKNOWN: neither. `difference`: Feishu's less `sure`; UNKNOWN: it was not told, or
 * agrees. `in_room`: `duration`, as far as the stays allow it. */
struct attendee_time {
    int64_t sure; /* the sum of the stays */
    int64_t possible;
    int64_t duration;
    int64_t difference;
    int64_t in_room;
};

void attendance_init(struct attendance *attendance);
void attendance_fini(struct attendance *attendance);
void attendance_copy(struct attendance *to, const struct attendance *from);

/* A new one at the end, of whom nothing is known; valid until the next is added. */
struct attendee *attendance_add(struct attendance *attendance);

/* A new one at the end, of which nothing is known; valid until the next is added. */
struct stay *attendee_add_stay(struct attendee *attendee);
struct role_stretch *attendee_add_role(struct attendee *attendee, enum role role);

/* In the room at the last look. */
bool attendee_is_in(const struct attendee *attendee);

/* As of now_s. A stay that nobody saw begin began no earlier than `start_time` (UNKNOWN: who knows). */
struct attendee_time attendee_time(const struct attendee *attendee, int64_t start_time, int64_t now_s);

/* "host", "cohost" */
const char *role_name(enum role role);

#endif
