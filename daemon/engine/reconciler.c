#include "engine/reconciler.h"

#include <errno.h>

#include "base/base.h"
#include "model/backoff.h"
#include "model/occurrence.h"

/* An uncertain apply is not repeated before this, and gives Feishu's own stores time to settle. */
#define REPEAT_AFTER_MS (MS_PER_SECOND + 500)

#define RETRY_FIRST_MS (5 * MS_PER_SECOND)
#define RETRY_MOST_MS  (5 * MS_PER_MINUTE)

int plan_slot(const struct plan *plan, int64_t *ret_start, int64_t *ret_end)
{
    int64_t start;
    int result;

    *ret_start = UNKNOWN;
    *ret_end = UNKNOWN;
    if (!plan->has_start)
        return 0;
    result = local_time_to_unix(&plan->start, plan->timezone, &start);
    if (result < 0)
        return result;
    *ret_start = start;
    *ret_end = start + plan->duration_s;
    return 0;
}

/* What Feishu may still hold for us: neither over nor given up. */
static bool in_force(const struct reservation *reservation, int64_t now_s)
{
    switch (reservation->state) {
    case RESERVATION_EXPIRED:
    case RESERVATION_FAILED:
    case RESERVATION_DELETED:
        return false;
    case RESERVATION_PLANNED:
        return reservation->end_time == UNKNOWN || now_s < reservation->end_time;
    default:
        return reservation->expire_time == UNKNOWN || now_s < reservation->expire_time;
    }
}

bool reconciler_matches(const struct plan *plan, const struct reservation *reservation, int64_t now_s)
{
    int64_t start, end;

    if (!str_equal(plan->name, reservation->name) || !str_equal(plan->app, reservation->app))
        return false;
    if (plan->reserve_id != NULL || reservation->adopted)
        return reservation->adopted && str_equal(plan->reserve_id, reservation->reserve_id);
    if (plan_slot(plan, &start, &end) == 0 && start == reservation->start_time)
        return true;
    return in_force(reservation, now_s);
}

struct reservation *reconciler_plan(const struct plan *plan)
{
    struct reservation *reservation;
    int64_t start, end;
    char *occurrence;

    if (plan_slot(plan, &start, &end) < 0)
        return NULL;
    occurrence = start != UNKNOWN ? occurrence_name(plan->name, start) : NULL;
    reservation = reservation_new(occurrence != NULL ? occurrence : plan->name);
    reservation->occurrence = occurrence;
    reservation->name = xstrdup(plan->name);
    reservation->app = xstrdup(plan->app);
    reservation->owner_id = xstrdup(plan->owner_id);
    reservation->start_time = start;
    reservation->end_time = end;
    meeting_settings_copy(&reservation->meeting_settings, &plan->meeting_settings);
    if (plan->reserve_id != NULL) {
        reservation->adopted = true;
        reservation->reserve_id = xstrdup(plan->reserve_id);
        reservation->state = RESERVATION_RESERVED;
    }
    return reservation;
}

bool reconciler_differs(const struct plan *plan, const struct reservation *reservation)
{
    int64_t start, end;

    if (reservation->adopted || plan_slot(plan, &start, &end) < 0)
        return false;
    return start != reservation->start_time || end != reservation->end_time ||
           !meeting_settings_equal(&plan->meeting_settings, &reservation->meeting_settings);
}

int64_t reconciler_expiry(const struct plan *plan, const struct reservation *reservation, int64_t now_s)
{
    int64_t wanted = reservation->end_time + plan->expire_after_ms / MS_PER_SECOND;
    int64_t most = now_s + EXPIRY_MAX_S - EXPIRY_MARGIN_S;

    return wanted < most ? wanted : most;
}

/* The first instant (Unix ms) at which a planned reservation is made: create_ahead before its start, and not
 * before its whole slot with the time after it fits into what Feishu takes. */
static int64_t create_at(const struct plan *plan, const struct reservation *reservation)
{
    int64_t wished = reservation->start_time * MS_PER_SECOND - plan->create_ahead_ms;
    int64_t possible = reservation->end_time * MS_PER_SECOND + plan->expire_after_ms -
                       (EXPIRY_MAX_S - EXPIRY_MARGIN_S) * MS_PER_SECOND;

    return wished > possible ? wished : possible;
}

