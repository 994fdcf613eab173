/*
 * driver: does what the engine decides, on the loop, and feeds it the answers. It owns one entry for each
 * reservation. entry.h is its inner header; timetable knows when the plans' occurrences are, plans.c brings
 * plans and entries together, reserve.c makes reservations, update.c changes and deletes them, observe.c
 * looks at meetings, driver.c decides which of these is next.
 *
 * The order that nothing changes: the intent is in the store before the request leaves, the answer is in the
 * store before it is in the cache, where anyone can see it.
 */
#ifndef MEETINGD_SYNC_DRIVER_H
#define MEETINGD_SYNC_DRIVER_H

#include "base/timer.h"
#include "base/work.h"
#include "engine/action.h"
#include "model/plan.h"
#include "store/store.h"
#include "sync/cache.h"
#include "sync/calls.h"
#include "sync/spending.h"

struct driver;

/* All borrowed for the driver's life. */
struct driver_options {
    uv_loop_t *loop;
    struct timers *timers;
    struct store *store;
    struct calls *calls;
    struct cache *cache;
    const struct plan_list *plans;
    const struct poll_settings *poll;
    enum on_uncertain on_uncertain;
    struct spending *spending; /* NULL: looks are never stretched */
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

/*
 * New desired state. `plans` are borrowed from the callback on, and the ones before are not needed any more
 * then. `actions` is what is done about the difference at Feishu, in the callback's time only.
 * -EPERM: it would delete more than 10 reservations and more than half of them, and `force` is not given;
 * then, as with every other error, nothing has changed. Comes once, from the loop.
 */
typedef void driver_planned_cb(void *data, int result, const struct action_list *actions,
                               const struct error *error);
void driver_set_plans(struct driver *driver, const struct plan_list *plans, bool force,
                      driver_planned_cb *callback, void *data);

/* From now on it polls by these, which are borrowed, and treats what is uncertain so. */
void driver_set_poll(struct driver *driver, const struct poll_settings *poll, enum on_uncertain on_uncertain);

/* By which it polls now. */
const struct poll_settings *driver_poll(const struct driver *driver);

/* Tells the listeners of a change that is about none of its reservations. */
void driver_announce(struct driver *driver, enum event_kind kind);

/* Appends what the reconciler would do next and when, about everything it looks after; by time. */
void driver_look_ahead(const struct driver *driver, struct action_list *list);

/* Starts nothing new; answers that still come are recorded. */
void driver_stop(struct driver *driver);

/* The wall clock was set: all that follows a timetable is looked at again. */
void driver_clock_jumped(struct driver *driver);

#endif
