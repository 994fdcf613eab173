/* keys: which reservations the store has, by key, loaded or not. The loop's. */
#ifndef MEETINGD_STORE_KEYS_H
#define MEETINGD_STORE_KEYS_H

#include <stdbool.h>

#include "base/error.h"
#include "store/records.h"

/* All zero: none. */
struct keys {
    void *tree; /* of tsearch(3) */
};

/* Adds those that are there. */
int keys_read(struct records *records, struct keys *keys, struct error *error);

/* Nothing happens where it is there already, or is not. */
void keys_add(struct keys *keys, const char *key);
void keys_remove(struct keys *keys, const char *key);

bool keys_has(const struct keys *keys, const char *key);

void keys_fini(struct keys *keys);

#endif
