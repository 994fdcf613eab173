#include "engine/reconciler.h"

#include "base/base.h"
#include "engine/expiry.h"
#include "engine/matching.h"
#include "model/backoff.h"
#include "model/setting.h"

/* An uncertain apply is not repeated before this, and gives Feishu's own stores time to settle. */
#define REPEAT_AFTER_MS (MS_PER_SECOND + 500)

#define RETRY_FIRST_MS (5 * MS_PER_SECOND)
#define RETRY_MOST_MS  (5 * MS_PER_MINUTE)

/* A look for a meeting is good for so long when a reservation is to be deleted; one that was not answered is
 * repeated after so long. */
#define LOOK_FRESH_MS (10 * MS_PER_SECOND)
#define LOOK_AGAIN_MS MS_PER_MINUTE

bool reconciler_place(struct reservation *reservation, const struct plan *plan,
                      const struct occurrence *occurrence)
{
    int64_t start = occurrence != NULL ? occurrence->start_time : UNKNOWN;
    int64_t end = occurrence != NULL ? occurrence->end_time : UNKNOWN;
    bool moved = start != reservation->start_time || end != reservation->end_time;
    CLEANUP_FREE char *name = occurrence != NULL ? occurrence_name(plan->name, start) : NULL;

    str_set(&reservation->name, plan->name);
    str_set(&reservation->occurrence, name);
    str_set(&reservation->date, occurrence != NULL ? occurrence->date : NULL);
    reservation->start_time = start;
    reservation->end_time = end;
    reservation->kept = plan->on_remove == ON_REMOVE_KEEP;
    reservation->standing = plan->reserve_id == NULL && plan->link == PLAN_LINK_STANDING;
    return moved;
}

struct reservation *reconciler_plan(const struct plan *plan, const struct occurrence *occurrence)
{
    bool single = matching_is_single(plan) || occurrence == NULL;
    CLEANUP_FREE char *key =
        single ? xstrdup(plan->name) : occurrence_name(plan->name, occurrence->start_time);
    struct reservation *reservation = reservation_new(key);

    reconciler_place(reservation, plan, occurrence);
    reservation->app = xstrdup(plan->app);
    reservation->owner_id = xstrdup(plan->owner_id);
    meeting_settings_copy(&reservation->meeting_settings, &plan->meeting_settings);
    if (plan->reserve_id != NULL) {
        reservation->adopted = true;
        reservation->reserve_id = xstrdup(plan->reserve_id);
        reservation->state = RESERVATION_RESERVED;
    }
    return reservation;
}

/* Asks again at `at_s` (Unix seconds, UNKNOWN: no), if that is the soonest. */
static void ask_at(struct decision *decision, int64_t at_s)
{
    if (at_s != UNKNOWN && (decision->again_at_ms == UNKNOWN || at_s * MS_PER_SECOND < decision->again_at_ms))
        decision->again_at_ms = at_s * MS_PER_SECOND;
}

/* ---- not made yet */

static void decide_planned(const struct plan *plan, const struct reservation *reservation, int64_t now_ms,
                           struct decision *ret)
{
    int64_t due;

