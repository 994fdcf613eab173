#include "model/meeting.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"

struct meeting *meeting_new(const char *id)
{
    struct meeting *meeting = xalloc(sizeof(*meeting));

    meeting->id = xstrdup(id);
    meeting->create_time = UNKNOWN;
    meeting->start_time = UNKNOWN;
    meeting->end_time = UNKNOWN;
    meeting->host_user_type = UNKNOWN;
    meeting->status = UNKNOWN;
    meeting->participant_count = UNKNOWN;
    meeting->participant_count_accumulated = UNKNOWN;
    meeting->in_meeting = UNKNOWN;
    meeting->peak = UNKNOWN;
    meeting->observed_at = UNKNOWN;
    attendance_init(&meeting->attendance);
    return meeting;
}

struct meeting *meeting_free(struct meeting *meeting)
{
    if (meeting == NULL)
        return NULL;
    free(meeting->id);
    free(meeting->app);
    free(meeting->reservation);
    free(meeting->reserve_id);
    free(meeting->name);
    free(meeting->occurrence);
    free(meeting->topic);
    free(meeting->url);
    free(meeting->meeting_no);
    secret_free(meeting->password);
    free(meeting->host_user_id);
    for (size_t i = 0; i < meeting->participants_count; i++)
        participant_fini(&meeting->participants[i]);
    free(meeting->participants);
    attendance_fini(&meeting->attendance);
    free(meeting);
    return NULL;
}

struct meeting *meeting_copy(const struct meeting *from)
{
    struct meeting *to = xalloc(sizeof(*to));

    *to = *from;
    to->id = xstrdup(from->id);
    to->app = xstrdup(from->app);
    to->reservation = xstrdup(from->reservation);
    to->reserve_id = xstrdup(from->reserve_id);
    to->name = xstrdup(from->name);
    to->occurrence = xstrdup(from->occurrence);
    to->topic = xstrdup(from->topic);
    to->url = xstrdup(from->url);
    to->meeting_no = xstrdup(from->meeting_no);
    to->password = xstrdup(from->password);
    to->host_user_id = xstrdup(from->host_user_id);
    to->participants = NULL;
    to->participants_room = from->participants_count;
    if (from->participants_count > 0)
        to->participants = xcalloc(from->participants_count, sizeof(*to->participants));
    for (size_t i = 0; i < from->participants_count; i++)
        participant_copy(&to->participants[i], &from->participants[i]);
    attendance_copy(&to->attendance, &from->attendance);
    return to;
}

struct participant *meeting_add_participant(struct meeting *meeting)
{
    struct participant *participant;

    if (meeting->participants_count == meeting->participants_room) {
        meeting->participants_room = meeting->participants_room > 0 ? meeting->participants_room * 2 : 1;
        meeting->participants =
            xrealloc(meeting->participants, meeting->participants_room, sizeof(*participant));
    }
    participant = &meeting->participants[meeting->participants_count++];
    *participant = (struct participant){
        .user_type = UNKNOWN,
        .first_join_time = UNKNOWN,
        .final_leave_time = UNKNOWN,
        .in_meeting_duration = UNKNOWN,
        .status = UNKNOWN,
    };
    return participant;
}

void meeting_count(struct meeting *meeting)
{
    int64_t count = 0;

    meeting->in_meeting = UNKNOWN;
    if (!meeting->participants_known)
        return;
    for (size_t i = 0; i < meeting->participants_count; i++)
        count += meeting->participants[i].status == PARTICIPANT_IN_MEETING;
    meeting->in_meeting = count;
    if (count > meeting->peak)
        meeting->peak = count;
}

static bool participants_differ(const struct participant *a, const struct participant *b)
{
    return !str_equal(a->id, b->id) || a->user_type != b->user_type ||
           a->first_join_time != b->first_join_time || a->final_leave_time != b->final_leave_time ||
           a->is_host != b->is_host || a->is_cohost != b->is_cohost || a->is_external != b->is_external ||
           a->status != b->status;
}

static bool abilities_differ(const struct ability *a, const struct ability *b)
{
    return a->use_video != b->use_video || a->use_audio != b->use_audio ||
           a->use_share_screen != b->use_share_screen || a->use_follow_screen != b->use_follow_screen ||
           a->use_recording != b->use_recording || a->use_pstn != b->use_pstn;
}

bool meeting_differs(const struct meeting *a, const struct meeting *b)
{
    if (!str_equal(a->id, b->id) || !str_equal(a->topic, b->topic) || !str_equal(a->url, b->url) ||
        !str_equal(a->meeting_no, b->meeting_no) || !str_equal(a->password, b->password) ||
        a->create_time != b->create_time || a->start_time != b->start_time || a->end_time != b->end_time ||
        !str_equal(a->host_user_id, b->host_user_id) || a->host_user_type != b->host_user_type ||
        a->meeting_connect != b->meeting_connect || a->status != b->status ||
        a->participant_count != b->participant_count ||
        a->participant_count_accumulated != b->participant_count_accumulated ||
        a->participants_known != b->participants_known || a->participants_count != b->participants_count ||
        abilities_differ(&a->ability, &b->ability))
        return true;
    for (size_t i = 0; i < a->participants_count; i++) {
        if (participants_differ(&a->participants[i], &b->participants[i]))
            return true;
    }
    return false;
}

int64_t meeting_until(const struct meeting *meeting, int64_t now_s)
{
    if (meeting->status != MEETING_ENDED)
        return now_s;
    if (meeting->end_time != UNKNOWN)
        return meeting->end_time;
    return meeting->observed_at != UNKNOWN ? meeting->observed_at / MS_PER_SECOND : now_s;
}

void participant_copy(struct participant *to, const struct participant *from)
{
    *to = *from;
    to->id = xstrdup(from->id);
}

void participant_fini(struct participant *participant)
{
    free(participant->id);
    participant->id = NULL;
}
