/* Monitor: a snapshot first, then each change in order, to everyone who asked. A change is made into text
 * once for all watchers; one that reads too slowly is ended with Overrun and costs the others nothing. */
#ifndef MEETINGD_INTERFACE_MONITOR_H
#define MEETINGD_INTERFACE_MONITOR_H

#include <stdbool.h>

#include "sync/cache.h"
#include "varlink/varlink.h"

struct interface;
struct monitor;

struct monitor *monitor_new(struct cache *cache, const struct clock *clock);

/* When no call is open any more. NULL is fine; returns NULL. */
struct monitor *monitor_free(struct monitor *monitor);

/* Answers the call until it ends. `name`: of one plan only, or NULL. */
void monitor_watch(struct monitor *monitor, struct varlink_call *call, const char *name, bool with_passwords);

/* Who may see passwords has changed: open watches show them, or do not, from now on. */
void monitor_look_again(struct monitor *monitor, const struct interface *interface);

#endif