    if (reservation->end_time == UNKNOWN)
        return;
    if (now_ms >= reservation->end_time * MS_PER_SECOND) {
        ret->step = STEP_MISS;
        return;
    }
    ask_at(ret, reservation->end_time);
    if (plan == NULL)
        return;
    due = expiry_create_at(plan, reservation);
    if (reservation->problem.retry_at > due)
        due = reservation->problem.retry_at;
    if (now_ms >= due * MS_PER_SECOND)
        ret->step = STEP_RESERVE;
    else
        ask_at(ret, due);
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

/* ---- made */

static bool is_single(const struct reservation *reservation)
{
    return reservation->standing || reservation->adopted;
}

/* When a single one leaves the slot that it stands at for the next: not while people may still come back to
 * its meeting, but in time for the next. Unix seconds; UNKNOWN: there is no next. */
static int64_t advance_at(const struct plan *plan, const struct reservation *reservation,
                          const struct reconciler_view *view)
{
    int64_t at;

    if (plan == NULL || !is_single(reservation) || reservation->end_time == UNKNOWN ||
        view->next_start == UNKNOWN)
        return UNKNOWN;
    if (view->meeting_in_progress)
        return view->next_start;
    at = reservation->end_time + plan->expire_after_ms / MS_PER_SECOND;
    if (at > view->next_start - view->early_s)
        at = view->next_start - view->early_s;
    return at > reservation->end_time ? at : reservation->end_time;
}

/* The steps that the clock alone asks for. */
static bool decide_by_clock(const struct plan *plan, const struct reservation *reservation,
                            const struct reconciler_view *view, struct decision *ret)
{
    int64_t now_s = view->now_ms / MS_PER_SECOND, advance = advance_at(plan, reservation, view);
    bool slot_over = reservation->end_time != UNKNOWN && now_s >= reservation->end_time;

    if (advance != UNKNOWN && now_s >= advance) {
        ret->step = STEP_ADVANCE;
        return true;
    }
    ask_at(ret, advance);
    if (view->meeting_in_progress)
        return false;
    if (reservation->expire_time != UNKNOWN && now_s >= reservation->expire_time) {
        ret->step = STEP_EXPIRE;
        return true;
    }
    ask_at(ret, reservation->expire_time);
    if (reservation->state != RESERVATION_ENDED && slot_over && reservation->meetings.count > 0) {
        ret->step = STEP_END;
        return true;
    }
    if (reservation->state == RESERVATION_ENDED && reservation->end_time != UNKNOWN && !slot_over) {
        ret->step = STEP_REOPEN;
        return true;
    }
    if (!slot_over)
        ask_at(ret, reservation->end_time);
    return false;
}

static void decide_unwanted(const struct reconciler_view *view, struct decision *ret)
{
    if (view->meeting_in_progress || view->refused || view->successor == SUCCESSOR_AWAITED)
        return;
    if (view->looked_at_ms != UNKNOWN && view->now_ms - view->looked_at_ms <= LOOK_FRESH_MS)
        ret->step = STEP_DELETE;
    else if (view->tried_at_ms == UNKNOWN || view->now_ms - view->tried_at_ms >= LOOK_AGAIN_MS)
        ret->step = STEP_LOOK;
    else
        ask_at(ret, (view->tried_at_ms + LOOK_AGAIN_MS) / MS_PER_SECOND + 1);
}

static void take_expiry(const struct expiry_change *change, enum action_kind kind, struct decision *ret)
{
    ask_at(ret, change->again_at);
    if (change->end_time == UNKNOWN || ret->end_time != UNKNOWN)
        return;
    ret->step = STEP_UPDATE;
    ret->end_time = change->end_time;
    ret->applied_expiry = change->applied;
    ret->kind = kind;
}

static void decide_update(const struct plan *plan, const struct reservation *reservation,
                          const struct reconciler_view *view, struct decision *ret)
{
    int64_t now_s = view->now_ms / MS_PER_SECOND;
    bool slot_over = reservation->end_time != UNKNOWN && now_s >= reservation->end_time;

    if (reservation->adopted)
        return;
    if (plan != NULL && !view->refused && (!slot_over || reservation->standing)) {
        struct expiry_change change = expiry_for_plan(plan, reservation, view->meeting_in_progress, now_s);

        take_expiry(&change, change.renews ? ACTION_RENEW : ACTION_UPDATE, ret);
        ret->settings =
            settings_differing(reservation->applied, &plan->meeting_settings) & SETTINGS_CHANGEABLE;
        if (ret->settings != 0) {
            ret->step = STEP_UPDATE;
            ret->kind = ACTION_UPDATE;
        }
    }
    if (view->meeting_in_progress) {
        struct expiry_change change = expiry_for_meeting(reservation, now_s);

        take_expiry(&change, ACTION_EXTEND, ret);
    }
}

static void decide_existing(const struct plan *plan, const struct reservation *reservation,
                            const struct reconciler_view *view, struct decision *ret)
{
    if (reservation->passed || decide_by_clock(plan, reservation, view, ret))
        return;
    if (reservation->problem.retry_at * MS_PER_SECOND > view->now_ms) {
        ask_at(ret, reservation->problem.retry_at);
        return;
    }
    if (reservation->adopted && reservation->observed_at == UNKNOWN && !view->meeting_in_progress) {
        ret->step = STEP_FETCH;
        return;
    }
    if (reservation->unwanted) {
        decide_unwanted(view, ret);
        if (!view->meeting_in_progress)
            return;
    } else if (reservation->unverified) {
        ret->step = STEP_VERIFY;
        return;
    }
    decide_update(reservation->unwanted ? NULL : plan, reservation, view, ret);
}

void reconciler_decide(const struct plan *plan, const struct reservation *reservation,
                       const struct reconciler_view *view, struct decision *ret)
{
    *ret = (struct decision){.step = STEP_WAIT, .again_at_ms = UNKNOWN, .end_time = UNKNOWN};
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
        decide_existing(plan, reservation, view, ret);
        break;
    case RESERVATION_EXPIRED:
        if (!reservation->passed && reservation->reserve_id != NULL && reservation->expire_time != UNKNOWN &&
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
