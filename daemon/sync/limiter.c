#include "sync/limiter.h"

#define US_PER_MS INT64_C(1000)

/* Calls that left evenly can arrive closer together: the network takes its own time. One part in two hundred
 * is kept back so that such a drift does not put one call too many into a window. */
#define MARGIN 200

#define LATE_US (5 * US_PER_MS)

void limiter_init(struct limiter *limiter, int64_t rate_per_minute, int64_t rate_per_second)
{
    int64_t by_minute = 60000000 / rate_per_minute, by_second = 1000000 / rate_per_second;
    int64_t gap = by_minute > by_second ? by_minute : by_second;

    *limiter = (struct limiter){.gap_us = gap + gap / MARGIN + 1};
}

int64_t limiter_wait_ms(const struct limiter *limiter, int64_t boot_ms)
{
    int64_t wait_us = limiter->next_us - boot_ms * US_PER_MS;
    int64_t wait_ms = wait_us > 0 ? (wait_us + US_PER_MS - 1) / US_PER_MS : 0;

    if (limiter->paused_ms - boot_ms > wait_ms)
        wait_ms = limiter->paused_ms - boot_ms;
    return wait_ms;
}

void limiter_spend(struct limiter *limiter, int64_t boot_ms)
{
    int64_t now_us = boot_ms * US_PER_MS;

    /* A timer that was a little late does not move the slots after it. */
    if (now_us - limiter->next_us > LATE_US)
        limiter->next_us = now_us;
    limiter->next_us += limiter->gap_us;
}

void limiter_pause(struct limiter *limiter, int64_t pause_ms, int64_t boot_ms)
{
    if (boot_ms + pause_ms > limiter->paused_ms)
        limiter->paused_ms = boot_ms + pause_ms;
}
