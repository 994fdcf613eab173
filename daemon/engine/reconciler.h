/*
 * reconciler: what should be against what is: the plans and the clock on one side, the recorded reservations
 * on the other. Says what to do about one reservation, and when to ask again.
 *
 * Never a blind repeat (product.md section 3): Feishu has no idempotency key and no list call, so an apply
 * whose outcome is not known is repeated at most once, and only after Feishu has given a good answer to
 * something else since.
 */
#ifndef MEETINGD_ENGINE_RECONCILER_H
#define MEETINGD_ENGINE_RECONCILER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/plan.h"
#include "model/reservation.h"

/* Feishu takes an expiry of at most 30 days from now; the margin is for clocks that differ
 * (feishu-api.md 1.2). */
#define EXPIRY_MAX_S    (INT64_C(30) * 24 * 3600)
#define EXPIRY_MARGIN_S INT64_C(300)

enum step {
    STEP_WAIT,    /* nothing to do now */
    STEP_RESERVE, /* write the intent, then apply */
    STEP_PROBE,   /* see whether Feishu answers at all, before an uncertain apply is repeated */
    STEP_FETCH,   /* get: an adopted reservation about which nothing is known yet */
    STEP_END,     /* the slot is over and a meeting was seen: state ended */
    STEP_EXPIRE,  /* Feishu's expiry has passed: state expired */
    STEP_REOPEN,  /* ended or expired before its time: by a clock that was ahead, or it was extended */
};

struct decision {
    enum step step;
    int64_t again_at_ms; /* Unix ms at which the answer may be another one; UNKNOWN: only after some change */
};

struct reconciler_view {
    enum on_uncertain on_uncertain;
    int64_t now_ms;         /* Unix ms */
    int64_t good_answer_ms; /* Unix ms of the app's last good answer; UNKNOWN: none since the start */
    bool meeting_in_progress;
};

/* The one-off occurrence of a plan: start and end in Unix seconds, UNKNOWN both for one without a timetable.
 * -ENOENT where the local time does not exist in the zone. */
int plan_slot(const struct plan *plan, int64_t *ret_start, int64_t *ret_end);

/*
 * Whether a recorded reservation is the one that a plan asks for: the plan's own one-off keeps its
 * reservation when its time is moved, as long as that has not run out (product.md section 3); an adopted one
 * goes by its reserve_id.
 */
bool reconciler_matches(const struct plan *plan, const struct reservation *reservation, int64_t now_s);

/* The reservation that a plan without a record stands for, in state planned (or reserved, where it is
 * adopted). The caller owns it. NULL where its time does not exist. */
struct reservation *reconciler_plan(const struct plan *plan);

/* Whether a reservation that was asked for already is no longer what its plan says: other times or settings.
 */
bool reconciler_differs(const struct plan *plan, const struct reservation *reservation);

/* What to do about a reservation now. `plan` is NULL for one whose plan has gone or that was made by hand. */
void reconciler_decide(const struct plan *plan, const struct reservation *reservation,
                       const struct reconciler_view *view, struct decision *ret);

/* Feishu's end_time for a reservation: the slot's end and expire_after, within what Feishu takes. Unix
 * seconds. */
int64_t reconciler_expiry(const struct plan *plan, const struct reservation *reservation, int64_t now_s);

/* When a refused or unsent apply is tried again (Unix ms). */
int64_t reconciler_retry_ms(const struct reservation *reservation, int64_t retry_after_ms, uint32_t random,
                            int64_t now_ms);

#endif
