/*
 * spending: what the calls of a month go to. For each app it knows what the plans will ask for until the
 * month turns (engine/forecast) and what is left of the ledger, and says by how much looks are stretched so
 * that it lasts (engine/budget).
 *
 * Nothing here has a timer: the month is counted anew when somebody asks for a pace and the last count is
 * older than ten minutes, or a hundredth of the month has been spent since.
 */
#ifndef MEETINGD_SYNC_SPENDING_H
#define MEETINGD_SYNC_SPENDING_H

#include "base/work.h"
#include "engine/budget.h"
#include "engine/forecast.h"
#include "engine/poller.h"
#include "model/plan.h"
#include "sync/ledger.h"

struct spending;

/* All are borrowed for its life, the polling intervals until spending_set_poll(). Rules are worked out on
 * another thread where there is a `loop`; it must end before the spending is freed. */
struct spending *spending_new(uv_loop_t *loop, const struct clock *clock, struct ledger *ledger,
                              struct app *const *apps, size_t count, const struct poll_settings *poll);

/* NULL is fine; returns NULL. */
struct spending *spending_free(struct spending *spending);

/* The plans as they are from now on, of which it keeps what it needs. Their occurrences are worked out now,
 * and again whenever a month begins; until that is done those known before count. */
void spending_set_plans(struct spending *spending, const struct plan_list *plans);

/* Other polling intervals. */
void spending_set_poll(struct spending *spending, const struct poll_settings *poll);

/* A reservation of an app goes from one phase to another; PHASE_DONE: it is not followed. Unknown apps count
 * nowhere. */
void spending_move(struct spending *spending, const char *app, enum phase from, enum phase to);

/* Fills in the factors of both classes, and when they may change for the better. */
void spending_pace(struct spending *spending, const char *app, struct pace *pace);

/* Whether a look into the history may be made; of a month that is too small for all, only a part of them. */
bool spending_allows_history(struct spending *spending, const char *app, uint32_t random);

/* The clock was set. */
void spending_clock_jumped(struct spending *spending);

/* What is told of an app's month. Forecasts are of the whole month: what was used and what is to come. */
struct spending_view {
    struct ledger_month month;
    int64_t forecast; /* at the configured intervals */
    int64_t expected; /* at the stretched ones */
    double stretch[POLL_CLASSES];
    enum budget_limit limit[POLL_CLASSES];
};

void spending_view(struct spending *spending, size_t app, struct spending_view *ret);

/* Calls that a plan still asks for this month, at the configured intervals. */
int64_t spending_to_come(struct spending *spending, const struct plan *plan);

/* The ledger that it looks into. */
struct ledger *spending_ledger(const struct spending *spending);

/* The place of the app among the apps, or -1. */
int spending_app(const struct spending *spending, const char *name);

#endif
