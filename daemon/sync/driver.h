/*
 * driver: does what the engine decides, on the loop, and feeds it the answers. It owns one entry for each
 * reservation. entry.h is its inner header; reserve.c makes reservations, observe.c looks at meetings,
 * driver.c puts both together.
 *
 * The order that nothing changes: the intent is in the store before the request leaves, the answer is in the
 * store before it is in the cache, where anyone can see it.
 */
#ifndef MEETINGD_SYNC_DRIVER_H
#define MEETINGD_SYNC_DRIVER_H

#include "base/timer.h"
#include "model/plan.h"
#include "store/store.h"
#include "sync/cache.h"
#include "sync/calls.h"

struct driver;

/* All borrowed for the driver's life. */
struct driver_options {
    struct timers *timers;
    struct store *store;
    struct calls *calls;
    struct cache *cache;
    const struct plan_list *plans;
    const struct poll_settings *poll;
    enum on_uncertain on_uncertain;
};

struct driver *driver_new(const struct driver_options *options);

/* Only after driver_stop(), and when the gate and the store have called everything back. NULL is fine;
 * returns NULL. */
struct driver *driver_free(struct driver *driver);

/* What the store remembers, before driver_start(). They take what they are given. */
void driver_restore_reservation(struct driver *driver, struct reservation *take);
void driver_restore_meeting(struct driver *driver, struct meeting *take);

/* Brings plans and records together and begins: reservations that are due are made, those that exist are
 * followed. */
void driver_start(struct driver *driver);

/* Starts nothing new; answers that still come are recorded. */
void driver_stop(struct driver *driver);

/* The wall clock was set: all that follows a timetable is looked at again. */
void driver_clock_jumped(struct driver *driver);

#endif
