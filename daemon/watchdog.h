/*
 * Tells systemd's watchdog that the daemon is alive: that its loop turns, and that the store's thread takes
 * its work. A slow disk makes the store slow, not dead, and Feishu has no part in it.
 */
#ifndef MEETINGD_WATCHDOG_H
#define MEETINGD_WATCHDOG_H

#include "base/timer.h"
#include "store/store.h"

/* Embedded in its owner. */
struct watchdog {
    struct store *store;
    struct timer timer;
    int64_t interval_ms;
};

/* Feeds it from now on, where systemd asked for that. `store` is borrowed. */
void watchdog_start(struct watchdog *watchdog, struct timers *timers, struct store *store);

/* No effect on one that was not started. The store may go then; systemd waits its interval for the stop. */
void watchdog_stop(struct watchdog *watchdog);

#endif
