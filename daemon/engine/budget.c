#include "engine/budget.h"

#include <math.h>

/* What the second class keeps of a budget that is too small for both. */
#define REST_SHARE 0.05

enum poll_class poll_class_of(enum phase phase)
{
    return phase == PHASE_STARTING || phase == PHASE_LIVE || phase == PHASE_OVERDUE ? POLL_CLASS_NOW
                                                                                    : POLL_CLASS_REST;
}

int64_t poll_interval_ms(enum phase phase, const struct poll_settings *settings)
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

void budget_init(struct budget *budget, const struct poll_settings *settings, int64_t rate_per_minute,
                 int64_t rate_per_second)
{
    *budget = (struct budget){
        .settings = settings,
        .calls_per_ms = fmin((double)rate_per_minute / 60000, (double)rate_per_second / 1000),
        .month = {1, 1},
    };
}

void budget_set_poll(struct budget *budget, const struct poll_settings *settings)
{
    budget->settings = settings;
}

void budget_enter(struct budget *budget, enum phase phase)
{
    budget->followed[phase]++;
}

void budget_leave(struct budget *budget, enum phase phase)
{
    budget->followed[phase]--;
}

/* Divides `budget`; demands and shares are in the same unit. */
static void divide(double now, double rest, double budget, double ret_shares[POLL_CLASSES])
{
    double kept = fmin(rest, budget * REST_SHARE);

    ret_shares[POLL_CLASS_NOW] = fmin(now, budget - kept);
    ret_shares[POLL_CLASS_REST] = fmin(rest, budget - ret_shares[POLL_CLASS_NOW]);
}

static double within(double stretch)
{
    /* A share of nothing gives no number at all. */
    return stretch < BUDGET_STRETCH_MAX ? fmax(stretch, 1) : BUDGET_STRETCH_MAX;
}

static double factor(double demand, double share)
{
    if (demand <= 0)
        return 1;
    return share > 0 ? within(demand / share) : BUDGET_STRETCH_MAX;
}

void budget_set_month(struct budget *budget, const struct demand *demand, double calls)
{
    double shares[POLL_CLASSES], now = demand->now + demand->early;

    if (isinf(calls)) {
        budget->month[POLL_CLASS_NOW] = budget->month[POLL_CLASS_REST] = 1;
        return;
    }
    divide(now, demand->rest, fmax(calls, 0), shares);
    budget->month[POLL_CLASS_NOW] = factor(now, shares[POLL_CLASS_NOW]);
    budget->month[POLL_CLASS_REST] = factor(demand->rest, shares[POLL_CLASS_REST]);
    /* `early` shrinks by the factor by which intervals grow (poller.h): early / s² + now / s is what is left.
     */
    if (now > shares[POLL_CLASS_NOW] && shares[POLL_CLASS_NOW] > 0)
        budget->month[POLL_CLASS_NOW] = within(
            (demand->now + sqrt(demand->now * demand->now + 4 * shares[POLL_CLASS_NOW] * demand->early)) /
            (2 * shares[POLL_CLASS_NOW]));
}

/* Calls a millisecond that the followed of a class ask for. */
static double asked(const struct budget *budget, enum poll_class class)
{
    double calls = 0;

    for (enum phase phase = PHASE_IDLE; phase < PHASE_DONE; phase++) {
        int64_t interval_ms = poll_interval_ms(phase, budget->settings);

        if (poll_class_of(phase) == class && interval_ms > 0)
            calls += (double)budget->followed[phase] / (double)interval_ms;
    }
    return calls;
}

double budget_stretch(const struct budget *budget, enum poll_class class, enum budget_limit *ret_limit)
{
    double now = asked(budget, POLL_CLASS_NOW), rest = asked(budget, POLL_CLASS_REST);
    double shares[POLL_CLASSES], rate, month = budget->month[class];

    divide(now, rest, budget->calls_per_ms, shares);
    rate = factor(class == POLL_CLASS_NOW ? now : rest, shares[class]);
    if (ret_limit != NULL)
        *ret_limit = rate <= 1 && month <= 1 ? BUDGET_FREE : month >= rate ? BUDGET_MONTH : BUDGET_RATE;
    return fmax(rate, month);
}
