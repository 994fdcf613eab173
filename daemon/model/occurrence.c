#include "model/occurrence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/base.h"
#include "model/day.h"
#include "model/schedule-rule.h"
#include "model/schedule-walk.h"

/* Local times and Unix times are never further apart, nor do two of a plan's get nearer by a change of the
 * zone's clocks. */
#define ZONE_DAYS_MAX 2

#define SECONDS_PER_DAY INT64_C(86400)

/* When the plan's calendar ends, and begins; times beyond are brought inside. */
#define LAST_TIME  (day_number(YEAR_MAX, 12, 31) * SECONDS_PER_DAY)
#define FIRST_TIME (-ZONE_DAYS_MAX * SECONDS_PER_DAY)

/* How far back from UNTIL a last occurrence is looked for at first. */
#define LAST_DAYS 32

/* The times that a plan's start and rule give, one after another. */
struct series {
    const struct plan *plan;
    struct rule rule;
    struct rule_walk *walk; /* NULL: once */
    int first_day;
    bool ended;
    int64_t until_time; /* of UNTIL in UTC */
    int counted;
};

/* A time that the rule gives. */
struct slot {
    struct local_time local;
    int64_t start_time; /* unless it is skipped */
    bool skipped;       /* the zone has no such time */
    bool excluded;      /* an exdate takes it away */
};

static int day_of(const struct local_time *time)
{
    return day_number(time->year, time->month, time->day);
}

static void series_fini(struct series *series)
{
    rule_walk_free(series->walk);
}

static int series_init(struct series *series, const struct plan *plan, struct error *error)
{
    *series = (struct series){.plan = plan, .first_day = day_of(&plan->start)};
    series->ended = !plan->has_start;
    if (plan->rrule == NULL || series->ended)
        return 0;
    if (rule_parse(plan->rrule, &series->rule, error) < 0)
        return -EINVAL;
    if (series->rule.end == RULE_UNTIL_UTC)
        series->until_time = local_time_as_utc(&series->rule.until);
    series->walk = rule_walk_new(&series->rule, series->first_day);
    return 0;
}

/* Goes to the first day that is not before `day`; where occurrences are counted all of them have to be seen.
 */
static void series_seek(struct series *series, int day)
{
    if (series->walk == NULL || series->rule.end == RULE_COUNT)
        return;
    rule_walk_seek(series->walk, day);
    series->ended = false;
}

static bool takes_away(const struct exdate *exdate, const struct local_time *local)
{
    return exdate->whole_day ? day_of(&exdate->time) == day_of(local)
                             : local_time_compare(&exdate->time, local) == 0;
}

static bool is_excluded(const struct plan *plan, const struct local_time *local)
{
    for (size_t i = 0; i < plan->exdate_count; i++) {
        if (takes_away(&plan->exdates[i], local))
            return true;
    }
    return false;
}

/* Whether the rule goes so far; of a rule that counts, the slot is counted. */
static bool rule_reaches(struct series *series, const struct slot *slot)
{
    switch (series->rule.end) {
    case RULE_COUNT:
        if (series->counted == series->rule.count)
            return false;
        series->counted += slot->skipped ? 0 : 1;
        return true;
    case RULE_UNTIL_LOCAL:
        return local_time_compare(&slot->local, &series->rule.until) <= 0;
    case RULE_UNTIL_UTC:
        return slot->skipped || slot->start_time <= series->until_time;
    case RULE_ENDLESS:
    default:
        return true;
    }
}

/* The next slot, excluded and skipped ones too: 1, 0 at the end, or a negative errno. */
static int series_next(struct series *series, struct slot *ret, struct error *error)
{
    const struct plan *plan = series->plan;
    struct slot slot = {.local = plan->start};
    int r;

    if (series->ended)
        return 0;
    if (series->walk != NULL) {
        int day;

        r = rule_walk_next(series->walk, &day, error);
        if (r <= 0)
            return r;
        day_date(day, &slot.local.year, &slot.local.month, &slot.local.day);
    }
    r = local_time_to_unix(&slot.local, plan->timezone, &slot.start_time);
    if (r == -EINVAL) {
        error_set(error, r, "%s is no time zone of the system's database", plan->timezone);
        return -EINVAL;
    }
    slot.skipped = r == -ENOENT;
    slot.excluded = is_excluded(plan, &slot.local);
    series->ended = series->walk == NULL || !rule_reaches(series, &slot);
    if (series->walk != NULL && series->ended)
        return 0;
    *ret = slot;
    return 1;
}

static void add(struct occurrence_list *list, const struct slot *slot, int64_t duration_s)
{
    struct occurrence *occurrence;

    list->items = xrealloc(list->items, list->count + 1, sizeof(*list->items));
    occurrence = &list->items[list->count++];
    snprintf(occurrence->date, sizeof(occurrence->date), "%04u-%02u-%02u",
             (unsigned)slot->local.year % 10000U, (unsigned)slot->local.month % 100U,
             (unsigned)slot->local.day % 100U);
    occurrence->start_time = slot->start_time;
    occurrence->end_time = slot->start_time + duration_s;
}

static void add_skipped(struct occurrence_list *list, const struct slot *slot)
{
    list->skipped = xrealloc(list->skipped, list->skipped_count + 1, sizeof(*list->skipped));
    list->skipped[list->skipped_count++] = slot->local;
}

static int64_t clamp(int64_t time)
{
    return time < FIRST_TIME ? FIRST_TIME : time > LAST_TIME ? LAST_TIME : time;
}

/* What plan_occurrences() does, but that it leaves behind what it has appended when it fails. */
static int append(struct series *series, int64_t from_s, int64_t until_s, size_t most,
                  struct occurrence_list *list, struct error *error)
{
    const struct plan *plan = series->plan;
    size_t limit = list->count + most;
    struct local_time from, until;
    struct slot slot;
    int r;

