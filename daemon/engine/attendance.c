#include "engine/attendance.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "engine/attendee.h"

/* ---- whose row it is */

/* What is not told contradicts nothing. */
static bool same_type(int64_t a, int64_t b)
{
    return a == b || a == UNKNOWN || b == UNKNOWN;
}

static bool is_theirs(const struct attendee *attendee, const struct participant *row)
{
    return same_type(attendee->user_type, row->user_type) && str_equal(attendee->id, row->id) &&
           (row->id != NULL || attendee->first_join_time == row->first_join_time);
}

/* Whether the row is of somebody who is in, or has been. Who was only called is no attendee. */
static bool tells_of_attendance(const struct participant *row)
{
    return row->status == PARTICIPANT_IN_MEETING || row->first_join_time != UNKNOWN ||
           row->final_leave_time != UNKNOWN || row->in_meeting_duration > 0;
}

const struct participant *attendance_row(const struct meeting *meeting, const struct attendee *attendee)
{
    const struct participant *found = NULL;

    for (size_t i = 0; i < meeting->participants_count; i++) {
        const struct participant *row = &meeting->participants[i];

        if (!is_theirs(attendee, row))
            continue;
        if (row->status == PARTICIPANT_IN_MEETING)
            return row;
        found = row;
    }
    return found;
}

/* The attendee of a row. Lists keep their order as a rule, so the search begins behind the one that was found
 * last. One without an id has one row. Returns the count where there is none. */
static size_t find(const struct attendance *attendance, const struct word *words, size_t from,
                   const struct participant *row)
{
    for (size_t i = 0; i < attendance->count; i++) {
        size_t at = (from + i) % attendance->count;

        if (is_theirs(&attendance->attendees[at], row) && (row->id != NULL || words[at].rows == 0))
            return at;
    }
    return attendance->count;
}

static void add_attendee(struct attendance *attendance, const struct participant *row)
{
    struct attendee *attendee = attendance_add(attendance);

    attendee->id = xstrdup(row->id);
    attendee->user_type = row->user_type;
    attendee->first_join_time = row->first_join_time;
}

/* ---- what a list says of each */

/* How long one row was in the room without a break, as [from, until]; false: it was not, or who knows. */
static bool row_is_solid(const struct participant *row, const struct look *look, int64_t *ret_from,
                         int64_t *ret_until)
{
    bool is_in = row->status == PARTICIPANT_IN_MEETING && !look->ended;
    int64_t until = is_in ? look->now_s : row->final_leave_time;

    if (row->first_join_time == UNKNOWN || until == UNKNOWN || row->in_meeting_duration == UNKNOWN ||
        llabs(until - row->first_join_time - row->in_meeting_duration) > ATTENDANCE_AGREES_S)
        return false;
    *ret_from = row->first_join_time;
    *ret_until = until;
    return true;
}

/* A second device: how long somebody was in the room with one or both is known where each was in without a
 * break. */
static void add_duration(struct word *word, const struct participant *row, const struct look *look)
{
    int64_t from, until;

    if (word->rows == 1)
        word->duration = row->in_meeting_duration;
    if (!row_is_solid(row, look, &from, &until)) {
        if (word->rows > 1)
            word->duration = UNKNOWN;
        word->solid = false;
        return;
    }
    if (word->rows == 1) {
        word->solid = true;
        word->from = from;
        word->until = until;
        return;
    }
    if (!word->solid || from > word->until || until < word->from) {
        word->duration = word->solid ? word->duration + row->in_meeting_duration : UNKNOWN;
        word->solid = false;
        return;
    }
    word->from = from < word->from ? from : word->from;
    word->until = until > word->until ? until : word->until;
    word->duration = word->until - word->from;
}

static enum flag either(enum flag a, enum flag b)
{
    return a > b ? a : b; /* yes goes before no, and no before not told */
}

static void add_row(struct word *word, const struct participant *row, const struct look *look)
{
    word->rows++;
    if (row->status == PARTICIPANT_IN_MEETING && !look->ended)
        word->devices++;
    if (word->rows == 1 ||
        (row->first_join_time != UNKNOWN && (word->first == UNKNOWN || row->first_join_time < word->first)))
        word->first = row->first_join_time;
    if (word->rows == 1 || row->final_leave_time > word->last)
        word->last = row->final_leave_time;
    word->is_host = either(word->is_host, row->is_host);
    word->is_cohost = either(word->is_cohost, row->is_cohost);
    word->is_external = either(word->is_external, row->is_external);
    if (word->user_type == 0 && row->user_type != UNKNOWN)
        word->user_type = row->user_type;
    add_duration(word, row, look);
}

