/*
 * Inside sync: one pass over plans and entries, which brings them together: what is on record is matched with
 * what is in view, and entries follow.
 */
#ifndef MEETINGD_SYNC_PASS_H
#define MEETINGD_SYNC_PASS_H

#include "engine/matching.h"
#include "sync/entry.h"

struct pass {
    struct driver *driver;
    struct match_plan *plans;
    size_t plan_count;
    struct match_record *records;
    struct entry **entries; /* beside them */
    bool *touched;          /* beside them */
    struct entry **made;    /* those that were ever made, by name */
    size_t made_count;
    size_t record_count;
    size_t first_new; /* of the driver's entries, those from here on were added for what had none */
    bool load;        /* the file was read: what was refused gets another chance */
    size_t deleted, of;
};

/* Matches; nothing has changed yet, and the verdicts may be altered. `only` is one plan, or NULL for all of
 * the timetable. */
void pass_begin(struct pass *pass, struct driver *driver, struct timetable *timetable,
                const struct plan *only);

/* Nothing is to be deleted: what would be stays, and stays its plan's. */
void pass_keep_all(struct pass *pass);

/* Does what the verdicts say. */
void pass_carry_out(struct pass *pass);

/* The same for what is wanted alone: only a load says that something is not wanted any more. */
void pass_carry_out_wanted(struct pass *pass);

/* Entries for what has none yet; those that are new come last in the driver's array. */
void pass_add_wishes(struct pass *pass);

void pass_end(struct pass *pass);

#endif
