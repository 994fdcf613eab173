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
