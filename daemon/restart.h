/* What of a configuration only counts at the start of the daemon: where the socket and the store are, and the
 * apps, to which connections and limits belong. */
#ifndef MEETINGD_RESTART_H
#define MEETINGD_RESTART_H

#include "config/config.h"

/* Adds what differs between the running configuration and the next one, such as "[app sales]
 * rate_per_minute". No values: one of them is a secret. */
void restart_compare(const struct config *running, const struct config *next, struct string_list *ret);

/* `next` runs from now on, but with what only counts at the start as it is running: that goes over to it,
 * with the memory that others borrow, and `running` has in its place what `next` had. An app's owner_id, a
 * mere default, is the new one. */
void restart_keep(struct config *running, struct config *next);

#endif
