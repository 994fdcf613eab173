#include "engine/absence.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/str.h"
#include "engine/poller.h"

static bool is_host(const struct meeting *meeting, const struct participant *participant)
{
    if (participant->status != PARTICIPANT_IN_MEETING)
        return false;
    return participant->is_host == FLAG_YES ||
           (meeting->host_user_id != NULL && str_equal(participant->id, meeting->host_user_id) &&
            participant->user_type == meeting->host_user_type);
}

static bool somebody_is_in(const struct meeting *meeting)
{
    for (size_t i = 0; i < meeting->participants_count; i++) {
        if (meeting->participants[i].status == PARTICIPANT_IN_MEETING)
            return true;
    }
    return false;
}

/* FLAG_UNSET: Feishu tells neither who hosts it nor of anybody whether they do. */
static enum flag has_host(const struct meeting *meeting)
{
    bool told = meeting->host_user_id != NULL;

    for (size_t i = 0; i < meeting->participants_count; i++) {
        if (is_host(meeting, &meeting->participants[i]))
            return FLAG_YES;
        told = told || meeting->participants[i].is_host != FLAG_UNSET;
    }
    return told ? FLAG_NO : FLAG_UNSET;
}

bool host_watch_look(struct host_watch *watch, const struct meeting *meeting, int64_t now_ms)
{
    bool same = str_equal(watch->meeting_id, meeting->id);
    enum flag host = has_host(meeting);

    /* The end of an earlier meeting, which is told late, says nothing of this one. */
    if (meeting->status != MEETING_IN_PROGRESS) {
        if (same)
            str_set(&watch->meeting_id, NULL);
        return false;
    }
    if (!meeting->participants_known || (host == FLAG_UNSET && somebody_is_in(meeting)))
        return false;
    if (!same || now_ms - watch->looked_ms >= ABSENCE_HOST_MS || now_ms < watch->looked_ms) {
        str_set(&watch->meeting_id, meeting->id);
        watch->missing_ms = UNKNOWN;
        watch->told = watch->told && same;
    }
    watch->looked_ms = now_ms;
    /* In an empty room nobody misses one. */
    if (host == FLAG_YES || !somebody_is_in(meeting)) {
        watch->missing_ms = UNKNOWN;
        watch->told = false;
        return false;
    }
    if (watch->missing_ms == UNKNOWN)
        watch->missing_ms = now_ms;
    if (watch->told || now_ms - watch->missing_ms < ABSENCE_HOST_MS)
        return false;
    watch->told = true;
    return true;
}

void host_watch_fini(struct host_watch *watch)
{
    free(watch->meeting_id);
    watch->meeting_id = NULL;
}

void slot_watch_init(struct slot_watch *watch)
{
    *watch =
        (struct slot_watch){.since_ms = UNKNOWN, .looked_ms = UNKNOWN, .watched = UNKNOWN, .told = UNKNOWN};
}

void slot_watch_look(struct slot_watch *watch, const struct reservation *reservation, int64_t now_ms)
{
    if (watch->looked_ms == UNKNOWN || now_ms < watch->looked_ms ||
        now_ms - watch->looked_ms > ABSENCE_GAP_MS)
        watch->since_ms = now_ms;
    watch->looked_ms = now_ms;
    slot_watch_close(watch, reservation, now_ms);
}

void slot_watch_close(struct slot_watch *watch, const struct reservation *reservation, int64_t now_ms)
{
    int64_t end_ms = reservation->end_time * MS_PER_SECOND;

    if (reservation->end_time != UNKNOWN && now_ms >= end_ms && watch->since_ms != UNKNOWN &&
        watch->since_ms <= reservation->start_time * MS_PER_SECOND &&
        watch->looked_ms >= end_ms - ABSENCE_GAP_MS)
        watch->watched = reservation->end_time;
}

bool absence_is_unattended(const struct reservation *reservation)
{
    return reservation->end_time != UNKNOWN && reservation->reserve_id != NULL &&
           reservation->meetings.count == 0 &&
           (reservation->state == RESERVATION_RESERVED || reservation->state == RESERVATION_EXPIRED);
}

bool absence_by_looks(struct slot_watch *watch, const struct reservation *reservation)
{
    if (!absence_is_unattended(reservation) || watch->watched != reservation->end_time ||
        watch->told == reservation->end_time)
        return false;
    watch->told = reservation->end_time;
    return true;
}

int64_t absence_over_at(const struct reservation *reservation)
{
    int64_t over = reservation->end_time + POLLER_COOLING_MAX_S;

    return reservation->expire_time != UNKNOWN && reservation->expire_time < over ? reservation->expire_time
                                                                                  : over;
}

bool absence_by_history(struct slot_watch *watch, const struct reservation *reservation,
                        const struct absence_known *known)
{
    int64_t over_at = absence_over_at(reservation);

    if (!absence_is_unattended(reservation) || reservation->start_time < known->from ||
        over_at <= known->told || over_at > known->until || watch->told == reservation->end_time)
        return false;
    watch->told = reservation->end_time;
    return true;
}
