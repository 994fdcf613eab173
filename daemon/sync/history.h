/*
 * history: meetings that nobody saw, or not to their ends. A meeting can be shorter than an interval, or held
 * while the daemon or Feishu was away; afterwards Feishu tells the meetings of a number (list_by_no) and each
 * one's last figures (meeting detail, feishu-api.md 6).
 *
 * An occurrence is asked about once, when nobody is expected back or its reservation expires; what has no
 * timetable, or was made elsewhere, once a day and after a time away. Numbers are used again: only the time
 * between apply and expiry counts, and no more than the last 90 days. Each costs little, and goes last; of a
 * month that is too small only a part of them is made (spending). An app without the scope is told of once,
 * and not asked again.
 */
#ifndef MEETINGD_SYNC_HISTORY_H
#define MEETINGD_SYNC_HISTORY_H

#include "sync/entry.h"

/* Sets the timer of the next look into the history. */
void history_schedule(struct entry *entry);

/* That timer's callback. */
void history_look(struct timer *timer);

/* Something may have been missed: what has no timetable of its own is asked about soon. */
void history_was_away(struct entry *entry);

/* A meeting that was seen in progress is no more: reads its last figures. */
void history_read_last(struct entry *entry, const char *meeting_id);

/* What the store remembers of it; after the entry was added. */
void history_restore(struct entry *entry);

void history_fini(struct entry *entry);

#endif
