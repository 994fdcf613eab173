/* What the reconciler would do next: its decision of now, or the one that the clock will bring. */
#include <string.h>

#include "base/base.h"
#include "engine/expiry.h"
#include "engine/reconciler.h"
#include "model/setting.h"

struct looking_ahead {
    const struct plan *plan;
    const struct reservation *reservation;
    const struct reconciler_view *view;
    struct action_list *list;
    int64_t from_s; /* nothing is done before; Unix seconds */
};

static void add(const struct looking_ahead *ahead, enum action_kind kind, int64_t at, int calls,
                char *take_reason)
{
    struct action *action = action_list_add(ahead->list, kind);

    action->name = xstrdup(ahead->reservation->name);
    action->occurrence = xstrdup(ahead->reservation->occurrence);
    action->reserve_id = xstrdup(ahead->reservation->reserve_id);
    action->at = at > ahead->from_s ? at : ahead->from_s;
    action->calls = calls;
    action->reason = take_reason;
}

static void add_creation(const struct looking_ahead *ahead, int64_t at)
{
    const struct reservation *reservation = ahead->reservation;
    const char *reason = "its time comes within create_ahead";

    if (reservation->state == RESERVATION_UNCERTAIN)
        reason = "an apply was never answered: it is asked for once more";
    else if (reservation->problem.message != NULL)
        reason = "the last attempt did not come through";
    else if (reservation->standing)
        reason = "one reservation for all occurrences: the first comes within create_ahead";
    add(ahead, ACTION_CREATE, at, 1, xstrdup(reason));
}

static void add_update(const struct looking_ahead *ahead, const struct decision *decision)
{
    const struct meeting_settings *wish =
        ahead->plan != NULL ? &ahead->plan->meeting_settings : &ahead->reservation->meeting_settings;
    unsigned sent = decision->settings & ~settings_left_over(wish, &ahead->reservation->meeting_settings);
    CLEANUP_FREE char *names = settings_names(decision->settings);
    char *reason;

    if (decision->kind == ACTION_EXTEND)
        reason = xstrdup("its meeting goes on, and the reservation would expire");
    else if (decision->kind == ACTION_RENEW)
        reason = xstrdup("it would expire before its plan ends");
    else if (decision->settings == 0)
        reason = xstrdup("the file says another time");
    else
        reason = xasprintf("the file says another %s%s", names,
                           decision->end_time != UNKNOWN ? ", and another time" : "");
    /* A part of the settings is looked at afterwards. */
    add(ahead, decision->kind, 0, (sent != 0 || decision->end_time != UNKNOWN) + (sent != 0), reason);
}

static void add_deletion(const struct looking_ahead *ahead)
{
    const char *reason = "no section of the file wants it any more";

    if (ahead->view->meeting_in_progress)
        reason = "no section of the file wants it any more: once its meeting has ended";
    else if (ahead->view->successor == SUCCESSOR_AWAITED)
        reason = "another one takes its place: once that is made";
    else if (ahead->view->successor == SUCCESSOR_MADE)
        reason = "another one has taken its place";
    /* Nothing is deleted without a look for a meeting. */
    add(ahead, ACTION_DELETE, 0, 2, xstrdup(reason));
}

/* What the clock will bring for one that is made. */
static void add_later(const struct looking_ahead *ahead)
{
    const struct reservation *reservation = ahead->reservation;
    int64_t now_s = ahead->view->now_ms / MS_PER_SECOND;

    if (ahead->plan != NULL && !reservation->adopted && !ahead->view->refused) {
        struct expiry_change change =
            expiry_for_plan(ahead->plan, reservation, ahead->view->meeting_in_progress, now_s);

        if (change.again_at != UNKNOWN)
            add(ahead, ACTION_RENEW, change.again_at, 1, xstrdup("it would expire before its plan ends"));
    }
    if (ahead->view->meeting_in_progress && !reservation->adopted) {
        struct expiry_change change = expiry_for_meeting(reservation, now_s);

        if (change.again_at != UNKNOWN)
            add(ahead, ACTION_EXTEND, change.again_at, 1,
                xstrdup("if its meeting still goes on then, the reservation would expire"));
    }
}

void reconciler_look_ahead(const struct plan *plan, const struct reservation *reservation,
                           const struct reconciler_view *view, struct action_list *list)
{
    struct reconciler_view then = *view;
    struct looking_ahead ahead = {plan, reservation, &then, list, view->now_ms / MS_PER_SECOND};
    struct decision decision;

    if (reservation->passed)
        return;
    /* What waits for its time to be tried again is done then. */
    if (reservation_is_made(reservation) && reservation->problem.retry_at > ahead.from_s) {
        ahead.from_s = reservation->problem.retry_at;
        then.now_ms = ahead.from_s * MS_PER_SECOND;
    }
    reconciler_decide(plan, reservation, &then, &decision);
    if (decision.step == STEP_RESERVE || decision.step == STEP_PROBE)
        add_creation(&ahead, 0);
    else if (decision.step == STEP_UPDATE)
        add_update(&ahead, &decision);
    else if (reservation->unwanted && reservation_is_made(reservation) && !then.refused)
        add_deletion(&ahead);
    else if (reservation->state == RESERVATION_PLANNED && plan != NULL && decision.step == STEP_WAIT)
        add_creation(&ahead, reservation->problem.retry_at > expiry_create_at(plan, reservation)
                                 ? reservation->problem.retry_at
                                 : expiry_create_at(plan, reservation));
    else if (reservation->state == RESERVATION_UNCERTAIN && decision.again_at_ms != UNKNOWN)
        add_creation(&ahead, decision.again_at_ms / MS_PER_SECOND);
    else if (reservation_is_made(reservation))
        add_later(&ahead);
}
