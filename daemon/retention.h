/* How long the past is kept: what is over for longer is removed from the store, soon after the start and then
 * daily, a little at a time. */
#ifndef MEETINGD_RETENTION_H
#define MEETINGD_RETENTION_H

#include "base/timer.h"
#include "store/store.h"

struct retention;

/* By how many milliseconds this machine's clock is ahead of Feishu's, 0 where it is behind; UNKNOWN where
 * none has told since the start. */
typedef int64_t retention_clock_cb(void *data);

/* All borrowed. The first look comes after a moment: at a boot the clock may be wrong until it is set.
 * Nothing that was removed comes back: while `clock_ahead(data)` is not known, or is more than a few minutes,
 * nothing is, and an hour later it is asked again. */
struct retention *retention_new(struct timers *timers, struct store *store, int64_t history_ms,
                                retention_clock_cb *clock_ahead, void *data);

/* From now on. */
void retention_set(struct retention *retention, int64_t history_ms);

/* No further part is asked for; comes before the store is closed. */
void retention_stop(struct retention *retention);

/* Once the store is closed. */
struct retention *retention_free(struct retention *retention);

#endif
