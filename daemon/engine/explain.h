/* explain: why a reservation is looked at as it is, in words. */
#ifndef MEETINGD_ENGINE_EXPLAIN_H
#define MEETINGD_ENGINE_EXPLAIN_H

#include "engine/budget.h"
#include "model/meeting.h"
#include "model/plan.h"
#include "model/reservation.h"

struct explain_view {
    const struct reservation *reservation;
    enum phase phase;
    const struct poll_settings *settings;
    int64_t now_s;
    double stretch; /* of the phase's class */
    enum budget_limit limit;
    int failures; /* looks in a row that got no answer */
};

/* What the phase means here, and what makes the interval as long as it is. The caller frees it. */
char *explain_reason(const struct explain_view *view);

#endif
