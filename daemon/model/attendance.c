#include "model/attendance.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/str.h"

void attendance_init(struct attendance *attendance)
{
    *attendance = (struct attendance){
        .looked_at = UNKNOWN,
        .peak_at = UNKNOWN,
        .seen = {UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN},
    };
}

void attendance_fini(struct attendance *attendance)
{
    for (size_t i = 0; i < attendance->count; i++) {
        free(attendance->attendees[i].id);
        free(attendance->attendees[i].stays);
        free(attendance->attendees[i].roles);
    }
    free(attendance->attendees);
    attendance->attendees = NULL;
    attendance->count = 0;
}

static void attendee_copy(struct attendee *to, const struct attendee *from)
{
    *to = *from;
    to->id = xstrdup(from->id);
    to->stays = NULL;
    to->stay_count = 0;
    for (size_t i = 0; i < from->stay_count; i++)
        *attendee_add_stay(to) = from->stays[i];
    to->roles = NULL;
    to->role_count = 0;
    for (size_t i = 0; i < from->role_count; i++)
        *attendee_add_role(to, from->roles[i].role) = from->roles[i];
}

void attendance_copy(struct attendance *to, const struct attendance *from)
{
    *to = *from;
    to->attendees = NULL;
    to->count = 0;
    for (size_t i = 0; i < from->count; i++)
        attendee_copy(attendance_add(to), &from->attendees[i]);
}

/* Room for one more of what doubles when it is full. */
static void *grow(void *items, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return items;
    return xrealloc(items, count > 0 ? count * 2 : 1, size);
}

struct attendee *attendance_add(struct attendance *attendance)
{
    struct attendee *attendee;

    attendance->attendees = grow(attendance->attendees, attendance->count, sizeof(*attendee));
    attendee = &attendance->attendees[attendance->count++];
    *attendee = (struct attendee){
        .user_type = UNKNOWN,
        .first_join_time = UNKNOWN,
        .final_leave_time = UNKNOWN,
        .in_meeting_duration = UNKNOWN,
        .observed_at = UNKNOWN,
    };
    return attendee;
}

struct stay *attendee_add_stay(struct attendee *attendee)
{
    struct stay *stay;

    attendee->stays = grow(attendee->stays, attendee->stay_count, sizeof(*stay));
    stay = &attendee->stays[attendee->stay_count++];
    *stay = (struct stay){UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN};
    return stay;
}

struct role_stretch *attendee_add_role(struct attendee *attendee, enum role role)
{
    struct role_stretch *stretch;

    attendee->roles = grow(attendee->roles, attendee->role_count, sizeof(*stretch));
    stretch = &attendee->roles[attendee->role_count++];
    *stretch = (struct role_stretch){role, UNKNOWN, UNKNOWN};
    return stretch;
}

bool attendee_is_in(const struct attendee *attendee)
{
    return attendee->stay_count > 0 && attendee->stays[attendee->stay_count - 1].left == UNKNOWN;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct attendee_time attendee_time(const struct attendee *attendee, int64_t start_time, int64_t now_s)
{
    struct attendee_time time = {.duration = UNKNOWN, .difference = UNKNOWN, .in_room = UNKNOWN};

    for (size_t i = 0; i < attendee->stay_count; i++) {
        const struct stay *stay = &attendee->stays[i];
        int64_t left = stay->left != UNKNOWN ? stay->left : larger(stay->joined, now_s);
        int64_t before = stay->left_before != UNKNOWN ? stay->left_before : left;
        int64_t after = stay->joined_after != UNKNOWN ? stay->joined_after : start_time;

        if (after == UNKNOWN || after > stay->joined)
            after = stay->joined;
        time.sure += left - stay->joined;
        time.possible += before - after;
    }
    if (attendee->in_meeting_duration != UNKNOWN) {
        int64_t running = attendee_is_in(attendee) ? larger(0, now_s - attendee->observed_at) : 0;

        time.duration = attendee->in_meeting_duration + running;
        if (llabs(time.duration - time.sure) > ATTENDANCE_AGREES_S)
            time.difference = time.duration - time.sure;
    } else if (attendee->stay_count > 0) {
        time.duration = time.sure;
    }
    time.in_room = time.duration;
    if (attendee->stay_count > 0 && time.in_room > time.possible + ATTENDANCE_AGREES_S)
        time.in_room = time.possible;
    if (time.in_room != UNKNOWN && time.in_room < time.sure - ATTENDANCE_AGREES_S)
        time.in_room = time.sure;
    return time;
}

const char *role_name(enum role role)
{
    return role == ROLE_HOST ? "host" : "cohost";
}