/* Whether durations run with the clock, which the whole list shows. */
static void judge(const struct attendance *attendance, const struct word *words, struct look *look)
{
    struct evidence evidence = {0, 0, false, false};
    bool is_open = look->durations_run == FLAG_UNSET;

    for (size_t i = 0; i < attendance->count; i++) {
        if (words[i].rows > 0)
            attendee_judge(&attendance->attendees[i], &words[i], look, &evidence);
    }
    if (evidence.jumps || (is_open && evidence.runs == 0 && evidence.stands))
        look->durations_run = FLAG_NO;
    else if (is_open && evidence.runs > 0 && evidence.runs * 4 >= evidence.told && !evidence.stands)
        look->durations_run = FLAG_YES;
}

static void take_list(struct meeting *meeting, struct look *look)
{
    struct attendance *attendance = &meeting->attendance;
    size_t most = attendance->count + meeting->participants_count, at = 0;
    CLEANUP_FREE struct word *words = xcalloc(most + 1, sizeof(*words));

    for (size_t i = 0; i < meeting->participants_count; i++) {
        const struct participant *row = &meeting->participants[i];

        at = find(attendance, words, at, row);
        if (at == attendance->count) {
            if (!tells_of_attendance(row) || attendance->count >= ATTENDEES_MAX)
                continue;
            add_attendee(attendance, row);
        }
        add_row(&words[at], row, look);
    }
    if (!look->ended)
        judge(attendance, words, look);
    for (size_t i = 0; i < attendance->count; i++)
        attendee_look(&attendance->attendees[i], words[i].rows > 0 ? &words[i] : NULL, look);
}

/* ---- a look */

static void see_ability(enum flag used, int64_t *seen, int64_t now_s)
{
    if (used == FLAG_YES && *seen == UNKNOWN)
        *seen = now_s;
}

static void see_abilities(const struct ability *ability, struct ability_times *seen, int64_t now_s)
{
    see_ability(ability->use_video, &seen->use_video, now_s);
    see_ability(ability->use_audio, &seen->use_audio, now_s);
    see_ability(ability->use_share_screen, &seen->use_share_screen, now_s);
    see_ability(ability->use_follow_screen, &seen->use_follow_screen, now_s);
    see_ability(ability->use_recording, &seen->use_recording, now_s);
    see_ability(ability->use_pstn, &seen->use_pstn, now_s);
}

/* No order of the two can be relied on (feishu-api.md 1.7). */
static int64_t earliest(int64_t a, int64_t b)
{
    if (a == UNKNOWN || (b != UNKNOWN && b < a))
        return b;
    return a;
}

/* When it was over: as Feishu says, where that can be. */
static void see_end(struct look *look, int64_t end_s)
{
    if (end_s == UNKNOWN || end_s > look->now_s || end_s < look->start_s)
        return;
    look->end_s = end_s;
    look->now_s = end_s > look->before_s ? end_s : look->before_s;
}

static struct look begin_look(const struct meeting *meeting)
{
    struct look look = {
        .now_s = meeting->observed_at / MS_PER_SECOND,
        .before_s = meeting->attendance.looked_at,
        .start_s = earliest(meeting->start_time, meeting->create_time),
        .end_s = UNKNOWN,
        .ended = meeting->status == MEETING_ENDED,
        .durations_run = meeting->attendance.durations_run,
    };

    /* A clock that was put back: time stands still until it has caught up. */
    if (look.now_s < look.before_s)
        look.now_s = look.before_s;
    if (look.start_s > look.now_s)
        look.start_s = UNKNOWN;
    if (look.ended)
        see_end(&look, meeting->end_time);
    return look;
}

void attendance_look(struct meeting *meeting)
{
    struct attendance *attendance = &meeting->attendance;
    struct look look = begin_look(meeting);

    if (!look.ended)
        see_abilities(&meeting->ability, &attendance->seen, look.now_s);
    if (!meeting->participants_known && !look.ended)
        return;
    if (!meeting->participants_known) {
        attendance_end(meeting);
        return;
    }
    take_list(meeting, &look);
    attendance->durations_run = look.durations_run;
    attendance->looked_at = look.now_s;
}

void attendance_end(struct meeting *meeting)
{
    struct attendance *attendance = &meeting->attendance;
    struct look look = begin_look(meeting);

    for (size_t i = 0; i < attendance->count; i++)
        attendee_look(&attendance->attendees[i], NULL, &look);
    /* Where nobody ever looked, nobody knows that there was nobody. */
    if (attendance->looked_at != UNKNOWN)
        attendance->looked_at = look.now_s;
}
