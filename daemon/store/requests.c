#include "store/queue.h"

#include "base/base.h"
#include "store/store.h"

void store_put_reservation(struct store *store, const struct reservation *reservation, store_cb *callback,
                           void *data)
{
    struct job *job = job_new(JOB_PUT_RESERVATION, callback, data);

    job->reservation = reservation_copy(reservation);
    keys_add(&store_known(store)->reservations, reservation->key);
    store_queue(store, job);
}

void store_drop_reservation(struct store *store, const char *key, store_cb *callback, void *data)
{
    struct job *job = job_new(JOB_DROP_RESERVATION, callback, data);

    job->key = xstrdup(key);
    keys_remove(&store_known(store)->reservations, key);
    store_queue(store, job);
}

bool store_has_reservation(struct store *store, const char *key)
{
    return keys_has(&store_known(store)->reservations, key);
}

bool store_has_meeting(struct store *store, const char *id)
{
    return keys_has(&store_known(store)->meetings, id);
}

void store_claim_sequences(struct store *store, uint64_t below, store_cb *callback, void *data)
{
    struct job *job = job_new(JOB_CLAIM_SEQUENCES, callback, data);

    job->below = below;
    store_queue(store, job);
}

void store_settle_sequences(struct store *store, uint64_t below)
{
    struct job *job = job_new(JOB_SETTLE_SEQUENCES, NULL, NULL);

    job->below = below;
    store_queue(store, job);
}

void store_read_changes(struct store *store, struct store_reading *reading, store_cb *callback, void *data)
{
    struct job *job = job_new(JOB_READ_CHANGES, callback, data);

    job->reading = reading;
    store_queue(store, job);
}

void store_put_tally(struct store *store, struct tally *take, store_cb *callback, void *data)
{
    struct job *job = job_new(JOB_PUT_TALLY, callback, data);

    job->tally = take;
    store_queue(store, job);
}

void store_settle_tally(struct store *store, struct tally *take, store_cb *callback, void *data)
{
    struct job *job = job_new(JOB_SETTLE_TALLY, callback, data);

    job->tally = take;
    store_queue(store, job);
}

void store_put_history(struct store *store, const char *reservation, int64_t complete_until,
                       store_cb *callback, void *data)
{
    struct job *job = job_new(JOB_PUT_HISTORY, callback, data);

    job->key = xstrdup(reservation);
    job->complete_until = complete_until;
    store_queue(store, job);
}

void store_prune(struct store *store, int64_t before, store_cb *callback, void *data)
{
    struct job *job = job_new(JOB_PRUNE, callback, data);

    job->before = before;
    store_queue(store, job);
}
