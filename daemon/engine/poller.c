#include "engine/poller.h"

#include "base/base.h"
#include "model/backoff.h"

#define FAILING_INTERVAL_MAX_MS (5 * MS_PER_MINUTE)
#define STALE_GRACE_MS          (30 * MS_PER_SECOND)

static bool can_be_looked_at(const struct reservation *reservation, int64_t now_s)
{
    if (reservation->reserve_id == NULL || reservation->passed)
        return false;
    switch (reservation->state) {
    case RESERVATION_RESERVED:
    case RESERVATION_LIVE:
    case RESERVATION_ENDED:
        return reservation->expire_time == UNKNOWN || now_s < reservation->expire_time;
    default:
        return false;
    }
}

static bool has_timetable(const struct reservation *reservation)
{
    return reservation->start_time != UNKNOWN && reservation->end_time != UNKNOWN;
}

enum phase poller_phase(const struct reservation *reservation, const struct meeting *active,
                        const struct poll_settings *settings, int64_t now_s)
{
    bool slot_over = has_timetable(reservation) && now_s >= reservation->end_time;

    if (active != NULL)
        return slot_over ? PHASE_OVERDUE : PHASE_LIVE;
    if (!can_be_looked_at(reservation, now_s))
        return PHASE_DONE;
    if (slot_over)
        return reservation->meetings.count > 0 ? PHASE_COOLING : PHASE_IDLE;
    if (has_timetable(reservation) && now_s >= reservation->start_time - settings->early_ms / MS_PER_SECOND)
        return PHASE_STARTING;
    return PHASE_IDLE;
}

int64_t poller_interval_ms(enum phase phase, const struct poll_settings *settings)
{
    switch (phase) {
    case PHASE_IDLE:
        return settings->idle_ms;
    case PHASE_STARTING:
        return settings->starting_ms;
    case PHASE_LIVE:
        return settings->live_ms;
    case PHASE_OVERDUE:
        return settings->overdue_ms;
    case PHASE_COOLING:
        return settings->cooling_ms;
    default:
        return 0;
    }
}

/* The first instant after `now_s` at which the clock alone changes the phase; UNKNOWN where none does. */
static int64_t next_boundary(const struct reservation *reservation, const struct poll_settings *settings,
                             int64_t now_s)
{
    int64_t boundaries[] = {
        reservation->start_time == UNKNOWN ? UNKNOWN
                                           : reservation->start_time - settings->early_ms / MS_PER_SECOND,
        reservation->end_time,
    };

    for (size_t i = 0; i < ELEMENTS(boundaries); i++) {
        if (boundaries[i] != UNKNOWN && boundaries[i] > now_s)
            return boundaries[i];
    }
    return UNKNOWN;
}

int64_t poller_next_ms(const struct reservation *reservation, const struct meeting *active,
                       const struct poll_settings *settings, int64_t last_look_ms, int failures,
                       uint32_t random, int64_t now_ms)
{
    int64_t now_s = now_ms / MS_PER_SECOND;
    enum phase phase = poller_phase(reservation, active, settings, now_s);
    int64_t interval = poller_interval_ms(phase, settings);
    int64_t boundary = next_boundary(reservation, settings, now_s);
    int64_t next = UNKNOWN;

    if (phase == PHASE_DONE)
        return UNKNOWN;
    if (interval > 0) {
        if (failures > 0 && interval < FAILING_INTERVAL_MAX_MS)
            interval = backoff_ms(failures, interval, FAILING_INTERVAL_MAX_MS, random);
        next = last_look_ms == UNKNOWN ? now_ms : last_look_ms + interval;
        if (next < now_ms)
            next = now_ms;
    }
    if (boundary != UNKNOWN && (next == UNKNOWN || boundary * MS_PER_SECOND < next))
        next = boundary * MS_PER_SECOND;
    return next;
}

bool poller_stale(const struct meeting *meeting, const struct following *following, int64_t now_ms)
{
    if (meeting->status == MEETING_ENDED)
        return false;
    return meeting->observed_at == UNKNOWN ||
           now_ms - meeting->observed_at > 2 * following->interval_ms + STALE_GRACE_MS;
}
