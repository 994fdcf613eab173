/* Who is not there, told to the listeners (engine/absence). */
#ifndef MEETINGD_SYNC_ABSENCE_H
#define MEETINGD_SYNC_ABSENCE_H

#include "sync/entry.h"

/* A look at a meeting of the entry's was shown: tells where its host has been missing for a while. */
void absence_watch_host(struct entry *entry, const struct meeting *meeting);

/* A look has found no meeting: tells where nobody came, for an app that may not read the history. */
void absence_watch_slot(struct entry *entry);

/* A single reservation is about to go on to its plan's next occurrence. */
void absence_leave_slot(struct entry *entry);

/* When Feishu's own list would settle whether somebody came to one of its occurrences (Unix seconds);
 * UNKNOWN: nothing is open. */
int64_t absence_due(const struct entry *entry);

/* Feishu's own list of meetings is known: tells of the occurrences to which nobody came. */
void absence_settle(struct entry *entry, const struct absence_known *known);

/* It will never be: only what looks have found counts. */
void absence_settle_by_looks(struct entry *entry);

#endif
