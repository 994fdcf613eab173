/*
 * matching: which recorded reservation is which plan's occurrence (product.md section 3, "Follows its plans'
 * edits"), and which none wants any more.
 *
 * An occurrence is the same while its section and its local date are; a one-off, while its section is. Only
 * another app, owner_id, meeting_connect or meeting_initial_type asks for a new reservation. A section that
 * was renamed and is otherwise unchanged keeps what it had.
 */
#ifndef MEETINGD_ENGINE_MATCHING_H
#define MEETINGD_ENGINE_MATCHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/occurrence.h"
#include "model/reservation.h"

/* A load that would delete more than so many, and more than half of all, is refused. */
#define MATCHING_DELETES_MAX 10

#define MATCHING_NONE SIZE_MAX

enum verdict {
    VERDICT_LEFT,       /* no plan has anything to do with it: made by hand, over, ended, or kept */
    VERDICT_WANTED,     /* it is its plan's */
    VERDICT_TAKEN,      /* ended, and its occurrence is not to have another one */
    VERDICT_FORGOTTEN,  /* never made, or only followed, and no plan asks for it any more */
    VERDICT_UNWANTED,   /* made, and no plan wants it any more */
    VERDICT_SUPERSEDED, /* made, and its plan wants another one in its place */
};

struct match_plan {
    const struct plan *plan;
    const struct occurrence *occurrences; /* in view, by time */
    size_t count;
    bool unknown;  /* its rule could not be worked out now: nothing is said about its records */
    size_t *taken; /* out: beside the occurrences, the record of each; MATCHING_NONE: there is none yet */
    size_t record; /* out: of a standing or adopted plan, its record; MATCHING_NONE: none yet */
};

struct match_record {
    const struct reservation *record;
    enum verdict verdict; /* out */
    size_t plan;          /* out, for wanted and superseded ones; else MATCHING_NONE */
    size_t occurrence;    /* out, for those too: which of its plan; MATCHING_NONE: it keeps the slot it has */
    bool renamed;         /* out: its section has another name now */
};

/* Whether the plan has one reservation for all its occurrences. */
bool matching_is_single(const struct plan *plan);

/* Fills in what is marked "out". `taken` has room for `count`. */
void matching_match(struct match_plan *plans, size_t plan_count, struct match_record *records,
                    size_t record_count, int64_t now_s);

/* Whether carrying the verdicts out would delete more than a load may without force; how many, of how many.
 */
bool matching_deletes_too_much(const struct match_record *records, size_t count, size_t *ret_deleted,
                               size_t *ret_of);

#endif
