#include "watchdog.h"

#include "notify.h"

/* Three times in each interval: one that comes late is not yet too late. */
#define FEEDS 3

static void feed(struct timer *timer)
{
    struct watchdog *watchdog = timer->data;

    timer_start_in(timer, watchdog->interval_ms);
    if (store_alive(watchdog->store))
        notify_alive();
}

void watchdog_start(struct watchdog *watchdog, struct timers *timers, struct store *store)
{
    int64_t wanted_ms = notify_watchdog_ms();

    watchdog->store = store;
    timer_init(&watchdog->timer, timers, feed, watchdog);
    if (wanted_ms == 0)
        return;
    watchdog->interval_ms = wanted_ms / FEEDS;
    if (watchdog->interval_ms < 1)
        watchdog->interval_ms = 1;
    feed(&watchdog->timer);
}

void watchdog_stop(struct watchdog *watchdog)
{
    if (watchdog->store != NULL)
        timer_stop(&watchdog->timer);
}
