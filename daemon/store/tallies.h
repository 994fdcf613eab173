/* The counted calls of each month as rows. */
#ifndef MEETINGD_STORE_TALLIES_H
#define MEETINGD_STORE_TALLIES_H

#include "model/tally.h"
#include "store/records.h"

/* Inside a transaction. Raises the claim of the app's month and replaces those counts that the tally has;
 * others of the month stay. What is older than the month before is forgotten. */
int tallies_put(struct records *records, const struct tally *tally, struct error *error);

/* Lowers the claim to what was counted, besides. */
int tallies_settle(struct records *records, const struct tally *tally, struct error *error);

/* Calls `sink` with each app's month; it owns what it gets. */
int tallies_read(struct records *records, void (*sink)(void *data, struct tally *take), void *data,
                 struct error *error);

#endif
