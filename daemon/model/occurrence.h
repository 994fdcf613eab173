/* The occurrences of a plan: the time slots that its start, rule and exceptions give. */
#ifndef MEETINGD_MODEL_OCCURRENCE_H
#define MEETINGD_MODEL_OCCURRENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/plan.h"

#define OCCURRENCE_DATE_SIZE 11 /* "2026-11-23" and its end */

/* `date` is the local day on which it starts in the plan's zone. With the plan's name it says which
 * occurrence this is, whatever becomes of the hour (product.md section 3); no two of a plan share one. */
struct occurrence {
    char date[OCCURRENCE_DATE_SIZE];
    int64_t start_time; /* Unix seconds */
    int64_t end_time;
};

/* In order of time; all zero is the empty list. */
struct occurrence_list {
    struct occurrence *items;
    size_t count;
    struct local_time *skipped; /* starts that the rule gives and the plan's zone skips, among the items */
    size_t skipped_count;
};

/*
 * Appends the plan's occurrences that end after `from_s` and start before `until_s` (Unix seconds), and the
 * first one after those; never more than `most`. Generated local times that the zone skips are left out, and
 * told in `skipped` where they lie in view; of a time that clocks show twice the first is meant. Nothing is
 * appended for a plan without a timetable.
 *
 * A rule's own days are RFC 5545's: an exdate takes away what COUNT has counted, a skipped time counts for
 * nothing. A rule without COUNT costs as much as the occurrences in view, however long ago it began; with
 * COUNT it is counted from its start.
 *
 * Calls nothing that needs the loop: it may run on any thread. Where the rule cannot be read (-EINVAL) or
 * takes longer than a rule may (-ETIMEDOUT, 1 s), returns that with the reason and appends nothing.
 */
int plan_occurrences(const struct plan *plan, int64_t from_s, int64_t until_s, size_t most,
                     struct occurrence_list *list, struct error *error);

/* When the plan's last occurrence ends, in Unix seconds; UNKNOWN for a plan that goes on for ever (until the
 * last year that there is) or has no timetable; 0 for one that has no occurrence. Errors and threads as for
 * plan_occurrences(). */
int plan_last_end(const struct plan *plan, int64_t *ret_end_time, struct error *error);

/* Whether each of the plan's exdates takes away a time that the rule gives; `ret_used` has room for all of
 * them. Errors and threads as for plan_occurrences(). */
int plan_exdates_used(const struct plan *plan, bool *ret_used, struct error *error);

void occurrence_list_fini(struct occurrence_list *list);

/* "NAME@20261123T013000Z". The caller frees it. */
char *occurrence_name(const char *name, int64_t start_time);

#endif
