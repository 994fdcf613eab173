/*
 * Who was in a meeting, from when to when: what successive looks at Feishu's list, which is only a snapshot,
 * and Feishu's own times say together. One attendee is one person (or room, or phone), whatever devices they
 * come with. All times are Unix seconds.
 */
#ifndef MEETINGD_MODEL_ATTENDANCE_H
#define MEETINGD_MODEL_ATTENDANCE_H

#include <stddef.h>

#include "model/model.h"

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

#endif
