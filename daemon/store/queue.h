/* The queue of the store's thread, for the parts of the store that put work into it. */
#ifndef MEETINGD_STORE_QUEUE_H
#define MEETINGD_STORE_QUEUE_H

#include "store/job.h"

/* Puts a job at the end; its callback comes when it was carried out. Called on the loop. */
void store_queue(struct store *store, struct job *take_job);

#endif
