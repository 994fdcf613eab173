#include "engine/matching.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "model/setting.h"

#define SECONDS_PER_DAY INT64_C(86400)

/* A reservation that Feishu lost is made anew, but not for ever: not a third time within a day. */
#define LOST_MAX 2

/* The records by name, those of one name in the order in which they came. */
struct matching {
    struct match_plan *plans;
    size_t plan_count;
    struct match_record *records;
    size_t *order;
    size_t count;
    int64_t now_s;
};

struct range {
    size_t begin, end; /* into the order */
};

bool matching_is_single(const struct plan *plan)
{
    return plan->link == PLAN_LINK_STANDING || plan->reserve_id != NULL;
}

static const char *name_of(const struct reservation *record)
{
    return record->name != NULL ? record->name : "";
}

static int compare_records(const void *left, const void *right, void *data)
{
    const struct match_record *records = data;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    int order = strcmp(name_of(records[a].record), name_of(records[b].record));

    if (order != 0)
        return order;
    return a < b ? -1 : 1;
}

static struct match_record *at(const struct matching *matching, size_t place)
{
    return &matching->records[matching->order[place]];
}

/* The records of the name that begins at a place. */
static struct range range_at(const struct matching *matching, size_t begin)
{
    struct range range = {begin, begin};

    while (range.end < matching->count &&
           strcmp(name_of(at(matching, range.end)->record), name_of(at(matching, begin)->record)) == 0)
        range.end++;
    return range;
}

static struct range range_of(const struct matching *matching, const char *name)
{
    size_t low = 0, high = matching->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(name_of(at(matching, middle)->record), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == matching->count || strcmp(name_of(at(matching, low)->record), name) != 0)
        return (struct range){low, low};
    return range_at(matching, low);
}

/* ---- one record and one plan */

static int type_of(const struct meeting_settings *settings)
{
    return settings->meeting_initial_type != 0 ? settings->meeting_initial_type : MEETING_INITIAL_TYPE_GROUP;
}

/* Whether it is still the same reservation by what cannot be changed once it is made. */
static bool same_kind(const struct plan *plan, const struct reservation *record)
{
    const struct meeting_settings *wish = &plan->meeting_settings, *has = &record->meeting_settings;

    return str_equal(plan->app, record->app) && str_equal(plan->owner_id, record->owner_id) &&
           type_of(wish) == type_of(has) &&
           (wish->meeting_connect == FLAG_YES) == (has->meeting_connect == FLAG_YES);
}

static bool says_the_same(const struct plan *plan, const struct reservation *record)
{
    return record->applied == NULL || settings_differing(record->applied, &plan->meeting_settings) == 0;
}

static bool is_over(const struct matching *matching, const struct reservation *record)
{
    return record->end_time != UNKNOWN && record->end_time <= matching->now_s &&
           record->state != RESERVATION_LIVE;
}

/* How much a record is the one that a plan means, of several; 0: not at all. */
static int fitness(const struct matching *matching, const struct plan *plan, const struct reservation *record)
{
    if (reservation_in_force(record, matching->now_s))
        return same_kind(plan, record) ? 5 : 4;
    if (record->state == RESERVATION_PLANNED)
        return 3;
    if (record->state == RESERVATION_FAILED)
        return 2;
    if (record->state == RESERVATION_DELETED && record->end == RESERVATION_END_OPERATOR)
        return says_the_same(plan, record) ? 1 : 0;
    return 0;
}

/* ---- plans with a reservation for each occurrence */

static bool is_of_occurrence(const struct plan *plan, const struct occurrence *occurrence,
                             const struct reservation *record)
{
    if (record->date != NULL)
        return strcmp(record->date, occurrence->date) == 0;
    return record->start_time == occurrence->start_time || plan->rrule == NULL;
}

static bool lost_lately(const struct matching *matching, const struct reservation *record)
{
    return record->state == RESERVATION_DELETED && record->end == RESERVATION_END_LOST &&
           record->attempted_at / MS_PER_SECOND > matching->now_s - SECONDS_PER_DAY;
}

/* Puts the record at `place` under a plan. */
static void give(const struct matching *matching, size_t place, size_t plan, size_t occurrence)
{
    struct match_record *record = at(matching, place);
    bool ended = record->record->state == RESERVATION_DELETED;

    record->verdict = ended ? VERDICT_TAKEN : VERDICT_WANTED;
    record->plan = plan;
    record->occurrence = occurrence;
}

