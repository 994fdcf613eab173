#include "engine/poller.h"

#include "base/base.h"
#include "model/backoff.h"

#define FAILING_INTERVAL_MAX_MS (5 * MS_PER_MINUTE)
#define STALE_GRACE_MS          (30 * MS_PER_SECOND)

/* Of an interval, to either side. */
#define JITTER 0.05

/* Feishu asks to leave the full and the half hour alone: so long before and after. */
#define PEAK_EVERY_MS  (30 * MS_PER_MINUTE)
#define PEAK_AROUND_MS (15 * MS_PER_SECOND)

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
        return reservation->meetings.count > 0 && now_s < reservation->end_time + POLLER_COOLING_MAX_S
                   ? PHASE_COOLING
                   : PHASE_IDLE;
    if (has_timetable(reservation) && now_s >= reservation->start_time - settings->early_ms / MS_PER_SECOND)
        return PHASE_STARTING;
    return PHASE_IDLE;
}

int64_t poller_interval_ms(enum phase phase, const struct poll_settings *settings, const struct pace *pace)
{
    return (int64_t)((double)poll_interval_ms(phase, settings) * pace->stretch[poll_class_of(phase)]);
}

/* A part of `ms` between 0 and all of it. */
static int64_t part_of(int64_t ms, uint32_t random)
{
    return (int64_t)((double)ms * ((double)random / UINT32_MAX));
}

/* When the looks before the slot's start begin: later, the longer intervals are. */
static int64_t early_ms(const struct reservation *reservation, const struct poll_settings *settings,
                        const struct pace *pace)
{
    return reservation->start_time * MS_PER_SECOND -
           (int64_t)((double)settings->early_ms / pace->stretch[POLL_CLASS_NOW]);
}

/* The first look at a slot, for a time before looks at it begin; UNKNOWN: it has none, as where intervals are
 * longer than slots not every one has. */
static int64_t first_look_ms(const struct reservation *reservation, const struct poll_settings *settings,
                             const struct pace *pace, int64_t begin_ms)
{
    int64_t first_ms = begin_ms + part_of(poller_interval_ms(PHASE_STARTING, settings, pace), pace->random);

    return first_ms < reservation->end_time * MS_PER_SECOND ? first_ms : UNKNOWN;
}

/* Moves a look for which nothing is urgent behind the full or half hour, and spreads it there. */
static int64_t keep_off_peak(int64_t next_ms, uint32_t random)
{
    int64_t after_ms = (next_ms + PEAK_AROUND_MS) % PEAK_EVERY_MS;

    if (after_ms >= 2 * PEAK_AROUND_MS)
        return next_ms;
    return next_ms - after_ms + 2 * PEAK_AROUND_MS + part_of(4 * PEAK_AROUND_MS, random);
}

static int64_t regular_look_ms(enum phase phase, const struct poll_settings *settings,
                               const struct pace *pace, int64_t now_ms)
{
    int64_t interval = poller_interval_ms(phase, settings, pace), next;

    if (interval <= 0)
        return UNKNOWN;
    if (pace->last_look_ms == UNKNOWN)
        return now_ms;
    if (pace->failures > 0 && interval < FAILING_INTERVAL_MAX_MS)
        interval = backoff_ms(pace->failures, interval, FAILING_INTERVAL_MAX_MS, pace->random);
    else
        interval += part_of((int64_t)(2 * JITTER * (double)interval), pace->random) -
                    (int64_t)(JITTER * (double)interval);
    next = pace->last_look_ms + interval;
    if (next < now_ms)
        return now_ms;
    return poll_class_of(phase) == POLL_CLASS_REST && interval > PEAK_EVERY_MS / 10
               ? keep_off_peak(next, pace->random)
               : next;
}

/* The look after a slot that has none; UNKNOWN: nothing is looked at when idle. */
static int64_t after_slot_ms(const struct reservation *reservation, const struct poll_settings *settings,
                             const struct pace *pace)
{
    int64_t interval = poller_interval_ms(PHASE_IDLE, settings, pace);

    return interval > 0 ? reservation->end_time * MS_PER_SECOND + part_of(interval, pace->random) : UNKNOWN;
}

/* What the old month stretched does not reach far into the new one. */
static int64_t not_beyond_renewal(int64_t next_ms, enum phase phase, const struct poll_settings *settings,
                                  const struct pace *pace, int64_t now_ms)
{
    int64_t most_ms = pace->renewed_ms + part_of(poll_interval_ms(phase, settings), pace->random);

    if (next_ms == UNKNOWN || pace->renewed_ms == UNKNOWN || pace->renewed_ms <= now_ms || next_ms <= most_ms)
        return next_ms;
    return most_ms;
}

int64_t poller_next_ms(const struct reservation *reservation, const struct meeting *active,
                       const struct poll_settings *settings, const struct pace *pace, int64_t now_ms)
{
    enum phase phase = poller_phase(reservation, active, settings, now_ms / MS_PER_SECOND);
    int64_t next, first, begin_ms;

    if (phase == PHASE_DONE)
        return UNKNOWN;
    next = not_beyond_renewal(regular_look_ms(phase, settings, pace, now_ms), phase, settings, pace, now_ms);
    if (active != NULL || !has_timetable(reservation) || (pace->last_look_ms == UNKNOWN && next != UNKNOWN))
        return next;
    begin_ms = early_ms(reservation, settings, pace);
    if (begin_ms <= now_ms)
        return next;
    first = first_look_ms(reservation, settings, pace, begin_ms);
    /* Before looks may begin there are none in the starting phase. */
    if (phase == PHASE_STARTING)
        return first != UNKNOWN ? first : after_slot_ms(reservation, settings, pace);
    return next == UNKNOWN || (first != UNKNOWN && first < next) ? first : next;
}

static int64_t old_from(int64_t observed_at, const struct following *following)
{
    return observed_at == UNKNOWN ? INT64_MIN : observed_at + 2 * following->interval_ms + STALE_GRACE_MS + 1;
}

int64_t poller_stale_from(const struct meeting *meeting, const struct following *following)
{
    return meeting->status == MEETING_ENDED ? INT64_MAX : old_from(meeting->observed_at, following);
}

int64_t poller_reservation_stale_from(const struct reservation *reservation,
                                      const struct following *following)
{
    return following->phase == PHASE_DONE || following->interval_ms <= 0
               ? INT64_MAX
               : old_from(reservation->observed_at, following);
}

bool poller_stale(const struct meeting *meeting, const struct following *following, int64_t now_ms)
{
    return now_ms >= poller_stale_from(meeting, following);
}

bool poller_reservation_stale(const struct reservation *reservation, const struct following *following,
                              int64_t now_ms)
{
    return now_ms >= poller_reservation_stale_from(reservation, following);
}
