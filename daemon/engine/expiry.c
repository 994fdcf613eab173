#include "engine/expiry.h"

#include "base/base.h"

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t latest(int64_t now_s)
{
    return now_s + EXPIRY_MAX_S - EXPIRY_MARGIN_S;
}

static int64_t after(const struct plan *plan)
{
    return plan->expire_after_ms / MS_PER_SECOND;
}

int64_t expiry_create_at(const struct plan *plan, const struct reservation *reservation)
{
    int64_t wished = reservation->start_time - plan->create_ahead_ms / MS_PER_SECOND;
    int64_t possible = reservation->end_time + after(plan) - (EXPIRY_MAX_S - EXPIRY_MARGIN_S);

    return later(wished, possible);
}

/* When a standing reservation is not needed any more; INT64_MAX where its plan goes on for ever. */
static int64_t end_of_plan(const struct plan *plan)
{
    return plan->last_end_time != UNKNOWN ? plan->last_end_time + after(plan) : INT64_MAX;
}

int64_t expiry_at_creation(const struct plan *plan, const struct reservation *reservation, int64_t now_s)
{
    if (reservation->standing)
        return later(earlier(end_of_plan(plan), latest(now_s)), reservation->end_time);
    return earlier(reservation->end_time + after(plan), latest(now_s));
}

/* Towards `goal`, in steps of what Feishu takes at once, each when half of the one before is over. */
static struct expiry_change renew(int64_t expires, int64_t goal, int64_t now_s)
{
    struct expiry_change change = {.end_time = UNKNOWN, .again_at = UNKNOWN, .renews = true};
    int64_t due = expires - EXPIRY_RENEW_S;

    if (goal <= expires)
        return change;
    if (now_s < due && goal > latest(now_s)) {
        change.again_at = due;
        return change;
    }
    change.end_time = earlier(goal, latest(now_s));
    change.applied = change.end_time;
    if (change.end_time <= expires)
        change.end_time = UNKNOWN;
    return change;
}

static struct expiry_change for_standing(const struct plan *plan, const struct reservation *reservation,
                                         int64_t now_s)
{
    int64_t goal = end_of_plan(plan), expires = reservation->expire_time;
    struct expiry_change change = {.end_time = UNKNOWN, .again_at = UNKNOWN};

    if (expires == UNKNOWN)
        expires = reservation->applied_expiry;
    if (expires == UNKNOWN)
        return change;
    if (goal < expires && goal != reservation->applied_expiry && goal > now_s &&
        goal >= reservation->end_time) {
        change.end_time = goal; /* the plan ends sooner than it did */
        change.applied = goal;
        return change;
    }
    /* A plan that ends within what one more renewal reaches is not renewed for a few days each time. */
    if (now_s < expires - EXPIRY_RENEW_S && goal > expires) {
        change.again_at = expires - EXPIRY_RENEW_S;
        change.renews = true;
        return change;
    }
    return renew(expires, goal, now_s);
}

struct expiry_change expiry_for_plan(const struct plan *plan, const struct reservation *reservation,
                                     bool meeting_in_progress, int64_t now_s)
{
    int64_t goal = reservation->end_time + after(plan);
    struct expiry_change change = {.end_time = UNKNOWN, .again_at = UNKNOWN};

    if (reservation->standing)
        return for_standing(plan, reservation, now_s);
    if (reservation->end_time <= now_s || goal == reservation->applied_expiry)
        return change;
    if (goal > latest(now_s) && reservation->applied_expiry != UNKNOWN)
        return renew(reservation->applied_expiry, goal, now_s);
    change.applied = goal;
    change.end_time = earlier(goal, latest(now_s));
    if (meeting_in_progress)
        change.end_time = later(change.end_time, now_s + EXPIRY_EXTEND_BY_S);
    return change;
}

struct expiry_change expiry_for_meeting(const struct reservation *reservation, int64_t now_s)
{
    struct expiry_change change = {.end_time = UNKNOWN, .again_at = UNKNOWN};

    if (reservation->expire_time == UNKNOWN)
        return change;
    if (now_s < reservation->expire_time - EXPIRY_EXTEND_BEFORE_S) {
        change.again_at = reservation->expire_time - EXPIRY_EXTEND_BEFORE_S;
        return change;
    }
    change.end_time = now_s + EXPIRY_EXTEND_BY_S;
    change.applied = reservation->applied_expiry;
    return change;
}