static void supersede(const struct matching *matching, size_t place, size_t plan, size_t occurrence)
{
    struct match_record *record = at(matching, place);

    record->verdict = VERDICT_SUPERSEDED;
    record->plan = plan;
    record->occurrence = occurrence;
}

/* A place among the records of a plan that is to have the occurrence; MATCHING_NONE where a new one is. */
static size_t find_for(const struct matching *matching, struct range range, const struct plan *plan,
                       const struct occurrence *occurrence, bool any_date)
{
    size_t best = MATCHING_NONE, lost = MATCHING_NONE;
    int most = 0, losses = 0;

    for (size_t place = range.begin; place < range.end; place++) {
        const struct match_record *record = at(matching, place);
        int fit;

        if (record->record->adopted || record->record->passed || record->verdict != VERDICT_LEFT ||
            (!any_date && !is_of_occurrence(plan, occurrence, record->record)))
            continue;
        if (lost_lately(matching, record->record)) {
            losses++;
            lost = place;
        }
        fit = fitness(matching, plan, record->record);
        if (fit > most) {
            most = fit;
            best = place;
        }
    }
    return best == MATCHING_NONE && losses >= LOST_MAX ? lost : best;
}

/* What else there is of an occurrence that has its record: the old one, while the new one is on its way. */
static void supersede_others(const struct matching *matching, size_t index, struct range range)
{
    const struct match_plan *plan = &matching->plans[index];

    for (size_t place = range.begin; place < range.end; place++) {
        const struct match_record *record = at(matching, place);

        if (record->verdict != VERDICT_LEFT || record->record->adopted || record->record->passed ||
            !reservation_in_force(record->record, matching->now_s))
            continue;
        for (size_t i = 0; i < plan->count; i++) {
            if (plan->taken[i] != MATCHING_NONE &&
                is_of_occurrence(plan->plan, &plan->occurrences[i], record->record))
                supersede(matching, place, index, i);
        }
    }
}

/* Whether the record at a place exists, and is what its plan cannot be made of any more. */
static bool is_of_another_kind(const struct matching *matching, const struct plan *plan, size_t place)
{
    const struct reservation *record = at(matching, place)->record;

    return !record->adopted && reservation_in_force(record, matching->now_s) && !same_kind(plan, record);
}

static void match_dates(const struct matching *matching, size_t index, struct range range, bool any_date)
{
    struct match_plan *plan = &matching->plans[index];

    for (size_t i = 0; i < plan->count; i++) {
        size_t place;

        if (plan->taken[i] != MATCHING_NONE)
            continue;
        /* Another one may be there already. */
        while ((place = find_for(matching, range, plan->plan, &plan->occurrences[i], any_date)) !=
                   MATCHING_NONE &&
               is_of_another_kind(matching, plan->plan, place))
            supersede(matching, place, index, i);
        if (place == MATCHING_NONE)
            continue;
        give(matching, place, index, i);
        plan->taken[i] = matching->order[place];
    }
}

static void match_occurrences(const struct matching *matching, size_t index)
{
    const struct plan *plan = matching->plans[index].plan;
    struct range range = range_of(matching, plan->name);

    match_dates(matching, index, range, false);
    /* A one-off that was moved takes what no day of its own has. */
    if (plan->rrule == NULL)
        match_dates(matching, index, range, true);
    supersede_others(matching, index, range);
}

/* ---- plans with one reservation for all occurrences */

static bool is_single_of(const struct plan *plan, const struct reservation *record)
{
    if (plan->reserve_id != NULL || record->adopted)
        return record->adopted && str_equal(plan->reserve_id, record->reserve_id) &&
               str_equal(plan->app, record->app);
    return !record->passed;
}

/* Which occurrence a single reservation stands at. */
static size_t current_occurrence(const struct match_plan *plan, const struct reservation *record,
                                 bool is_over)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (is_of_occurrence(plan->plan, &plan->occurrences[i], record))
            return i;
    }
    /* It stays where its slot has passed, until it goes on to the next one by itself. */
    return plan->count > 0 && !(is_over && record->date != NULL) ? 0 : MATCHING_NONE;
}

