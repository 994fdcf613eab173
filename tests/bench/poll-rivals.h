/* What others would make of the same meetings: fixed intervals for every reservation that exists, and an
 * oracle. */
#ifndef MEETINGD_TESTS_POLL_RIVALS_H
#define MEETINGD_TESTS_POLL_RIVALS_H

#include "lib/poll-house.h"

struct poll_figures {
    double calls;
    double p50_ms[POLL_EVENTS], p99_ms[POLL_EVENTS];
    double age_ms;
};

void figures_of_outcome(const struct poll_outcome *outcome, struct poll_figures *ret);

/* A look at every reservation each `interval_ms`, from when it is made until it expires; each with a phase of
 * its own, and no limit in its way. */
void figures_of_interval(const struct poll_outcome *outcome, double interval_ms, struct poll_figures *ret);

/* The interval that takes so many calls; the same for one who looks from `early` before a slot on only; the
 * one whose delays are, in the middle, so long. */
double interval_for_calls(const struct poll_outcome *outcome, double calls);
double interval_near_slots(const struct poll_outcome *outcome, double calls);
double interval_for_delay(const struct poll_outcome *outcome, double delay_ms);

/* Looks at the very moments, as far as `calls` last: moments of one meeting that are close together share a
 * look, those first that lose least by it. */
void figures_of_oracle(const struct poll_outcome *outcome, size_t calls, struct poll_figures *ret);

#endif
