/* keys: which reservations the store has, by key, and which meetings, by id, loaded or not. The loop's. */
#ifndef MEETINGD_STORE_KEYS_H
#define MEETINGD_STORE_KEYS_H

#include <stdbool.h>

#include "base/error.h"
#include "store/records.h"

/* All zero: none. */
struct keys {
    void *tree; /* of tsearch(3) */
};

/* Nothing happens where it is there already, or is not. */
void keys_add(struct keys *keys, const char *key);
void keys_remove(struct keys *keys, const char *key);

bool keys_has(const struct keys *keys, const char *key);

/* What the store has. */
struct known {
    struct keys reservations, meetings;
};

/* Adds all that is there. */
int known_read(struct records *records, struct known *known, struct error *error);

void known_fini(struct known *known);

#endif