/* Of several, the one that is for all already, then the fittest, then the one that comes first. */
static bool is_better(const struct matching *matching, const struct plan *plan,
                      const struct reservation *record, const struct reservation *than)
{
    int fit = fitness(matching, plan, record), other = fitness(matching, plan, than);

    if (record->standing != than->standing && fit > 1 && other > 1)
        return record->standing;
    if (fit != other)
        return fit > other;
    return record->start_time < than->start_time;
}

static size_t find_single(const struct matching *matching, struct range range, const struct plan *plan)
{
    size_t best = MATCHING_NONE, lost = MATCHING_NONE;
    int losses = 0;

    for (size_t place = range.begin; place < range.end; place++) {
        const struct match_record *record = at(matching, place);

        if (record->verdict != VERDICT_LEFT || record->record->passed || !is_single_of(plan, record->record))
            continue;
        if (plan->reserve_id != NULL)
            return place;
        if (record->record->standing && lost_lately(matching, record->record)) {
            losses++;
            lost = place;
        }
        if (fitness(matching, plan, record->record) == 0 ||
            (!record->record->standing && is_over(matching, record->record)) ||
            (!record->record->standing && record->record->state == RESERVATION_DELETED))
            continue;
        if (best == MATCHING_NONE || is_better(matching, plan, record->record, at(matching, best)->record))
            best = place;
    }
    return best == MATCHING_NONE && losses >= LOST_MAX ? lost : best;
}

static void match_single(const struct matching *matching, size_t index)
{
    struct match_plan *plan = &matching->plans[index];
    struct range range = range_of(matching, plan->plan->name);
    size_t place = find_single(matching, range, plan->plan);

    while (place != MATCHING_NONE && is_of_another_kind(matching, plan->plan, place)) {
        supersede(matching, place, index, plan->count > 0 ? 0 : MATCHING_NONE);
        place = find_single(matching, range, plan->plan);
    }
    if (place == MATCHING_NONE)
        return;
    give(matching, place, index,
         current_occurrence(plan, at(matching, place)->record,
                            is_over(matching, at(matching, place)->record)));
    plan->record = matching->order[place];
    for (place = range.begin; place < range.end; place++) {
        const struct match_record *record = at(matching, place);

        if (record->verdict == VERDICT_LEFT && record->record->standing && !record->record->passed &&
            reservation_in_force(record->record, matching->now_s))
            supersede(matching, place, index, plan->count > 0 ? 0 : MATCHING_NONE);
    }
}

/* ---- sections that got another name */

enum has_plan { HAS_NO_PLAN, HAS_PLAN, HAS_UNKNOWN_PLAN };

/* Whether a plan may be the one that a record without a plan belonged to. */
static bool is_renamed_of(const struct match_plan *plan, const struct reservation *record)
{
    if (plan->plan->reserve_id != NULL || record->adopted)
        return is_single_of(plan->plan, record);
    if (!same_kind(plan->plan, record) || !says_the_same(plan->plan, record) ||
        record->standing != (plan->plan->link == PLAN_LINK_STANDING))
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        const struct occurrence *occurrence = &plan->occurrences[i];

        if (occurrence->start_time == record->start_time && occurrence->end_time == record->end_time)
            return true;
    }
    return false;
}

static bool has_any_record(const struct match_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->taken[i] != MATCHING_NONE)
            return true;
    }
    return plan->record != MATCHING_NONE;
}

static bool counts_for_name(const struct matching *matching, const struct reservation *record)
{
    return !record->passed && reservation_in_force(record, matching->now_s) && !is_over(matching, record);
}

/* Whether all that matters of a name that is gone fits a plan. */
static bool fits(const struct matching *matching, struct range range, const struct match_plan *plan)
{
    bool any = false;

    for (size_t place = range.begin; place < range.end; place++) {
        const struct reservation *record = at(matching, place)->record;

        if (!counts_for_name(matching, record))
            continue;
        if (at(matching, place)->verdict != VERDICT_LEFT || !is_renamed_of(plan, record))
            return false;
        any = true;
    }
    return any;
}

static void take_over(const struct matching *matching, struct range range, size_t index)
{
    struct match_plan *plan = &matching->plans[index];

    for (size_t place = range.begin; place < range.end; place++) {
        struct match_record *record = at(matching, place);
        size_t occurrence;

        if (!counts_for_name(matching, record->record))
            continue;
        occurrence = current_occurrence(plan, record->record, false);
        give(matching, place, index, occurrence);
        record->renamed = true;
        if (matching_is_single(plan->plan))
            plan->record = matching->order[place];
        else if (occurrence != MATCHING_NONE)
            plan->taken[occurrence] = matching->order[place];
    }
}

