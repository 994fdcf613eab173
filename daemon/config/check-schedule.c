#include "config/check-schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "model/occurrence.h"

/* Whether the rule hits the start. */
static bool check_start(const struct draft *draft, const struct plan *plan, struct report *report)
{
    char wrong[LOCAL_TIME_SIZE], right[LOCAL_TIME_SIZE];
    struct local_time first;
    struct error error;
    int r = plan_first_time(plan, &first, &error);

    if (r < 0)
        draft_report(draft, report, CONFIG_MISTAKE, KEY_RRULE, "%s", error.text);
    else if (r == 0)
        draft_report(draft, report, CONFIG_MISTAKE, KEY_RRULE,
                     "no day of the calendar is as the rule asks for: write one that gives days");
    else if (local_time_compare(&first, &plan->start) != 0)
        draft_report(
            draft, report, CONFIG_MISTAKE, KEY_START,
            "the rule does not give %s, and a plan's start is its first occurrence: write %s, the next "
            "time that it gives, or another rrule",
            local_time_format(&plan->start, wrong), local_time_format(&first, right));
    return r > 0 && local_time_compare(&first, &plan->start) == 0;
}

/* Whether the plan has an occurrence; below 0 as plan_occurrences(). */
static int has_any(const struct plan *plan, struct error *error)
{
    struct occurrence_list list = {0};
    int r = plan_occurrences(plan, INT64_MIN, 0, 1, &list, error);
    bool any = list.count > 0;

    occurrence_list_fini(&list);
    return r < 0 ? r : any;
}

/* Whether the plan has an occurrence at all. */
static bool check_any(const struct draft *draft, const struct plan *plan, struct report *report)
{
    struct plan without = *plan;
    struct error error;
    int r = has_any(plan, &error);

    without.exdate_count = 0;
    if (r < 0)
        draft_report(draft, report, CONFIG_MISTAKE, KEY_RRULE, "%s", error.text);
    else if (r == 0 && has_any(&without, &error) > 0)
        draft_report(draft, report, CONFIG_MISTAKE, KEY_EXDATE,
                     "the plan has no occurrence but what exdate leaves out: remove some of it, or the plan");
    else if (r == 0)
        draft_report(draft, report, CONFIG_MISTAKE, KEY_RRULE,
                     "the rule ends before the plan's start: write a later UNTIL, or an earlier start");
    return r > 0;
}

static void check_exdates(const struct draft *draft, const struct plan *plan, struct report *report)
{
    bool *used = xcalloc(plan->exdate_count + 1, sizeof(*used));

    if (plan_exdates_used(plan, used, NULL) < 0)
        memset(used, true, plan->exdate_count); /* the reason was told for the rule already */
    for (size_t i = 0; i < plan->exdate_count; i++) {
        char text[LOCAL_TIME_SIZE];

        if (used[i])
            continue;
        local_time_format(&plan->exdates[i].time, text);
        if (plan->exdates[i].whole_day)
            text[strlen("2026-12-25")] = '\0';
        draft_report(
            draft, report, CONFIG_WARNING, KEY_EXDATE,
            "the plan has no occurrence at %s that could be left out: write the day or the time of one, "
            "or remove it",
            text);
    }
    free(used);
}

/* That too many fall into create_ahead cannot be: a rule gives one a day at the most, and create_ahead has
 * at most 30 days. */
void check_schedule(struct draft *draft, struct report *report)
{
    struct plan *plan = &((struct plan_values *)draft->values)->plan;
    struct error error;

    if (!check_start(draft, plan, report) || !check_any(draft, plan, report))
        return;
    check_exdates(draft, plan, report);
    if (plan_last_end(plan, &plan->last_end_time, &error) < 0)
        draft_report(draft, report, CONFIG_MISTAKE, KEY_RRULE, "%s", error.text);
}
