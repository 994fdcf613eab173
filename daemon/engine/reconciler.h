/*
 * reconciler: what should be against what is: the plans and the clock on one side, the recorded reservations
 * on the other. matching says which is which; here it is said what to do about one reservation, and when to
 * ask again.
 *
 * Never a blind repeat (product.md section 3): Feishu has no idempotency key and no list call, so an apply
 * whose outcome is not known is repeated at most once, and only after Feishu has given a good answer to
 * something else since.
 */
#ifndef MEETINGD_ENGINE_RECONCILER_H
#define MEETINGD_ENGINE_RECONCILER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/action.h"
#include "model/occurrence.h"
#include "model/plan.h"
#include "model/reservation.h"

enum step {
    STEP_WAIT,    /* nothing to do now */
    STEP_RESERVE, /* write the intent, then apply */
    STEP_PROBE,   /* see whether Feishu answers at all, before an uncertain apply is repeated */
    STEP_MISS,    /* its slot has passed, and it was never made: state failed */
    STEP_FETCH,   /* get: an adopted reservation about which nothing is known yet */
    STEP_UPDATE,  /* update with what the file says now, or a later expiry */
    STEP_VERIFY,  /* get: whether an update with a part of the settings has left the rest */
    STEP_LOOK,    /* get_active_meeting: nothing is deleted under a meeting */
    STEP_DELETE,
    STEP_END,     /* the slot is over and a meeting was seen: state ended */
    STEP_EXPIRE,  /* Feishu's expiry has passed: state expired */
    STEP_REOPEN,  /* ended or expired before its time: by a clock that was ahead, or its time was moved */
    STEP_ADVANCE, /* one reservation for all occurrences: on to the next one */
};

struct decision {
    enum step step;
    int64_t again_at_ms; /* Unix ms at which the answer may be another one; UNKNOWN: only after some change */

    /* STEP_UPDATE */
    unsigned settings; /* which of the plan's differ from what was applied (model/setting.h) */
    int64_t end_time;  /* Unix seconds; UNKNOWN: it stays */
    int64_t applied_expiry;
    enum action_kind kind; /* update, renew or extend */
};

/* Of a reservation that no plan wants: whether another one is to take its place. */
enum successor { SUCCESSOR_NONE, SUCCESSOR_AWAITED, SUCCESSOR_MADE };

struct reconciler_view {
    enum on_uncertain on_uncertain;
    int64_t now_ms;         /* Unix ms */
    int64_t good_answer_ms; /* Unix ms of the app's last good answer; UNKNOWN: none since the start */
    bool meeting_in_progress;
    int64_t looked_at_ms; /* Unix ms of the last answered look for a meeting; UNKNOWN: none */
    int64_t tried_at_ms;  /* of the last look, where that was not answered; else UNKNOWN */
    enum successor successor;
    bool refused;       /* Feishu has refused for good what the file asks for now */
    int64_t next_start; /* of a single one: start of the plan's next occurrence; UNKNOWN: none */
    int64_t early_s;    /* how long before its start an occurrence counts as starting */
};

/* The reservation that a plan's occurrence stands for, in state planned (or reserved, where it is adopted);
 * `occurrence` is NULL for an adopted plan without a timetable. The caller owns it. */
struct reservation *reconciler_plan(const struct plan *plan, const struct occurrence *occurrence);

/* Gives a reservation the slot of an occurrence of the plan, under the plan's name; of an adopted one without
 * a timetable (NULL) none. Returns whether anything that a calendar shows differs. */
bool reconciler_place(struct reservation *reservation, const struct plan *plan,
                      const struct occurrence *occurrence);

/* What to do about a reservation now. `plan` is NULL for one whose plan has gone or that was made by hand. */
void reconciler_decide(const struct plan *plan, const struct reservation *reservation,
                       const struct reconciler_view *view, struct decision *ret);

/* When a refused or unsent call is tried again (Unix ms). */
int64_t reconciler_retry_ms(const struct reservation *reservation, int64_t retry_after_ms, uint32_t random,
                            int64_t now_ms);

/* Appends what is done about a reservation next, at once or by the clock, where that is known. */
void reconciler_look_ahead(const struct plan *plan, const struct reservation *reservation,
                           const struct reconciler_view *view, struct action_list *list);

#endif
