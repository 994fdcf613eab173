#include "retention.h"

#include <stdlib.h>

#include "base/base.h"

#define FIRST_MS  (2 * MS_PER_MINUTE)
#define DAILY_MS  MS_PER_DAY
#define FAILED_MS MS_PER_HOUR

/* Between two parts, so that a year's worth leaves the disk to others. */
#define PAUSE_MS 50

struct retention {
    struct timer timer;
    struct store *store;
    int64_t history_ms;
    bool busy; /* the store has been asked */
    bool stopped;
};

static void on_pruned(void *data, int result, const struct error *error)
{
    struct retention *retention = data;

    (void)error; /* the store has said it */
    retention->busy = false;
    if (retention->stopped)
        return;
    if (result > 0)
        timer_start_in(&retention->timer, PAUSE_MS);
    else
        timer_start_in(&retention->timer, result < 0 ? FAILED_MS : DAILY_MS);
}

static void on_timer(struct timer *timer)
{
    struct retention *retention = timer->data;
    int64_t now_ms = clock_wall_ms(timers_clock(timer->timers));

    retention->busy = true;
    store_prune(retention->store, (now_ms - retention->history_ms) / MS_PER_SECOND, on_pruned, retention);
}

struct retention *retention_new(struct timers *timers, struct store *store, int64_t history_ms)
{
    struct retention *retention = xalloc(sizeof(*retention));

    retention->store = store;
    retention->history_ms = history_ms;
    timer_init(&retention->timer, timers, on_timer, retention);
    timer_start_in(&retention->timer, FIRST_MS);
    return retention;
}

void retention_set(struct retention *retention, int64_t history_ms)
{
    bool sooner = history_ms < retention->history_ms;

    retention->history_ms = history_ms;
    /* Who keeps less from now on may have thought twice by then. */
    if (sooner && !retention->busy && !retention->stopped)
        timer_start_in(&retention->timer, FIRST_MS);
}

void retention_stop(struct retention *retention)
{
    if (retention == NULL)
        return;
    retention->stopped = true;
    timer_stop(&retention->timer);
}

struct retention *retention_free(struct retention *retention)
{
    free(retention);
    return NULL;
}
