/* Looking at meetings, and what the looks tell. */
#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "engine/attendance.h"
#include "engine/changes.h"
#include "engine/poller.h"
#include "sync/absence.h"
#include "sync/entry.h"
#include "sync/history.h"

/* "No meeting" in the form of 121004 may also mean that the reservation is gone; a get settles it
 * (feishu-api.md 1.7), when a meeting has ended that way, and else no more often than this. */
#define SETTLE_EVERY_MS (6 * MS_PER_HOUR)

/* Looks that failed for so long may have missed a meeting. */
#define AWAY_MS (10 * MS_PER_MINUTE)

static struct cache *cache_of(const struct entry *entry)
{
    return entry->driver->options.cache;
}

static struct pace pace_of(const struct entry *entry)
{
    struct spending *spending = entry->driver->options.spending;
    struct pace pace = {
        .last_look_ms = entry->looked_at,
        .failures = entry->failures,
        .stretch = {1, 1},
        .renewed_ms = UNKNOWN,
        .random = arc4random(),
    };

    if (spending != NULL)
        spending_pace(spending, entry->record->app, &pace);
    return pace;
}

/* The budget knows how many are followed in each phase. */
static void follow(struct entry *entry, enum phase phase)
{
    if (entry->driver->options.spending != NULL)
        spending_move(entry->driver->options.spending, entry->record->app, entry->phase, phase);
    entry->phase = phase;
}

void entry_unfollow(struct entry *entry)
{
    follow(entry, PHASE_DONE);
}

void entry_schedule_look(struct entry *entry)
{
    const struct poll_settings *settings = entry->driver->options.poll;
    const struct meeting *active = cache_active_meeting(cache_of(entry), entry->record->key);
    int64_t now_ms = clock_wall_ms(entry->driver->clock);
    struct pace pace = pace_of(entry);
    int64_t next = poller_next_ms(entry->record, active, settings, &pace, now_ms);
    struct following following = cache_following(cache_of(entry), entry->record->key);

    following.phase = poller_phase(entry->record, active, settings, now_ms / MS_PER_SECOND);
    following.interval_ms = poller_interval_ms(following.phase, settings, &pace);
    following.next_poll_at = next;
    following.failures = entry->failures;
    follow(entry, following.phase);
    cache_set_following(cache_of(entry), entry->record->key, &following);
    history_schedule(entry);
    if (entry->looking || entry->driver->stopping)
        return;
    if (next == UNKNOWN)
        timer_stop(&entry->poll_timer);
    else
        timer_start_in(&entry->poll_timer, next - now_ms);
}

struct telling {
    struct entry *entry;
    const struct meeting *meeting;
};

static void tell_participant(void *data, enum event_kind kind, const struct attendee *attendee,
                             const struct participant *participant)
{
    struct telling *telling = data;

    entry_announce(telling->entry, &(struct event){
                                       .kind = kind,
                                       .meeting = telling->meeting,
                                       .participant = participant,
                                       .attendee = attendee,
                                   });
}

/* Stores and shows a meeting as it is now. */
static void put_meeting(struct entry *entry, struct meeting *take)
{
    store_put_meeting(entry->driver->options.store, take, NULL, NULL);
    cache_put_meeting(cache_of(entry), take);
}

/* Who came into the room or went since `before`. */
static void tell_participants(struct entry *entry, const struct meeting *before,
                              const struct meeting *meeting)
{
    struct telling telling = {.entry = entry, .meeting = meeting};

    changes_of_participants(before, meeting, tell_participant, &telling);
}

/* A meeting as it is now, and what has changed of it: since `take_before`, which is used up. */
static void show_change(struct entry *entry, struct meeting *take, struct meeting *take_before)
{
    CLEANUP(event_changes_fini) struct event_changes changes = {0};

    changes_of_meeting(take_before, take, &changes);
    put_meeting(entry, take);
    if (changes.count > 0)
        entry_announce(entry,
                       &(struct event){.kind = EVENT_MEETING_CHANGED, .meeting = take, .changes = &changes});
    if (take->status != MEETING_ENDED)
        tell_participants(entry, take_before, take);
    meeting_free(take_before);
    absence_watch_host(entry, take);
}

/* What a look tells may be lost, and is shown at once, so that the events of it tell of the reservation as it
 * is after them. But what else has changed of it is shown when it is on the disk. */
static void show_record(struct entry *entry)
{
    if (entry->saving == 0)
        entry_show(entry);
}

/* The same for the phase, which the next look is timed by later. */
static void show_phase(struct entry *entry)
{
    const struct meeting *active = cache_active_meeting(cache_of(entry), entry->record->key);
    struct following following = cache_following(cache_of(entry), entry->record->key);

    following.phase = poller_phase(entry->record, active, entry->driver->options.poll,
                                   clock_wall_seconds(entry->driver->clock));
    cache_set_following(cache_of(entry), entry->record->key, &following);
}

