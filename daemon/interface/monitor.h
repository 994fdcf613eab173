/*
 * Monitor: a snapshot first, or all changes since a number, then each change in order, to everyone who asked.
 * A change is made into text once for all watchers, and kept in the store for those who come back.
 *
 * A watcher that reads too slowly for what happens waits for nobody but itself: nothing more is put into its
 * queue until it has read what is there; then it gets what it has missed from the store, without what is out
 * of date by then. Where it reads nothing at all, or the store does not have it any more: Overrun.
 */
#ifndef MEETINGD_INTERFACE_MONITOR_H
#define MEETINGD_INTERFACE_MONITOR_H

#include "base/timer.h"
#include "store/store.h"
#include "sync/cache.h"
#include "varlink/varlink.h"
#include "wire/wire.h"

/* Seconds between heartbeats. */
#define MONITOR_HEARTBEAT_MAX_S 3600

struct interface;
struct monitor;

/* Hears of all changes from now on. */
struct monitor *monitor_new(struct cache *cache, struct timers *timers, struct store *store);

/* When no call is open any more. NULL is fine; returns NULL. */
struct monitor *monitor_free(struct monitor *monitor);

struct monitor_wishes {
    const char *name;    /* of one plan only; NULL: all */
    int64_t since;       /* changes after this one; UNKNOWN: a snapshot first */
    int64_t heartbeat_s; /* 1 to MONITOR_HEARTBEAT_MAX_S; 0: none */
    enum wire_secrets secrets;
};

/* Answers the call until it ends. */
void monitor_watch(struct monitor *monitor, struct varlink_call *call, const struct monitor_wishes *wishes);

/* Who may see passwords has changed: open watches show them, or do not, from now on. */
void monitor_look_again(struct monitor *monitor, const struct interface *interface);

#endif
