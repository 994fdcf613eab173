#include "engine/forecast.h"

#include "base/base.h"
#include "engine/poller.h"
#include "model/schedule.h"

/* A token lives for two hours and is renewed 3 minutes before (feishu-api.md 3.1). */
#define TOKEN_LIFE_S INT64_C(7020)

/* Of one occurrence: apply, and now and then an update, a delete, or a get that settles something. */
#define CHANGES_EACH 1.1

/* Of one occurrence: its list_by_no, and the detail of the meeting that was. */
#define HISTORY_EACH 2

/* A part of the timetable. */
struct part {
    int64_t from_s, until_s;
};

double forecast_calls(const struct forecast *forecast)
{
    return forecast->looks.early + forecast->looks.now + forecast->looks.rest + forecast->changes +
           forecast->history;
}

/* Seconds of [from, until) within `part`. */
static double overlap(const struct part *part, int64_t from_s, int64_t until_s)
{
    if (from_s < part->from_s)
        from_s = part->from_s;
    if (until_s > part->until_s)
        until_s = part->until_s;
    return until_s > from_s ? (double)(until_s - from_s) : 0;
}

static double looks(double seconds, int64_t interval_ms)
{
    return interval_ms > 0 ? seconds * (double)MS_PER_SECOND / (double)interval_ms : 0;
}

static int64_t reserved_from(const struct plan *plan, const struct occurrence *occurrence)
{
    return occurrence->start_time - plan->create_ahead_ms / MS_PER_SECOND;
}

static int64_t reserved_until(const struct plan *plan, const struct occurrence *occurrence)
{
    return occurrence->end_time + plan->expire_after_ms / MS_PER_SECOND;
}

/* One occurrence with a reservation of its own, but for the time in which nothing is expected of it. Returns
 * the seconds of that. */
static double add_slot(struct forecast *forecast, const struct plan *plan,
                       const struct occurrence *occurrence, const struct poll_settings *settings,
                       const struct part *part)
{
    int64_t early_s = occurrence->start_time - settings->early_ms / MS_PER_SECOND;
    int64_t made_s = reserved_from(plan, occurrence), expires_s = reserved_until(plan, occurrence);
    int64_t cool_s = occurrence->end_time + POLLER_COOLING_MAX_S;

    if (cool_s > expires_s)
        cool_s = expires_s;
    if (made_s > early_s)
        early_s = made_s;
    forecast->looks.early += looks(overlap(part, early_s, occurrence->start_time), settings->starting_ms);
    forecast->looks.now +=
        looks(overlap(part, occurrence->start_time, occurrence->end_time), settings->live_ms);
    forecast->looks.rest += looks(overlap(part, occurrence->end_time, cool_s), settings->cooling_ms);
    if (occurrence->start_time >= part->from_s && occurrence->start_time < part->until_s)
        forecast->history += HISTORY_EACH;
    return overlap(part, made_s, early_s) + overlap(part, cool_s, expires_s);
}

/* What one reservation that is always there, for all occurrences, spends its time with beside them. */
static double always_there(const struct occurrence_list *occurrences, const struct poll_settings *settings,
                           const struct part *part)
{
    double seconds = (double)(part->until_s - part->from_s);

    for (size_t i = 0; i < occurrences->count; i++) {
        const struct occurrence *occurrence = &occurrences->items[i];

        seconds -= overlap(part, occurrence->start_time - settings->early_ms / MS_PER_SECOND,
                           occurrence->end_time + POLLER_COOLING_MAX_S);
    }
    return seconds > 0 ? seconds : 0;
}

void forecast_add_plan(struct forecast *forecast, const struct plan *plan,
                       const struct occurrence_list *occurrences, const struct poll_settings *settings,
                       int64_t from_s, int64_t until_s)
{
    bool always = plan->reserve_id != NULL || plan->link == PLAN_LINK_STANDING;
    struct part part = {from_s, until_s};
    double idle_s = 0;

    for (size_t i = 0; i < occurrences->count; i++) {
        int64_t made_s = reserved_from(plan, &occurrences->items[i]);

        idle_s += add_slot(forecast, plan, &occurrences->items[i], settings, &part);
        if (!always && made_s >= from_s && made_s < until_s)
            forecast->changes += CHANGES_EACH;
    }
    if (always) {
        idle_s = always_there(occurrences, settings, &part);
        /* A look into the history each day. */
        forecast->history += (double)(until_s - from_s) * MS_PER_SECOND / MS_PER_DAY;
    }
    forecast->looks.rest += looks(idle_s, settings->idle_ms);
}

double forecast_tokens(int64_t from_s, int64_t until_s)
{
    return until_s > from_s ? (double)(until_s - from_s) / (double)TOKEN_LIFE_S + 1 : 0;
}

int64_t month_of(int64_t now_s, const char *timezone)
{
    struct local_time local;

    if (timezone == NULL || local_time_from_unix(now_s, timezone, &local) < 0)
        local_time_from_unix(now_s, "UTC", &local);
    return (int64_t)local.year * 100 + local.month;
}

int64_t month_start_s(int64_t month, const char *timezone)
{
    struct local_time local = {.year = (int)(month / 100), .month = (int)(month % 100), .day = 1};
    int64_t start = 0;

    /* Where the clocks skip midnight, the month begins an hour later. */
    if (timezone == NULL)
        timezone = "UTC";
    if (local_time_to_unix(&local, timezone, &start) == 0)
        return start;
    local.hour = 1;
    if (local_time_to_unix(&local, timezone, &start) == 0)
        return start;
    local.hour = 0;
    local_time_to_unix(&local, "UTC", &start);
    return start;
}

int64_t month_after(int64_t month)
{
    return month % 100 == 12 ? month + 89 : month + 1;
}
