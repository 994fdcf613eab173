/*
 * Recent changes as rows, as watchers were told of them, so that one who was away can go on where it was.
 *
 * What is kept is without a hole: everything behind the floor is there. Whatever cannot be written raises the
 * floor over it, and so does a run of the daemon that did not end in order: what it told last may not have
 * been written, and nobody knows how much that was.
 */
#ifndef MEETINGD_STORE_CHANGES_H
#define MEETINGD_STORE_CHANGES_H

#include "store/records.h"
#include "store/store.h"

/* Bytes of its texts. */
size_t changes_size(const struct store_change *change);

/* Inside a transaction. */
int changes_put(struct records *records, const struct store_change *change, struct error *error);
int changes_read(struct records *records, struct store_reading *reading, struct error *error);

/* All numbers below `below` were handed out, no others, and what could be written of them was. */
int changes_settle(struct records *records, uint64_t below, struct error *error);

/* A change, and so all before it, is not there for whoever comes back. */
void changes_lost(struct records *records, uint64_t sequence);

#endif
