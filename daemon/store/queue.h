/* The queue of the store's thread, for the parts of the store that put work into it. */
#ifndef MEETINGD_STORE_QUEUE_H
#define MEETINGD_STORE_QUEUE_H

#include "store/job.h"
#include "store/keys.h"

/* Puts a job at the end; its callback comes when it was carried out. Called on the loop. */
void store_queue(struct store *store, struct job *take_job);

/* What is there once all that was put into the queue has been carried out. */
struct known *store_known(struct store *store);

#endif