/* One that was deleted stays so, though its meeting may go on. */
static void set_reservation_state(struct entry *entry, enum reservation_state state)
{
    if (entry->record->state == state || entry->record->state == RESERVATION_DELETED)
        return;
    entry->record->state = state;
    show_record(entry);
    entry_save(entry, EVENT_RESERVATION_UPDATED);
}

/* Nobody is in a meeting that is over. */
static void mark_ended(struct meeting *meeting)
{
    meeting->status = MEETING_ENDED;
    meeting->in_meeting = meeting->participants_known ? 0 : UNKNOWN;
    for (size_t i = 0; i < meeting->participants_count; i++) {
        if (meeting->participants[i].status != UNKNOWN)
            meeting->participants[i].status = PARTICIPANT_LEFT;
    }
}

/* A meeting that was in progress is no more. `told` is what Feishu said of it at its end, or NULL where it
 * said only that there is none. */
static void meeting_is_over(struct entry *entry, const struct meeting *active, struct meeting *take_told)
{
    struct log_subject subject = entry_subject(entry, NULL);
    struct meeting *ended = take_told != NULL ? take_told : meeting_copy(active);

    subject.meeting_id = ended->id;
    mark_ended(ended);
    ended->observed_at = clock_wall_ms(entry->driver->clock);
    if (take_told == NULL)
        attendance_end(ended);
    log_info(&subject, "%s: meeting %s has ended", entry->record->key, ended->id);
    put_meeting(entry, ended);
    show_phase(entry);
    entry_announce(entry, &(struct event){.kind = EVENT_MEETING_ENDED, .meeting = ended});
    absence_watch_host(entry, ended);
    if (take_told == NULL)
        history_read_last(entry, ended->id);
    /* Those that are not the last one are the store's alone then. The one that has ended may be among them:
     * Feishu may tell of it long after. */
    cache_forget_ended(cache_of(entry), entry->record->key,
                       clock_wall_seconds(entry->driver->clock) - LATELY_S);
}

/* Goes on with the ledger of the look before. */
static void write_attendance(const struct entry *entry, struct meeting *meeting, const struct meeting *before)
{
    struct attendance *attendance = &meeting->attendance;
    size_t known = before != NULL ? before->attendance.count : 0;

    if (before != NULL)
        attendance_copy(attendance, &before->attendance);
    if (before == NULL || meeting->peak > before->peak)
        attendance->peak_at = meeting->status != MEETING_ENDED && meeting->peak != UNKNOWN
                                  ? meeting->observed_at / MS_PER_SECOND
                                  : UNKNOWN;
    attendance_look(meeting);
    if (attendance->count == ATTENDEES_MAX && known < ATTENDEES_MAX) {
        struct log_subject subject = entry_subject(entry, NULL);

        subject.meeting_id = meeting->id;
        log_warning(&subject,
                    "%s: more than %d people, rooms and phones have been in meeting %s: the attendance of "
                    "further ones is not recorded",
                    entry->record->key, ATTENDEES_MAX, meeting->id);
    }
}

/* Says whose meeting it is, and carries over what one look cannot tell. */
static void complete_meeting(struct entry *entry, struct meeting *meeting, const struct meeting *before)
{
    const struct reservation *record = entry->record;

    str_set(&meeting->app, record->app);
    str_set(&meeting->reservation, record->key);
    str_set(&meeting->reserve_id, record->reserve_id);
    str_set(&meeting->name, record->name);
    /* One that goes on while its reservation serves the next occurrence is the earlier one's. */
    str_set(&meeting->occurrence,
            before != NULL && before->occurrence != NULL ? before->occurrence : record->occurrence);
    meeting->observed_at = clock_wall_ms(entry->driver->clock);
    meeting->peak = before != NULL ? before->peak : UNKNOWN;
    if (meeting->participant_count > meeting->peak)
        meeting->peak = meeting->participant_count;
    meeting_count(meeting);
    write_attendance(entry, meeting, before);
}

/* Who was there is not forgotten because the last word on a meeting leaves it out. */
static void take_participants(struct meeting *meeting, const struct meeting *before)
{
    if (meeting->participants_known || !before->participants_known)
        return;
    meeting->participants_known = true;
    for (size_t i = 0; i < before->participants_count; i++)
        participant_copy(meeting_add_participant(meeting), &before->participants[i]);
}

/* Whether a meeting's end, or its beginning, has been told before. */
static bool is_known(const struct entry *entry, const char *id)
{
    return cache_meeting(cache_of(entry), id) != NULL || store_has_meeting(entry->driver->options.store, id);
}

