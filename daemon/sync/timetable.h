/*
 * The plans with those of their occurrences that are in view: all that have not ended and begin within
 * create_ahead, or as late as a reservation that is on record, and the first one after those.
 */
#ifndef MEETINGD_SYNC_TIMETABLE_H
#define MEETINGD_SYNC_TIMETABLE_H

#include "base/str.h"
#include "model/occurrence.h"

struct timed_plan {
    const struct plan *plan;
    struct occurrence_list view;
    int64_t until_s;         /* how far the view reaches at least, for what is on record */
    int64_t again_at_s;      /* Unix seconds from which the view is too short; UNKNOWN: it never is */
    bool unknown;            /* its rule could not be worked out the last time */
    struct string_list rows; /* keys of what is shown for occurrences of one reservation beyond its own */
};

/* By the plans' names. */
struct timetable {
    struct timed_plan *items;
    size_t count;
};

/* The plans are borrowed; nothing is in view yet, and everything is due. */
void timetable_init(struct timetable *timetable, const struct plan_list *plans);
void timetable_fini(struct timetable *timetable);

/* NULL where there is no such plan; `name` may be NULL. */
struct timed_plan *timetable_find(const struct timetable *timetable, const char *name);

/* When the first view is too short, Unix seconds; UNKNOWN: none will be. */
int64_t timetable_due_at(const struct timetable *timetable);

/*
 * Working out views, which may take long: it is begun on the loop, run on any thread, and its results are
 * taken on the loop. The timetable's plans must not go away meanwhile.
 */
struct outlook {
    struct timed_plan *plan;
    int64_t until_s;
    struct occurrence_list view;
    int result;
    struct error error;
};

struct outlooks {
    struct outlook *items;
    size_t count;
    int64_t now_s;
};

/* For all views that are due at `now_s`. */
void outlooks_begin(struct outlooks *outlooks, struct timetable *timetable, int64_t now_s);

/* For work_start(). */
void outlooks_run(void *outlooks);

/* Puts the results into the timetable. Where one could not be worked out, its view stays as it was, and it is
 * due again a minute later; that is logged. Returns the error of the first of those, or NULL. */
const struct error *outlooks_take(struct outlooks *outlooks);
void outlooks_fini(struct outlooks *outlooks);

#endif
