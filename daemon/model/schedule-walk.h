/*
 * Steps through the days that a recurrence rule gives. libical does the stepping, in floating time; what it
 * is given is made so that it cannot search for ever.
 */
#ifndef MEETINGD_MODEL_SCHEDULE_WALK_H
#define MEETINGD_MODEL_SCHEDULE_WALK_H

#include "base/error.h"
#include "model/schedule-rule.h"

struct rule_walk;

/* A walk over the rule's days from `first_day` on (see day.h), which is where its intervals begin; neither
 * COUNT nor an UNTIL's hour is known to it. Days end with YEAR_MAX. */
struct rule_walk *rule_walk_new(const struct rule *rule, int first_day);

/* NULL is fine; returns NULL. */
struct rule_walk *rule_walk_free(struct rule_walk *walk);

/* Goes to the first of the rule's days that is not before `day`, at a cost that does not depend on how far it
 * is. */
void rule_walk_seek(struct rule_walk *walk, int day);

/* The next day: 1, or 0 at the end. -ETIMEDOUT where the walk has taken 1 s of the thread's time
 * altogether. */
int rule_walk_next(struct rule_walk *walk, int *ret_day, struct error *error);

#endif