    from_s = clamp(from_s);
    if (local_time_from_unix(clamp(from_s - plan->duration_s), plan->timezone, &from) < 0 ||
        local_time_from_unix(clamp(until_s), plan->timezone, &until) < 0)
        return error_set(error, -EINVAL, "%s is no time zone of the system's database", plan->timezone);
    series_seek(series, day_of(&from) - ZONE_DAYS_MAX);
    while (list->count < limit && (r = series_next(series, &slot, error)) != 0) {
        if (r < 0)
            return r;
        if (slot.excluded)
            continue;
        if (slot.skipped) {
            if (local_time_compare(&from, &slot.local) < 0 && local_time_compare(&slot.local, &until) < 0)
                add_skipped(list, &slot);
            continue;
        }
        if (slot.start_time + plan->duration_s <= from_s)
            continue;
        add(list, &slot, plan->duration_s);
        if (slot.start_time >= until_s)
            break;
    }
    return 0;
}

int plan_occurrences(const struct plan *plan, int64_t from_s, int64_t until_s, size_t most,
                     struct occurrence_list *list, struct error *error)
{
    size_t count = list->count, skipped_count = list->skipped_count;
    struct series series;
    int r;

    if (!plan->has_start)
        return 0;
    r = series_init(&series, plan, error);
    if (r == 0)
        r = append(&series, from_s, until_s, most, list, error);
    if (r < 0) {
        list->count = count;
        list->skipped_count = skipped_count;
    }
    series_fini(&series);
    return r;
}

int plan_first_time(const struct plan *plan, struct local_time *ret, struct error *error)
{
    struct rule_walk *walk;
    struct rule rule;
    int day, r;

    *ret = plan->start;
    if (plan->rrule == NULL)
        return 1;
    if (rule_parse(plan->rrule, &rule, error) < 0)
        return -EINVAL;
    /* Intervals begin with the start, wherever that is moved to. */
    rule.interval = 1;
    rule.end = RULE_ENDLESS;
    walk = rule_walk_new(&rule, day_of(&plan->start));
    r = rule_walk_next(walk, &day, error);
    rule_walk_free(walk);
    if (r > 0)
        day_date(day, &ret->year, &ret->month, &ret->day);
    return r;
}

/* The last occurrence's end among the slots from here on; `ret` is untouched where there is none. */
static int find_last(struct series *series, int64_t *ret, struct error *error)
{
    struct slot slot;
    int r;

    while ((r = series_next(series, &slot, error)) > 0) {
        if (!slot.skipped && !slot.excluded)
            *ret = slot.start_time + series->plan->duration_s;
    }
    return r;
}

/* Looks back from UNTIL, further and further: however long ago the rule began, its end is near there. */
static int find_last_until(struct series *series, int64_t *ret, struct error *error)
{
    int last = day_of(&series->rule.until), r = 0;

    for (int days = LAST_DAYS; r == 0 && *ret == 0; days *= 8) {
        series_seek(series, last - days);
        r = find_last(series, ret, error);
        if (last - days <= series->first_day)
            break;
    }
    return r;
}

static bool is_endless(const struct series *series)
{
    enum rule_end end = series->rule.end;

    return series->walk != NULL &&
           (end == RULE_ENDLESS || (end != RULE_COUNT && series->rule.until.year > YEAR_MAX));
}

int plan_last_end(const struct plan *plan, int64_t *ret_end_time, struct error *error)
{
    int64_t end_time = plan->has_start ? 0 : UNKNOWN;
    struct series series;
    int r = series_init(&series, plan, error);

    if (r == 0 && is_endless(&series))
        end_time = UNKNOWN;
    else if (r == 0 && series.walk != NULL && series.rule.end != RULE_COUNT)
        r = find_last_until(&series, &end_time, error);
    else if (r == 0)
        r = find_last(&series, &end_time, error);
    series_fini(&series);
    if (r == 0)
        *ret_end_time = end_time;
    return r;
}

static void mark_used(const struct plan *plan, const struct local_time *local, bool *used)
{
    for (size_t i = 0; i < plan->exdate_count; i++)
        used[i] = used[i] || takes_away(&plan->exdates[i], local);
}

static int find_used(struct series *series, bool *used, struct error *error)
{
    const struct plan *plan = series->plan;
    struct slot slot;
    int r = 0;

    if (series->walk == NULL || series->rule.end == RULE_COUNT) {
        while ((r = series_next(series, &slot, error)) > 0)
            mark_used(plan, &slot.local, used);
        return r;
    }
    for (size_t i = 0; i < plan->exdate_count && r >= 0; i++) {
        series_seek(series, day_of(&plan->exdates[i].time));
        r = series_next(series, &slot, error);
        if (r > 0)
            used[i] = takes_away(&plan->exdates[i], &slot.local);
    }
    return r < 0 ? r : 0;
}

int plan_exdates_used(const struct plan *plan, bool *ret_used, struct error *error)
{
    struct series series;
    int r = series_init(&series, plan, error);

    for (size_t i = 0; i < plan->exdate_count; i++)
        ret_used[i] = false;
    if (r == 0)
        r = find_used(&series, ret_used, error);
    series_fini(&series);
    return r;
}

void occurrence_list_fini(struct occurrence_list *list)
{
    free(list->items);
    free(list->skipped);
    *list = (struct occurrence_list){NULL, 0, NULL, 0};
}

char *occurrence_name(const char *name, int64_t start_time)
{
    time_t start = (time_t)start_time;
    char text[32];
    struct tm utc;

    gmtime_r(&start, &utc);
    strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &utc);
    return xasprintf("%s@%s", name, text);
}
