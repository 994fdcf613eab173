/* The columns of the tables that mirror a struct. Adding a member: its line in tables.c, its column in a
 * migration of schema.c. */
#ifndef MEETINGD_STORE_TABLES_H
#define MEETINGD_STORE_TABLES_H

#include "store/columns.h"

extern const struct columns reservation_columns;
extern const struct columns callee_columns;
extern const struct columns checker_columns;
extern const struct columns meeting_columns;
extern const struct columns participant_columns;
extern const struct columns attendee_columns;
extern const struct columns stay_columns;
extern const struct columns role_columns;

/* The string lists of a reservation, which stand in one table. */
struct list_member {
    const char *name;
    size_t offset;
};

#define RESERVATION_LISTS 3
extern const struct list_member reservation_lists[RESERVATION_LISTS];

#endif
