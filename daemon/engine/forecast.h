/* forecast: what looks at reservations, and the calls that make them, cost in a time to come, by the
 * timetables of the plans. */
#ifndef MEETINGD_ENGINE_FORECAST_H
#define MEETINGD_ENGINE_FORECAST_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/budget.h"
#include "model/occurrence.h"
#include "model/plan.h"

struct forecast {
    struct demand looks;
    double changes; /* apply, update, delete, and the gets that go with them */
    double history; /* list_by_no and meeting detail, afterwards */
};

/* All of it. */
double forecast_calls(const struct forecast *forecast);

/* Adds what a plan costs between `from_s` and `until_s` (Unix seconds). `occurrences` are all of the plan's
 * that matter then: those that are reserved, begin, or expire within. Meetings are taken to last as long as
 * their slots. */
void forecast_add_plan(struct forecast *forecast, const struct plan *plan,
                       const struct occurrence_list *occurrences, const struct poll_settings *settings,
                       int64_t from_s, int64_t until_s);

/* Token requests in that time, where Feishu is asked now and then all the while. */
double forecast_tokens(int64_t from_s, int64_t until_s);

/* How far around a time occurrences matter for it: the longest life of a reservation. */
#define FORECAST_REACH_S INT64_C(2678400)

/* "2026-11" as 202611: the month of a Unix time in a zone, and the Unix time at which the one after it
 * begins. NULL, or a zone that is not known, counts as UTC. */
int64_t month_of(int64_t now_s, const char *timezone);
int64_t month_start_s(int64_t month, const char *timezone);
int64_t month_after(int64_t month);

#endif
