/* The occurrences of a plan: the time slots that its start, rule and exceptions give. */
#ifndef MEETINGD_MODEL_OCCURRENCE_H
#define MEETINGD_MODEL_OCCURRENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/plan.h"

#define OCCURRENCE_DATE_SIZE 11 /* "2026-11-23" and its end */

/* `date` is the local day on which it starts in the plan's zone. With the plan's name it says which
 * occurrence this is, whatever becomes of the hour (product.md section 3). */
struct occurrence {
    char date[OCCURRENCE_DATE_SIZE];
    int64_t start_time; /* Unix seconds */
    int64_t end_time;
};

/* In order of time; all zero is the empty list. */
struct occurrence_list {
    struct occurrence *items;
    size_t count;
};

/*
 * Appends the plan's occurrences that end after `from_s` and start before `until_s` (Unix seconds), and the
 * first one after those; never more than `most`. Generated local times that the zone skips are left out;
 * of a time that clocks show twice the first is meant. Nothing is appended for a plan without a timetable.
 *
 * Calls nothing that needs the loop: it may run on any thread. Where the rule cannot be read or takes longer
 * than a rule may (1 s), returns a negative errno with the reason and appends nothing.
 */
int plan_occurrences(const struct plan *plan, int64_t from_s, int64_t until_s, size_t most,
                     struct occurrence_list *list, struct error *error);

void occurrence_list_fini(struct occurrence_list *list);

/* "NAME@20261123T013000Z". The caller frees it. */
char *occurrence_name(const char *name, int64_t start_time);

#endif
