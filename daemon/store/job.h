/* What the loop asks of the store's thread: one change to the records, and whom to tell. */
#ifndef MEETINGD_STORE_JOB_H
#define MEETINGD_STORE_JOB_H

#include "model/tally.h"
#include "store/records.h"
#include "store/store.h"

enum job_kind {
    JOB_PUT_RESERVATION,
    JOB_DROP_RESERVATION,
    JOB_PUT_MEETING,
    JOB_CLAIM_SEQUENCES,
    JOB_PUT_TALLY,
    JOB_SETTLE_TALLY,
    JOB_PUT_HISTORY,
    JOB_PUT_CHANGE,
    JOB_READ_CHANGES,
    JOB_SETTLE_SEQUENCES,
    JOB_PRUNE
};

struct job {
    struct job *next;
    enum job_kind kind;
    struct reservation *reservation;
    struct meeting *meeting;
    struct tally *tally;
    struct store_change *change;
    struct store_reading *reading; /* the caller's */
    char *key;
    uint64_t below;
    int64_t complete_until;
    int64_t before;
    bool more;          /* is left to do */
    store_cb *callback; /* may be NULL */
    void *data;
    int result;
    struct error error; /* where `result` is not 0 */
};

/* First in, first out. All zero is the empty list. */
struct job_list {
    struct job *first;
    struct job *last;
    size_t count;
};

struct job *job_new(enum job_kind kind, store_cb *callback, void *data);
void job_free(struct job *job);

/* Carries out the change; inside a transaction. */
int job_run(struct job *job, struct records *records, struct error *error);

/* Carries out all jobs of a list and fills in their results. All go into one commit. Where a statement of one
 * fails they are rolled back and repeated one by one, each in a commit of its own: so the others come
 * through, also after an error upon which SQLite gives up the whole transaction (which is why savepoints
 * would not do). Where the commit fails, all have failed. Returns the number of commits. */
uint64_t jobs_run(const struct job_list *jobs, struct database *database, struct records *records);

void job_list_add(struct job_list *list, struct job *job);
struct job *job_list_shift(struct job_list *list);

/* Moves all of `from` to the end of `to`. */
void job_list_move(struct job_list *to, struct job_list *from);

#endif