static void see_no_meeting(struct entry *entry, struct meeting *take_told)
{
    const struct meeting *active = cache_active_meeting(cache_of(entry), entry->record->key);
    bool slot_over = entry->record->end_time != UNKNOWN &&
                     clock_wall_seconds(entry->driver->clock) >= entry->record->end_time;

    if (take_told != NULL && cache_meeting(cache_of(entry), take_told->id) != active) {
        /* The end of a meeting that was known to have ended, or was never seen in progress. */
        if (!is_known(entry, take_told->id)) {
            complete_meeting(entry, take_told, NULL);
            string_list_add(&entry->record->meetings, take_told->id);
            entry_save(entry, EVENT_RESERVATION_UPDATED);
            meeting_is_over(entry, NULL, take_told);
        } else {
            meeting_free(take_told);
        }
        take_told = NULL;
    }
    if (entry->record->state == RESERVATION_LIVE)
        set_reservation_state(entry, slot_over ? RESERVATION_ENDED : RESERVATION_RESERVED);
    if (active != NULL) {
        if (take_told != NULL) {
            complete_meeting(entry, take_told, active);
            take_participants(take_told, active);
        }
        meeting_is_over(entry, active, take_told);
    } else {
        meeting_free(take_told);
    }
}

void entry_take_history(struct entry *entry, struct meeting *take)
{
    const struct meeting *before = cache_meeting(cache_of(entry), take->id);

    if (take->status != MEETING_ENDED) {
        /* It goes on: the next look sees it, and that comes now. */
        bool seen = before != NULL && before->status != MEETING_ENDED;

        meeting_free(take);
        if (!seen)
            entry->looked_at = UNKNOWN;
        entry_schedule_look(entry);
    } else if (!is_known(entry, take->id)) {
        struct entry *row = entry_at(entry, take->start_time);

        complete_meeting(entry, take, NULL);
        str_set(&take->occurrence, row->record->occurrence);
        string_list_add(&row->record->meetings, take->id);
        if (row->record->passed)
            row->record->state = RESERVATION_ENDED;
        entry_save(row, EVENT_RESERVATION_UPDATED);
        meeting_is_over(entry, NULL, take);
        entry_decide(entry);
    } else if (before != NULL && before->status == MEETING_ENDED) {
        complete_meeting(entry, take, before);
        take_participants(take, before);
        mark_ended(take);
        show_change(entry, take, meeting_copy(before));
    } else {
        meeting_free(take); /* the next look tells its end, or it was told long ago */
    }
}

static void see_new_meeting(struct entry *entry, struct meeting *take)
{
    const struct meeting *active = cache_active_meeting(cache_of(entry), entry->record->key);
    struct log_subject subject = entry_subject(entry, NULL);

    if (active != NULL)
        meeting_is_over(entry, active, NULL);
    subject.meeting_id = take->id;
    log_info(&subject, "%s: meeting %s has started", entry->record->key, take->id);
    if (!string_list_has(&entry->record->meetings, take->id))
        string_list_add(&entry->record->meetings, take->id);
    if (entry->record->state != RESERVATION_DELETED)
        entry->record->state = RESERVATION_LIVE;
    show_record(entry);
    entry_save(entry, EVENT_RESERVATION_UPDATED);
    put_meeting(entry, take);
    show_phase(entry);
    entry_announce(entry, &(struct event){.kind = EVENT_MEETING_STARTED, .meeting = take});
    tell_participants(entry, NULL, take);
    absence_watch_host(entry, take);
}

static void see_meeting(struct entry *entry, struct meeting *take)
{
    const struct meeting *before = cache_meeting(cache_of(entry), take->id);
    bool in_progress = before != NULL && before->status != MEETING_ENDED;

    complete_meeting(entry, take, before);
    if (!in_progress) {
        see_new_meeting(entry, take);
        return;
    }
    set_reservation_state(entry, RESERVATION_LIVE);
    show_change(entry, take, meeting_copy(before));
}

/* Feishu refuses to tell: shown with the reservation until it tells again. */
static void see_refusal(struct entry *entry, const struct feishu_result *result)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, result);

    if (record->problem.message != NULL && record->problem.code == result->code)
        return;
    entry_set_problem(entry, result, result->message, 0);
    log_warning(&subject, "%s: %s", record->key, result->message);
    entry_save(entry, EVENT_RESERVATION_UPDATED);
}

