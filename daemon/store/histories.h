/* Up to when the history of each reservation is complete, as rows. */
#ifndef MEETINGD_STORE_HISTORIES_H
#define MEETINGD_STORE_HISTORIES_H

#include <stddef.h>
#include <stdint.h>

#include "store/records.h"

struct history {
    char *reservation; /* key */
    int64_t complete_until;
};

/* By key; all zero is empty. */
struct histories {
    struct history *items;
    size_t count;
};

/* Inside a transaction. The reservation must be in the store. */
int histories_put(struct records *records, const char *reservation, int64_t complete_until,
                  struct error *error);

int histories_read(struct records *records, struct histories *histories, struct error *error);

/* UNKNOWN where there is none. */
int64_t histories_find(const struct histories *histories, const char *reservation);
void histories_fini(struct histories *histories);

#endif
