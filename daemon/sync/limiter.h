/*
 * Even spacing of one API's calls under both of Feishu's windows (feishu-api.md 4: 1000 a minute and 50 a
 * second): a call may leave when the gap that the tighter window asks for has passed since the one before, so
 * that no window of any shape, fixed or sliding, ever sees more than its limit.
 */
#ifndef MEETINGD_SYNC_LIMITER_H
#define MEETINGD_SYNC_LIMITER_H

#include <stdint.h>

struct limiter {
    int64_t gap_us;
    int64_t next_us;   /* boot time of the next slot */
    int64_t paused_ms; /* boot time until which nothing leaves; 0: not paused */
};

void limiter_init(struct limiter *limiter, int64_t rate_per_minute, int64_t rate_per_second);

/* Milliseconds until a call may leave; 0: now. */
int64_t limiter_wait_ms(const struct limiter *limiter, int64_t boot_ms);

/* A call leaves now. */
void limiter_spend(struct limiter *limiter, int64_t boot_ms);

/* Nothing leaves for `pause_ms`. */
void limiter_pause(struct limiter *limiter, int64_t pause_ms, int64_t boot_ms);

#endif