static void match_renamed(const struct matching *matching, const enum has_plan *has_plan)
{
    struct range *gone = xcalloc(matching->count, sizeof(*gone));
    size_t count = 0, first = 0;

    for (size_t place = 0; place < matching->count; place = range_at(matching, place).end) {
        if (at(matching, place)->record->name != NULL && has_plan[place] == HAS_NO_PLAN)
            gone[count++] = range_at(matching, place);
    }
    for (size_t i = 0; i < matching->plan_count && first < count; i++) {
        if (matching->plans[i].unknown || has_any_record(&matching->plans[i]))
            continue;
        for (size_t j = first; j < count; j++) {
            if (!fits(matching, gone[j], &matching->plans[i]))
                continue;
            take_over(matching, gone[j], i);
            gone[j] = gone[first++];
            break;
        }
    }
    free(gone);
}

/* ---- what is left */

static enum verdict judge(const struct matching *matching, const struct reservation *record,
                          enum has_plan plan)
{
    bool has_plan = plan == HAS_PLAN;

    if (record->name == NULL || record->passed || plan == HAS_UNKNOWN_PLAN)
        return VERDICT_LEFT;
    if (record->adopted)
        return VERDICT_FORGOTTEN;
    if (record->state == RESERVATION_PLANNED || record->state == RESERVATION_FAILED)
        return has_plan && is_over(matching, record) ? VERDICT_LEFT : VERDICT_FORGOTTEN;
    if (!reservation_in_force(record, matching->now_s) || (is_over(matching, record) && !record->standing))
        return VERDICT_LEFT;
    return record->kept && !has_plan ? VERDICT_LEFT : VERDICT_UNWANTED;
}

void matching_match(struct match_plan *plans, size_t plan_count, struct match_record *records,
                    size_t record_count, int64_t now_s)
{
    struct matching matching = {
        .plans = plans,
        .plan_count = plan_count,
        .records = records,
        .order = xcalloc(record_count, sizeof(size_t)),
        .count = record_count,
        .now_s = now_s,
    };
    enum has_plan *has_plan = xcalloc(record_count, sizeof(*has_plan));

    for (size_t i = 0; i < record_count; i++) {
        records[i].verdict = VERDICT_LEFT;
        records[i].plan = MATCHING_NONE;
        records[i].occurrence = MATCHING_NONE;
        records[i].renamed = false;
        matching.order[i] = i;
    }
    if (record_count > 0)
        qsort_r(matching.order, record_count, sizeof(size_t), compare_records, records);
    for (size_t i = 0; i < plan_count; i++) {
        struct range range = range_of(&matching, plans[i].plan->name);

        plans[i].record = MATCHING_NONE;
        for (size_t j = 0; j < plans[i].count; j++)
            plans[i].taken[j] = MATCHING_NONE;
        for (size_t place = range.begin; place < range.end; place++)
            has_plan[place] = plans[i].unknown ? HAS_UNKNOWN_PLAN : HAS_PLAN;
        if (plans[i].unknown)
            continue;
        if (matching_is_single(plans[i].plan))
            match_single(&matching, i);
        else
            match_occurrences(&matching, i);
    }
    match_renamed(&matching, has_plan);
    for (size_t place = 0; place < record_count; place++) {
        if (at(&matching, place)->verdict == VERDICT_LEFT)
            at(&matching, place)->verdict = judge(&matching, at(&matching, place)->record, has_plan[place]);
    }
    free(has_plan);
    free(matching.order);
}

static bool is_at_feishu(const struct reservation *record)
{
    return record->name != NULL && !record->adopted && !record->passed && !record->unwanted &&
           record->reserve_id != NULL && reservation_is_made(record);
}

bool matching_deletes_too_much(const struct match_record *records, size_t count, size_t *ret_deleted,
                               size_t *ret_of)
{
    size_t deleted = 0, of = 0;

    for (size_t i = 0; i < count; i++) {
        if (!is_at_feishu(records[i].record))
            continue;
        of++;
        if (records[i].verdict == VERDICT_UNWANTED || records[i].verdict == VERDICT_SUPERSEDED)
            deleted++;
    }
    *ret_deleted = deleted;
    *ret_of = of;
    return deleted > MATCHING_DELETES_MAX && deleted * 2 > of;
}