static void clear_refusal(struct entry *entry)
{
    const struct reservation *record = entry->record;

    /* Why it failed, is gone, or could not be changed is no refusal of a look. */
    if (record->problem.message == NULL || record->attempts > 0 || entry->refused ||
        record->problem.code == 0 || record->state == RESERVATION_FAILED ||
        record->state == RESERVATION_DELETED)
        return;
    entry_clear_problem(entry);
    entry_save(entry, EVENT_RESERVATION_UPDATED);
}

/* A look is Feishu's word on the reservation too; but one that was adopted is not known before its first get.
 */
static void note_observed(struct entry *entry, int64_t now_ms)
{
    if (entry->record->observed_at == UNKNOWN)
        return;
    entry->record->observed_at = now_ms;
    cache_reservation_observed(cache_of(entry), entry->record->key, now_ms);
}

void entry_observe(struct entry *entry, const struct feishu_result *result, struct meeting *take_meeting)
{
    struct following following = cache_following(cache_of(entry), entry->record->key);
    int64_t now_ms = clock_wall_ms(entry->driver->clock);
    bool was_live = cache_active_meeting(cache_of(entry), entry->record->key) != NULL;
    bool settle = false;

    entry->looked_at = now_ms;
    if (result->outcome == FEISHU_OK) {
        bool was_away = entry->failures > 0 && following.last_poll_at != UNKNOWN &&
                        now_ms - following.last_poll_at > AWAY_MS;

        if (was_away)
            history_was_away(entry);
        entry->failures = 0;
        following.last_poll_at = now_ms;
        cache_set_following(cache_of(entry), entry->record->key, &following);
        note_observed(entry, now_ms);
        clear_refusal(entry);
        settle = result->code != 0 && entry->record->state != RESERVATION_DELETED &&
                 (was_live || entry->settled_at == UNKNOWN || now_ms - entry->settled_at >= SETTLE_EVERY_MS);
        if (take_meeting != NULL && take_meeting->status != MEETING_ENDED)
            see_meeting(entry, take_meeting);
        else
            see_no_meeting(entry, take_meeting);
        absence_watch_slot(entry);
    } else {
        meeting_free(take_meeting);
        if (result->outcome != FEISHU_CANCELLED)
            entry->failures++;
        if (result->outcome == FEISHU_PERMANENT || result->outcome == FEISHU_PERMISSION)
            see_refusal(entry, result);
    }
    entry_schedule_look(entry);
    if (settle && !entry->busy && !entry->driver->stopping)
        entry_fetch(entry);
    else
        entry_decide(entry);
}

static void on_looked(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                      struct meeting *take_meeting)
{
    struct entry *entry = data;

    (void)reserve;
    entry->looking = false;
    if (entry_release(entry)) {
        meeting_free(take_meeting);
        return;
    }
    entry_observe(entry, result, take_meeting);
}

/* While a call waits for its turn, hours perhaps, what it is about may have come to its end. */
static bool on_turn(void *data, struct call *call)
{
    struct entry *entry = data;
    const struct meeting *active = cache_active_meeting(cache_of(entry), entry->record->key);

    if (entry->forgotten || poller_phase(entry->record, active, entry->driver->options.poll,
                                         clock_wall_seconds(entry->driver->clock)) == PHASE_DONE) {
        entry->looking = false;
        if (!entry_release(entry))
            entry_schedule_look(entry);
        return false;
    }
    calls_go(call, UNKNOWN);
    return true;
}

void entry_look_now(struct entry *entry, enum call_class class)
{
    struct call_request request = {
        .app = entry->record->app,
        .api = FEISHU_GET_ACTIVE_MEETING,
        .class = class,
        .reserve_id = entry->record->reserve_id,
        .about = entry->record,
        .with_participants = entry->driver->options.poll->participants,
        .turn = on_turn,
    };

    if (entry->looking)
        return;
    entry->looking = true; /* its turn may come at once */
    if (calls_submit(entry->driver->options.calls, &request, on_looked, entry) == NULL)
        entry->looking = false;
}

void entry_look(struct timer *timer)
{
    struct entry *entry = timer->data;
    struct following following = cache_following(cache_of(entry), entry->record->key);
    const struct meeting *active = cache_active_meeting(cache_of(entry), entry->record->key);
    enum phase phase = poller_phase(entry->record, active, entry->driver->options.poll,
                                    clock_wall_seconds(entry->driver->clock));
    struct pace pace = pace_of(entry);

    if (phase == PHASE_DONE) {
        entry_schedule_look(entry);
        return;
    }
    following.phase = phase;
    following.interval_ms = poller_interval_ms(phase, entry->driver->options.poll, &pace);
    follow(entry, phase);
    cache_set_following(cache_of(entry), entry->record->key, &following);
    entry_look_now(entry, poll_class_of(phase) == POLL_CLASS_NOW ? CALL_CLASS_NOW : CALL_CLASS_REST);
}
