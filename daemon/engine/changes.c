#include "engine/changes.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/str.h"
#include "engine/attendance.h"

/* ---- what the meeting's fields say */

static char *number_text(int64_t number)
{
    return number != UNKNOWN ? xasprintf("%" PRId64, number) : NULL;
}

static char *flag_text(enum flag flag)
{
    return flag != FLAG_UNSET ? xstrdup(flag == FLAG_YES ? "true" : "false") : NULL;
}

static void compare_text(struct event_changes *changes, const char *field, const char *before,
                         const char *after)
{
    struct event_change *change;

    if (str_equal(before, after))
        return;
    change = event_changes_add(changes, field);
    change->before = xstrdup(before);
    change->after = xstrdup(after);
}

/* Whether a change was added. */
static struct event_change *compare_number(struct event_changes *changes, const char *field, int64_t before,
                                           int64_t after)
{
    struct event_change *change;

    if (before == after)
        return NULL;
    change = event_changes_add(changes, field);
    change->before = number_text(before);
    change->after = number_text(after);
    return change;
}

static struct event_change *compare_flag(struct event_changes *changes, const char *field, enum flag before,
                                         enum flag after)
{
    struct event_change *change;

    if (before == after)
        return NULL;
    change = event_changes_add(changes, field);
    change->before = flag_text(before);
    change->after = flag_text(after);
    return change;
}

static void compare_abilities(struct event_changes *changes, const struct ability *before,
                              const struct ability *after)
{
    compare_flag(changes, "use_video", before->use_video, after->use_video);
    compare_flag(changes, "use_audio", before->use_audio, after->use_audio);
    compare_flag(changes, "use_share_screen", before->use_share_screen, after->use_share_screen);
    compare_flag(changes, "use_follow_screen", before->use_follow_screen, after->use_follow_screen);
    compare_flag(changes, "use_recording", before->use_recording, after->use_recording);
    compare_flag(changes, "use_pstn", before->use_pstn, after->use_pstn);
}

/* ---- what the rows of its list say */

static void name(struct event_change *change, const struct participant *row)
{
    if (change == NULL)
        return;
    change->participant = true;
    change->id = xstrdup(row->id);
    change->user_type = row->user_type;
}

static void compare_rows(struct event_changes *changes, const struct participant *before,
                         const struct participant *after)
{
    name(compare_number(changes, "status", before->status, after->status), after);
    name(compare_number(changes, "first_join_time", before->first_join_time, after->first_join_time), after);
    name(compare_number(changes, "final_leave_time", before->final_leave_time, after->final_leave_time),
         after);
    name(compare_flag(changes, "is_host", before->is_host, after->is_host), after);
    name(compare_flag(changes, "is_cohost", before->is_cohost, after->is_cohost), after);
    name(compare_flag(changes, "is_external", before->is_external, after->is_external), after);
}

static bool is_same(const struct participant *a, const struct participant *b)
{
    return a->user_type == b->user_type && str_equal(a->id, b->id) &&
           (a->id != NULL || a->first_join_time == b->first_join_time);
}

/* The row of the same person or device that no other row was compared with; one person can have several.
 * Lists keep their order as a rule, so the search begins behind the last one. */
static const struct participant *take_row(const struct meeting *before, bool *taken, size_t *from,
                                          const struct participant *wanted)
{
    for (size_t i = 0; i < before->participants_count; i++) {
        size_t at = (*from + i) % before->participants_count;

        if (taken[at] || !is_same(&before->participants[at], wanted))
            continue;
        taken[at] = true;
        *from = at + 1;
        return &before->participants[at];
    }
    return NULL;
}

static void compare_lists(struct event_changes *changes, const struct meeting *before,
                          const struct meeting *after)
{
    CLEANUP_FREE bool *taken = xcalloc(before->participants_count + 1, sizeof(*taken));
    size_t from = 0;

    for (size_t i = 0; i < after->participants_count; i++) {
        const struct participant *row = &after->participants[i], *same = take_row(before, taken, &from, row);
        struct event_change *change;

        if (same != NULL) {
            compare_rows(changes, same, row);
            continue;
        }
        change = event_changes_add(changes, "status");
        change->after = number_text(row->status);
        name(change, row);
    }
    for (size_t i = 0; i < before->participants_count; i++) {
        struct event_change *change;

        if (taken[i])
            continue;
        change = event_changes_add(changes, "status");
        change->before = number_text(before->participants[i].status);
        name(change, &before->participants[i]);
    }
}

void changes_of_meeting(const struct meeting *before, const struct meeting *after,
                        struct event_changes *changes)
{
    compare_text(changes, "topic", before->topic, after->topic);
    compare_text(changes, "url", before->url, after->url);
    compare_text(changes, "meeting_no", before->meeting_no, after->meeting_no);
    if (!str_equal(before->password, after->password))
        event_changes_add(changes, "password");
    compare_number(changes, "create_time", before->create_time, after->create_time);
    compare_number(changes, "start_time", before->start_time, after->start_time);
    compare_number(changes, "end_time", before->end_time, after->end_time);
    compare_text(changes, "host_user", before->host_user_id, after->host_user_id);
    compare_flag(changes, "meeting_connect", before->meeting_connect, after->meeting_connect);
    compare_number(changes, "status", before->status, after->status);
    compare_number(changes, "participant_count", before->participant_count, after->participant_count);
    compare_number(changes, "participant_count_accumulated", before->participant_count_accumulated,
                   after->participant_count_accumulated);
    compare_abilities(changes, &before->ability, &after->ability);
    if (before->participants_known != after->participants_known)
        event_changes_add(changes, "participants");
    else
        compare_lists(changes, before, after);
}

/* ---- who came and went */

static bool was_in(const struct meeting *before, size_t place)
{
    return before != NULL && place < before->attendance.count &&
           attendee_is_in(&before->attendance.attendees[place]);
}

void changes_of_participants(const struct meeting *before, const struct meeting *after,
                             void (*told)(void *data, enum event_kind kind, const struct attendee *attendee,
                                          const struct participant *participant),
                             void *data)
{
    /* Who was in before nobody knows. */
    if (before != NULL && before->attendance.looked_at == UNKNOWN)
        return;
    for (size_t i = 0; i < after->attendance.count; i++) {
        const struct attendee *attendee = &after->attendance.attendees[i];
        const struct participant *row;

        if (attendee_is_in(attendee) == was_in(before, i))
            continue;
        row = attendance_row(after, attendee);
        if (row == NULL && before != NULL)
            row = attendance_row(before, attendee);
        if (row != NULL)
            told(data, attendee_is_in(attendee) ? EVENT_PARTICIPANT_JOINED : EVENT_PARTICIPANT_LEFT, attendee,
                 row);
    }
}