static void decide_planned(const struct plan *plan, const struct reservation *reservation, int64_t now_ms,
                           struct decision *ret)
{
    int64_t due;

    if (plan == NULL || reservation->end_time == UNKNOWN || now_ms >= reservation->end_time * MS_PER_SECOND)
        return;
    due = create_at(plan, reservation);
    if (reservation->problem.retry_at * MS_PER_SECOND > due)
        due = reservation->problem.retry_at * MS_PER_SECOND;
    if (now_ms >= due)
        ret->step = STEP_RESERVE;
    else
        ret->again_at_ms = due;
}

static void decide_uncertain(const struct plan *plan, const struct reservation *reservation,
                             const struct reconciler_view *view, struct decision *ret)
{
    int64_t since = reservation->attempted_at, due;

    if (view->on_uncertain == ON_UNCERTAIN_HOLD || reservation->repeated || plan == NULL ||
        view->now_ms >= reservation->end_time * MS_PER_SECOND)
        return;
    if (reservation->problem.at * MS_PER_SECOND > since)
        since = reservation->problem.at * MS_PER_SECOND;
    due = since + REPEAT_AFTER_MS;
    if (reservation->problem.retry_at * MS_PER_SECOND > due)
        due = reservation->problem.retry_at * MS_PER_SECOND;
    if (view->now_ms < due) {
        ret->again_at_ms = due;
    } else if (view->good_answer_ms == UNKNOWN || view->good_answer_ms < since) {
        ret->step = STEP_PROBE;
    } else {
        ret->step = STEP_RESERVE;
    }
}

static void decide_existing(const struct reservation *reservation, const struct reconciler_view *view,
                            struct decision *ret)
{
    int64_t now_s = view->now_ms / MS_PER_SECOND;

    if (view->meeting_in_progress)
        return;
    if (reservation->expire_time != UNKNOWN && now_s >= reservation->expire_time) {
        ret->step = STEP_EXPIRE;
        return;
    }
    if (reservation->adopted && reservation->observed_at == UNKNOWN &&
        view->now_ms >= reservation->problem.retry_at * MS_PER_SECOND) {
        ret->step = STEP_FETCH;
        return;
    }
    if (reservation->state != RESERVATION_ENDED && reservation->end_time != UNKNOWN &&
        now_s >= reservation->end_time && reservation->meetings.count > 0) {
        ret->step = STEP_END;
        return;
    }
    if (reservation->state == RESERVATION_ENDED && reservation->end_time != UNKNOWN &&
        now_s < reservation->end_time) {
        ret->step = STEP_REOPEN;
        return;
    }
    if (reservation->adopted && reservation->observed_at == UNKNOWN)
        ret->again_at_ms = reservation->problem.retry_at * MS_PER_SECOND;
    else if (reservation->end_time != UNKNOWN && now_s < reservation->end_time)
        ret->again_at_ms = reservation->end_time * MS_PER_SECOND;
    else if (reservation->expire_time != UNKNOWN)
        ret->again_at_ms = reservation->expire_time * MS_PER_SECOND;
}

void reconciler_decide(const struct plan *plan, const struct reservation *reservation,
                       const struct reconciler_view *view, struct decision *ret)
{
    *ret = (struct decision){.step = STEP_WAIT, .again_at_ms = UNKNOWN};
    switch (reservation->state) {
    case RESERVATION_PLANNED:
        decide_planned(plan, reservation, view->now_ms, ret);
        break;
    case RESERVATION_UNCERTAIN:
        decide_uncertain(plan, reservation, view, ret);
        break;
    case RESERVATION_RESERVED:
    case RESERVATION_LIVE:
    case RESERVATION_ENDED:
        decide_existing(reservation, view, ret);
        break;
    case RESERVATION_EXPIRED:
        if (reservation->reserve_id != NULL && reservation->expire_time != UNKNOWN &&
            view->now_ms / MS_PER_SECOND < reservation->expire_time)
            ret->step = STEP_REOPEN;
        break;
    default:
        break;
    }
}

int64_t reconciler_retry_ms(const struct reservation *reservation, int64_t retry_after_ms, uint32_t random,
                            int64_t now_ms)
{
    if (retry_after_ms != UNKNOWN)
        return now_ms + retry_after_ms;
    return now_ms + backoff_ms(reservation->attempts, RETRY_FIRST_MS, RETRY_MOST_MS, random);
}
