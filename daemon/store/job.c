#include "store/job.h"

#include <stdlib.h>

#include "base/base.h"
#include "store/changes.h"
#include "store/histories.h"
#include "store/prune.h"
#include "store/tallies.h"

struct job *job_new(enum job_kind kind, store_cb *callback, void *data)
{
    struct job *job = xalloc(sizeof(*job));

    job->kind = kind;
    job->callback = callback;
    job->data = data;
    return job;
}

void job_free(struct job *job)
{
    reservation_free(job->reservation);
    meeting_free(job->meeting);
    tally_free(job->tally);
    store_change_free(job->change);
    free(job->key);
    free(job);
}

int job_run(struct job *job, struct records *records, struct error *error)
{
    switch (job->kind) {
    case JOB_PUT_RESERVATION:
        return records_put_reservation(records, job->reservation, error);
    case JOB_DROP_RESERVATION:
        return records_drop_reservation(records, job->key, error);
    case JOB_PUT_MEETING:
        return records_put_meeting(records, job->meeting, error);
    case JOB_CLAIM_SEQUENCES:
        return records_claim_sequences(records, job->below, error);
    case JOB_PUT_TALLY:
        return tallies_put(records, job->tally, error);
    case JOB_SETTLE_TALLY:
        return tallies_settle(records, job->tally, error);
    case JOB_PUT_HISTORY:
        return histories_put(records, job->key, job->complete_until, error);
    case JOB_PUT_CHANGE:
        return changes_put(records, job->change, error);
    case JOB_READ_CHANGES:
        return changes_read(records, job->reading, error);
    case JOB_SETTLE_SEQUENCES:
        return changes_settle(records, job->below, error);
    case JOB_PRUNE:
        return prune(records, job->before, &job->more, error);
    }
    return 0;
}

/* What comes after it must know. */
static void note_result(struct job *job, struct records *records, int result)
{
    job->result = result;
    if (result < 0 && job->kind == JOB_PUT_CHANGE)
        changes_lost(records, job->change->sequence);
}

static int begin(struct database *database, struct error *error)
{
    int result = database_check_place(database, error);

    return result < 0 ? result : database_begin(database, error);
}

static int run_alone(struct job *job, struct database *database, struct records *records, struct error *error)
{
    int result = begin(database, error);

    if (result == 0)
        result = job_run(job, records, error);
    if (result == 0)
        result = database_commit(database, error);
    if (result < 0)
        database_rollback(database);
    return result;
}

static uint64_t run_one_by_one(const struct job_list *jobs, struct database *database,
                               struct records *records)
{
    uint64_t commits = 0;

    for (struct job *job = jobs->first; job != NULL; job = job->next) {
        note_result(job, records, run_alone(job, database, records, &job->error));
        commits += job->result == 0;
    }
    return commits;
}

uint64_t jobs_run(const struct job_list *jobs, struct database *database, struct records *records)
{
    struct error error;
    int result = begin(database, &error);

    for (struct job *job = jobs->first; result == 0 && job != NULL; job = job->next) {
        if (job_run(job, records, &job->error) < 0) {
            database_rollback(database);
            return run_one_by_one(jobs, database, records);
        }
    }
    if (result == 0)
        result = database_commit(database, &error);
    if (result < 0)
        database_rollback(database);
    for (struct job *job = jobs->first; job != NULL; job = job->next) {
        note_result(job, records, result);
        if (result < 0)
            job->error = error;
    }
    return result == 0;
}

void job_list_add(struct job_list *list, struct job *job)
{
    job->next = NULL;
    if (list->last != NULL)
        list->last->next = job;
    else
        list->first = job;
    list->last = job;
    list->count++;
}

struct job *job_list_shift(struct job_list *list)
{
    struct job *job = list->first;

    if (job == NULL)
        return NULL;
    list->first = job->next;
    if (list->first == NULL)
        list->last = NULL;
    list->count--;
    return job;
}

void job_list_move(struct job_list *to, struct job_list *from)
{
    if (from->first == NULL)
        return;
    if (to->last != NULL)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
    to->count += from->count;
    *from = (struct job_list){0};
}
