/* What is over for longer than it is kept goes. */
#ifndef MEETINGD_STORE_PRUNE_H
#define MEETINGD_STORE_PRUNE_H

#include <stdbool.h>

#include "store/records.h"

/* Removes a small part of what store_prune() removes; inside a transaction. */
int prune(struct records *records, int64_t before, bool *ret_more, struct error *error);

#endif
