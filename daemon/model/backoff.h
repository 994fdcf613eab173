/* Exponential back-off with jitter. */
#ifndef MEETINGD_MODEL_BACKOFF_H
#define MEETINGD_MODEL_BACKOFF_H

#include <stdint.h>

/* How long to wait after `failures` (1 or more) failures in a row: doubles from `first_ms` up to `most_ms`,
 * less up to half of it by `random` (any number; all values alike). */
int64_t backoff_ms(int failures, int64_t first_ms, int64_t most_ms, uint32_t random);

#endif
