/* Who was in a meeting, as JSON text (io.meetingd.Attendance). */
#include <stdio.h>

#include "model/reservation.h"
#include "wire/attendance.h"
#include "wire/object.h"
#include "wire/wire.h"

static struct json_object *stays_object(const struct attendee *attendee)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < attendee->stay_count; i++) {
        const struct stay *stay = &attendee->stays[i];
        struct json_object *object = json_object_new_object();

        object_int(object, "joined", stay->joined);
        object_int(object, "left", stay->left);
        object_int(object, "joined_after", stay->joined_after);
        object_int(object, "left_before", stay->left_before);
        json_object_array_add(array, object);
    }
    return array;
}

static struct json_object *role_object(const struct role_stretch *stretch)
{
    struct json_object *object = json_object_new_object();

    object_string(object, "role", role_name(stretch->role));
    object_int(object, "since", stretch->since);
    object_int(object, "until", stretch->until);
    return object;
}

static struct json_object *roles_object(const struct attendee *attendee)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < attendee->role_count; i++)
        json_object_array_add(array, role_object(&attendee->roles[i]));
    return array;
}

/* Of the meeting's length; with four digits: more would only be noise. */
static void add_share(struct json_object *object, const struct meeting *meeting, int64_t in_room,
                      int64_t until)
{
    double share;
    char text[32];

    if (meeting->start_time == UNKNOWN || in_room == UNKNOWN || until <= meeting->start_time)
        return;
    share = (double)in_room / (double)(until - meeting->start_time);
    if (share > 1)
        share = 1;
    snprintf(text, sizeof(text), "%.4f", share);
    json_object_object_add(object, "share", json_object_new_double_s(share, text));
}

struct json_object *attendance_object(const struct meeting *meeting, const struct attendee *attendee,
                                      int64_t now_s)
{
    struct json_object *object = json_object_new_object();
    int64_t until = meeting_until(meeting, now_s);
    struct attendee_time time = attendee_time(attendee, meeting->start_time, until);

    object_string(object, "meeting_id", meeting->id);
    object_string(object, "name", meeting->name);
    object_string(object, "occurrence", meeting->occurrence);
    object_string(object, "id", attendee->id);
    object_int(object, "user_type", attendee->user_type);
    object_flag(object, "is_host", attendee->is_host);
    object_flag(object, "is_cohost", attendee->is_cohost);
    object_flag(object, "is_external", attendee->is_external);
    object_int(object, "first_join_time", attendee->first_join_time);
    object_int(object, "final_leave_time", attendee->final_leave_time);
    object_int(object, "in_meeting_duration", time.duration);
    object_int(object, "difference", time.difference);
    json_object_object_add(object, "stays", stays_object(attendee));
    json_object_object_add(object, "roles", roles_object(attendee));
    object_int(object, "devices", attendee->devices);
    add_share(object, meeting, time.in_room, until);
    return object;
}

static void add_seen(struct json_object *meeting, const struct ability_times *seen)
{
    struct json_object *object = json_object_new_object();

    object_int(object, "use_video", seen->use_video);
    object_int(object, "use_audio", seen->use_audio);
    object_int(object, "use_share_screen", seen->use_share_screen);
    object_int(object, "use_follow_screen", seen->use_follow_screen);
    object_int(object, "use_recording", seen->use_recording);
    object_int(object, "use_pstn", seen->use_pstn);
    if (json_object_object_length(object) > 0)
        json_object_object_add(meeting, "ability_seen", object);
    else
        json_object_put(object);
}

/* Types that this program does not know are one. */
#define OTHER_TYPE (USER_TYPE_SIP + 1)

static void add_types(struct json_object *meeting, const int64_t *counts)
{
    struct json_object *object = json_object_new_object();
    char name[8];

    for (int i = 0; i < OTHER_TYPE; i++) {
        snprintf(name, sizeof(name), "%d", i);
        object_int(object, name, counts[i] > 0 ? counts[i] : UNKNOWN);
    }
    object_int(object, "other", counts[OTHER_TYPE] > 0 ? counts[OTHER_TYPE] : UNKNOWN);
    json_object_object_add(meeting, "by_user_type", object);
}

void attendance_add_figures(struct json_object *object, const struct meeting *meeting)
{
    const struct attendance *attendance = &meeting->attendance;
    int64_t until = meeting_until(meeting, attendance->looked_at), external = 0, seconds = 0;
    int64_t types[OTHER_TYPE + 1] = {0};

    object_int(object, "peak_at", attendance->peak_at);
    add_seen(object, &attendance->seen);
    if (attendance->looked_at == UNKNOWN)
        return;
    for (size_t i = 0; i < attendance->count; i++) {
        const struct attendee *attendee = &attendance->attendees[i];
        struct attendee_time time = attendee_time(attendee, meeting->start_time, until);
        bool is_known = attendee->user_type >= 0 && attendee->user_type < OTHER_TYPE;

        types[is_known ? attendee->user_type : OTHER_TYPE]++;
        external += attendee->is_external == FLAG_YES;
        seconds += time.in_room != UNKNOWN ? time.in_room : 0;
    }
    object_int(object, "attendees", (int64_t)attendance->count);
    add_types(object, types);
    object_int(object, "external", external);
    object_int(object, "person_seconds", seconds);
}

void attendance_add_rows(struct json_object *object, const struct meeting *meeting, int64_t now_s)
{
    const struct attendance *attendance = &meeting->attendance;
    struct json_object *array;

    if (attendance->looked_at == UNKNOWN)
        return;
    array = json_object_new_array_ext((int)attendance->count);
    for (size_t i = 0; i < attendance->count; i++)
        json_object_array_add(array, attendance_object(meeting, &attendance->attendees[i], now_s));
    json_object_object_add(object, "attendance", array);
}

void wire_attendance(struct buffer *out, const struct meeting *meeting, const struct attendee *attendee,
                     int64_t now_s)
{
    object_write(out, attendance_object(meeting, attendee, now_s));
}
